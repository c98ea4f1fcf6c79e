// The names that a model's template may use: ref, source, config, var, this, is_incremental.

import { messages } from './messages.ts'
import { placeOf } from './parse-template.ts'
import type { TemplateNode } from './parse-template.ts'
import { TemplateRefusal } from './render-template.ts'
import { Callable, printed } from './template-values.ts'
import type { Value } from './template-values.ts'
import type { Json } from '@tulle/kernel'

export interface ModelScope {
  /** The SQL of a data set; `product` is absent where the model named only the data set. */
  readonly ref: (product: string | undefined, name: string) => string
  /** The SQL of an input port. */
  readonly source: (port: string) => string
  readonly variables?: Readonly<Record<string, Json>>
  /** The SQL of the model's own data set, as it was published last. */
  readonly self?: string
  readonly incremental?: boolean
}

/** What is called, with its place: the recorder's half of a scope. */
export interface ModelCalls {
  readonly ref?: (product: string | undefined, name: string, node: TemplateNode) => void
  readonly source?: (port: string, node: TemplateNode) => void
  readonly config?: (settings: ReadonlyMap<string, Value>) => void
}

export function modelNames(scope: ModelScope, text: string, file: string, calls: ModelCalls = {}): ReadonlyMap<string, Value> {
  const refuse = (node: TemplateNode, call: string): never => {
    throw new TemplateRefusal(messages['model-reference']({ call }, { place: placeOf(node, text, file) }))
  }
  const names = (word: string, args: readonly Value[], named: ReadonlyMap<string, Value>, node: TemplateNode): readonly string[] => {
    const texts = args.filter((arg) => typeof arg === 'string')
    const wrong = named.size > 0 || texts.length !== args.length || args.length === 0 || args.length > 2 || texts.includes('')
    return wrong ? refuse(node, `${word}(${args.map((arg) => JSON.stringify(printed(arg))).join(', ').slice(0, 200)})`) : texts
  }
  return new Map<string, Value>([
    ['ref', new Callable((args, named, node) => {
      const found = names('ref', args, named, node)
      const [product, name] = found.length === 2 ? (found as [string, string]) : [undefined, found[0] as string]
      calls.ref?.(product, name, node)
      return scope.ref(product, name)
    })],
    ['source', new Callable((args, named, node) => {
      const found = names('source', args, named, node)
      // dbt's two-part form names a source and its table; the last part is the port.
      const port = found.at(-1) as string
      calls.source?.(port, node)
      return scope.source(port)
    })],
    ['config', new Callable((_, named) => {
      calls.config?.(named)
      return ''
    })],
    ['var', new Callable((args, _, node) => {
      const name = printed(args[0])
      const given = scope.variables !== undefined && Object.hasOwn(scope.variables, name) ? valueOf(scope.variables[name] as Json) : args[1]
      if (given === undefined) {
        throw new TemplateRefusal(messages['model-template']({ detail: `the variable "${name.slice(0, 100)}" has no value and no default.` }, { place: placeOf(node, text, file) }))
      }
      return given
    })],
    ['this', scope.self],
    ['is_incremental', new Callable(() => scope.incremental === true)],
  ])
}

/** A JSON value as templates hold it. */
export function valueOf(json: Json): Value {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return (json as readonly Json[]).map(valueOf)
  return new Map(Object.entries(json as Record<string, Json | undefined>).map(([key, item]) => [key, item === undefined ? undefined : valueOf(item)]))
}
