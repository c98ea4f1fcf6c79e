// A model's template to the query that the engine runs: rendered, gated, and shaped to its contract. Findings are placed in
// the model's file.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import type { Model } from '@tulle/model'
import type { EngineProcess, Relation } from '@tulle/engine'
import { ALLOWED_FUNCTIONS, checkStatement, checkText, quoteIdentifier, renderModel } from '@tulle/sql'
import type { Target } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { dataSetOfPort, findPort, resolveRef } from './product-plan.ts'
import { shapeToContract } from './model-columns.ts'

/** What engines call the files of an input port. */
const SOURCES = 'source'

/** The query whose rows are the data set. `visible` are the relations that are defined; a model may read no other. */
export async function modelQuery(process: EngineProcess, plan: ReadPlan, target: Target, visible: readonly Relation[]): Promise<Result<string>> {
  const model = target.dataSet.model as Model
  const rendered = renderModel(model.text, scopeOf(plan), model.file)
  if (!rendered.ok) return rendered
  const query = withoutEnd(rendered.value)
  const text = checkText(query)
  if (!text.ok) return inModel(target, text.diagnostics)
  const tree = await process.parse(query)
  if (!tree.ok) return inModel(target, tree.diagnostics)
  const may = new Set([...visible.map(({ schema, name }) => `${schema}.${name}`), ...(model.sources.map((source) => `${SOURCES}.${source.name}`))])
  const checked = checkStatement(tree.value, { functions: ALLOWED_FUNCTIONS, tables: (schema, name) => may.has(`${schema}.${name}`) })
  if (!checked.ok) return inModel(target, checked.diagnostics)
  const prepared = await process.prepare(query)
  if (!prepared.ok) return inModel(target, prepared.diagnostics)
  return shapeToContract(target, query, prepared.value.columns)
}

/** The engine speaks of a statement, people know the model's file. Lines are the template's only as far as nothing was expanded before. */
export const inModel = ({ address, dataSet }: Target, diagnostics: readonly Diagnostic[]): Result<never> =>
  fail(...diagnostics.map((one): Diagnostic => ({
    ...one,
    message: `The model of ${address} cannot run: ${one.message}`,
    ...(dataSet.model !== undefined && { place: placeIn(dataSet.model, one) }),
  })))

function placeIn({ place }: Model, { code, place: found }: Diagnostic): Place {
  if (code === 'engine-file' && found !== undefined) return found
  return { ...place, ...(found !== undefined && { line: found.line, column: found.column, ...(found.source !== undefined && { source: found.source }) }) }
}

function scopeOf({ product, dataSetsOf }: ReadPlan) {
  const spell = (schema: string, name: string): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  const ref = (of: string | undefined, name: string): string => {
    const found = resolveRef(product, { name, ...(of !== undefined && { product: of }) }, dataSetsOf)
    return spell(found?.product ?? of ?? product.name, found?.dataSet ?? name)
  }
  return {
    ref,
    source: (name: string): string => {
      const port = findPort(product, name)
      const found = port?.kind === 'product' ? dataSetOfPort(port, dataSetsOf) : undefined
      return found === undefined ? spell(SOURCES, name) : spell(found.product, found.dataSet)
    },
  }
}

/** Without the semicolon that many write at the end; a second statement stays and is refused. */
const withoutEnd = (query: string): string => query.trimEnd().replace(/;$/u, '')

