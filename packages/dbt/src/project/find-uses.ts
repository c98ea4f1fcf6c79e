// Which names a template calls: read off its tree, in every arm of every condition.

import type { Body, ExpressionNode } from '../jinja/types.ts'

export interface Uses {
  /** Names that are called or passed on, `package.name` where two parts are written. */
  readonly names: ReadonlySet<string>
  /** First arguments of `dispatch`, with the namespace where it is written out. */
  readonly dispatched: readonly { readonly name: string; readonly namespace: string | undefined }[]
}

export interface PlainCall { readonly word: string; readonly texts: readonly string[]; readonly at: number }

/** Calls of a bare name with one or two texts, and nothing computed. */
export function plainCalls(body: Body): readonly PlainCall[] {
  const calls: PlainCall[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one)
    else if (typeof value === 'object' && value !== null) {
      const node = value as ExpressionNode
      if (node.kind === 'call' && node.callee.kind === 'name') {
        const texts = node.args.flatMap(({ name, value: given }) => (name === undefined && given.kind === 'constant' && typeof given.value === 'string' && given.value !== '' ? [given.value] : []))
        if (texts.length === node.args.length && (texts.length === 1 || texts.length === 2)) calls.push({ word: node.callee.name, texts, at: node.callee.at })
      }
      for (const child of Object.values(value)) if (typeof child === 'object') walk(child)
    }
  }
  walk(body)
  return calls
}

const known = new WeakMap<Body, Uses>()

export function findUses(body: Body): Uses {
  const before = known.get(body)
  if (before !== undefined) return before
  const names = new Set<string>()
  const dispatched: { name: string; namespace: string | undefined }[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one)
    else if (typeof value === 'object' && value !== null) {
      look(value as ExpressionNode)
      for (const child of Object.values(value)) if (typeof child === 'object') walk(child)
    }
  }
  const look = (node: ExpressionNode): void => {
    if (node.kind === 'name') names.add(node.name)
    else if (node.kind === 'attribute' && node.of.kind === 'name') names.add(`${node.of.name}.${node.name}`)
    else if (node.kind === 'call' && node.callee.kind === 'attribute' && node.callee.name === 'dispatch') {
      const [name, space] = [node.args.find((arg) => arg.name === undefined || arg.name === 'macro_name'), node.args.find((arg, i) => arg.name === 'macro_namespace' || arg.name === 'packages' || (arg.name === undefined && i === 1))]
      if (name?.value.kind === 'constant' && typeof name.value.value === 'string') dispatched.push({ name: name.value.value, namespace: space?.value.kind === 'constant' && typeof space.value.value === 'string' ? space.value.value : undefined })
    }
  }
  walk(body)
  const uses = { names, dispatched }
  known.set(body, uses)
  return uses
}
