// Every piece of SQL that the policies of a mesh folder hold → conditions that an engine can be asked about: what its tokens
// cannot tell, that it is an expression at all and fits its columns, only the engine knows.

import type { Place } from '@tulle/kernel'
import type { DataSet, MeshModel, MeshPolicy, PolicyRule } from '@tulle/model'
import { isOfColumns, selectsColumn, selectsDataSet, selectsProduct } from '@tulle/model'
import { columnScope, parseSqlTemplate } from './sql-text.ts'

export interface WrittenCondition {
  readonly text: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly place: Place
}

/** A rule may mean very many data sets; those of the same columns are asked about once, and not all of the others. */
const MOST_TABLES = 50

export function writtenConditions(mesh: MeshModel): readonly WrittenCondition[] {
  return [...mesh.policies.values()].filter(({ status }) => status !== 'retired').flatMap((policy) => policy.rules.flatMap((rule, i) => conditionsOf(mesh, policy, rule, i)))
}

function conditionsOf(mesh: MeshModel, policy: MeshPolicy, { on, effect }: PolicyRule, i: number): readonly WrittenCondition[] {
  const products = [...mesh.products.values()].filter((product) => (policy.domain === undefined || policy.domain === product.domain) && selectsProduct(on, product))
  const dataSets = products.flatMap((product) => product.dataSets.filter(({ name, contract }) => selectsDataSet(on, name) && (!isOfColumns(on) || contract?.columns.some((column) => selectsColumn(on, column)) === true)))
  const at = (...path: readonly string[]): Place => policy.placeOf(['rules', i, ...path])
  if (effect.kind === 'mask') return effect.mask.kind === 'custom' ? tried(`(${effect.mask.sql}) IS NULL`, dataSets, at('mask', 'sql')) : []
  if (effect.kind !== 'rows') return []
  const consents = mesh.products.get(effect.consent?.product ?? '')?.dataSets.filter(({ name }) => name === effect.consent?.dataSet) ?? []
  return [
    ...(effect.where === undefined ? [] : tried(effect.where, dataSets, at('rows', 'where'))),
    ...(effect.consent?.where === undefined ? [] : tried(effect.consent.where, consents, at('rows', 'consent', 'where'))),
  ]
}

function tried(text: string, dataSets: readonly DataSet[], place: Place): readonly WrittenCondition[] {
  const template = parseSqlTemplate(text)
  if (!template.ok) return []
  const found = new Map<string, WrittenCondition>()
  for (const { contract } of dataSets) {
    const columns = (contract?.columns ?? []).map(({ name, type }) => ({ name, type }))
    const scope = columnScope(columns)
    if (template.value.columns.some((name) => scope(name) === undefined) || found.size >= MOST_TABLES) continue
    // A value of the question may be of any type, as null is.
    const printed = template.value.parts.map((part) => (part.kind === 'text' ? part.text : part.kind === 'column' ? scope(part.name) : part.afterIn ? '(NULL)' : 'NULL')).join('')
    found.set(JSON.stringify(columns), { text: printed, columns, place })
  }
  return [...found.values()]
}
