// Which data sets and input ports a model reads, with their places, found without its data: calls with plain texts are
// read off the tree, in both arms of every condition; computed ones are found by rendering.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { modelNames } from './model-names.ts'
import type { ModelCalls } from './model-names.ts'
import { parseTemplate, placeOf } from './parse-template.ts'
import type { TemplateNode } from './parse-template.ts'
import { renderTemplate } from './render-template.ts'
import { isList, isMap } from './template-values.ts'
import type { Value } from './template-values.ts'

/** One read; `product` is absent where the model named only the data set or port. */
export interface ModelRead { readonly product?: string; readonly name: string; readonly place: Place }

export interface ModelReads {
  readonly refs: readonly ModelRead[]
  readonly sources: readonly ModelRead[]
  /** What `config(…)` said, for example `materialized`. */
  readonly config: Readonly<Record<string, Json>>
}

/** Pure. Each read is named once, at its first place. A template error is a diagnostic with its place. */
export function findModelReads(text: string, file = 'model.sql'): Result<ModelReads> {
  const parsed = parseTemplate(text, file)
  if (!parsed.ok) return parsed
  const refs = new Map<string, ModelRead>()
  const sources = new Map<string, ModelRead>()
  const config: Record<string, Json> = {}
  const calls: ModelCalls = {
    ref: (product, name, node) => {
      const key = JSON.stringify([product ?? null, name])
      if (!refs.has(key)) refs.set(key, { ...(product !== undefined && { product }), name, place: placeOf(node, text, file, 'ref'.length) })
    },
    source: (port, node) => {
      if (!sources.has(port)) sources.set(port, { name: port, place: placeOf(node, text, file, 'source'.length) })
    },
    config: (settings) => {
      for (const [key, value] of settings) Object.defineProperty(config, key, { value: jsonOf(value), enumerable: true, configurable: true })
    },
  }
  for (const { callee, texts } of plainCalls(parsed.value)) {
    if (callee['value'] === 'ref' && texts.length <= 2) calls.ref?.(texts.length === 2 ? texts[0] : undefined, texts.at(-1) as string, callee)
    else if (callee['value'] === 'source' && texts.length <= 2) calls.source?.(texts.at(-1) as string, callee)
  }
  const problems = new Map<string, Diagnostic>()
  for (const incremental of [false, true]) {
    const scope = { ref: () => 'ref', source: () => 'source', self: 'this', incremental }
    const rendered = renderTemplate(parsed.value, modelNames({ ...scope, variables: {} }, text, file, calls), text, file)
    // A variable gets its value only at the run.
    for (const problem of rendered.ok ? [] : rendered.diagnostics) if (!problem.message.startsWith('The template is wrong: the variable ')) problems.set(JSON.stringify(problem), problem)
  }
  if (problems.size > 0) return fail(...problems.values())
  return ok({ refs: [...refs.values()], sources: [...sources.values()], config })
}

// Every call of a name with nothing but texts, wherever it stands.
function* plainCalls(node: TemplateNode): Generator<{ callee: TemplateNode; texts: readonly string[] }> {
  if (node.typename === 'FunCall') {
    const callee = node['name'] as TemplateNode
    const args = (node['args'] as TemplateNode)['children'] as readonly TemplateNode[]
    const texts = args.map((arg) => (arg.typename === 'Literal' && typeof arg['value'] === 'string' && arg['value'] !== '' ? arg['value'] : undefined))
    if (callee.typename === 'Symbol' && texts.length > 0 && texts.every((text) => text !== undefined)) yield { callee, texts }
  }
  for (const field of Object.values(node)) {
    for (const child of Array.isArray(field) ? (field as readonly unknown[]) : [field]) {
      if (typeof child === 'object' && child !== null && 'typename' in child) yield* plainCalls(child as TemplateNode)
    }
  }
}

function jsonOf(value: Value): Json {
  if (isList(value)) return value.map(jsonOf)
  if (isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [key, jsonOf(item)]))
  return value === undefined || typeof value === 'object' ? null : value
}
