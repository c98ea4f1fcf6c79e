// Expressions to closures. Every access to a value goes through `members`, every call through `callValue`.

import { messages } from '../messages.ts'
import { PyError } from './errors.ts'
import { FILTERS } from './filters.ts'
import { JinjaError, placeOf } from './limits.ts'
import { attributeOf, itemOf } from './members.ts'
import { binary, compared, sliced, unary } from './operators.ts'
import type { Scope } from './scope.ts'
import { TESTS } from './tests.ts'
import type { Argument, ExpressionNode } from './types.ts'
import { Float, itemsOf, print, PyObject, truthy, tupleOf, typeName } from './values.ts'
import type { Keywords, Value } from './values.ts'

export type Expression = (scope: Scope) => Value
const NO_KEYWORDS: Keywords = new Map()

export function compileExpression(node: ExpressionNode): Expression {
  switch (node.kind) {
    case 'constant': {
      const value = node.float === true ? new Float(node.value as number) : node.value
      return () => value
    }
    case 'name': return ((name) => (scope: Scope) => scope.get(name))(node.name)
    case 'list': return ((items) => (scope: Scope) => items.map((item) => item(scope)))(node.items.map(compileExpression))
    case 'tuple': return ((items) => (scope: Scope) => tupleOf(items.map((item) => item(scope))))(node.items.map(compileExpression))
    case 'map': {
      const pairs = node.pairs.map(([key, value]) => [compileExpression(key), compileExpression(value)] as const)
      return (scope) => new Map(pairs.map(([key, value]) => [key(scope), value(scope)]))
    }
    case 'attribute': {
      const of = compileExpression(node.of)
      return guarded(node, (scope) => {
        const value = of(scope)
        return value === undefined ? missing(node.of) : attributeOf(value, node.name)
      })
    }
    case 'item': {
      const [of, key] = [compileExpression(node.of), compileExpression(node.key)]
      return guarded(node, (scope) => {
        const value = of(scope)
        return value === undefined ? missing(node.of) : itemOf(value, key(scope))
      })
    }
    case 'slice': {
      const parts = [node.of, node.from, node.to, node.step].map((part) => (part === undefined ? undefined : compileExpression(part)))
      return guarded(node, (scope) => {
        const [of, from, to, step] = parts.map((part) => part?.(scope))
        return sliced(of, from, to, step)
      })
    }
    case 'call': return compileCall(node)
    case 'filter': return compileFilter(node, compileExpression(node.of))
    case 'test': {
      const [of, args] = [compileExpression(node.of), compileArguments(node.args)]
      const test = Object.hasOwn(TESTS, node.name) ? TESTS[node.name] : undefined
      return guarded(node, (scope) => {
        const [values, keywords] = args(scope)
        return (test ?? unknownTest(node.name))(of(scope), values, keywords) !== node.negated
      })
    }
    case 'unary': {
      const of = compileExpression(node.of)
      return guarded(node, (scope) => unary(node.operator, of(scope)))
    }
    case 'binary': {
      const [left, right] = [compileExpression(node.left), compileExpression(node.right)]
      if (node.operator === 'or') return (scope) => ((value) => (truthy(value) ? value : right(scope)))(left(scope))
      if (node.operator === 'and') return (scope) => ((value) => (truthy(value) ? right(scope) : value))(left(scope))
      return guarded(node, (scope) => binary(node.operator, left(scope), right(scope)))
    }
    case 'compare': {
      const first = compileExpression(node.first)
      const rest = node.rest.map(({ operator, value }) => ({ operator, value: compileExpression(value) }))
      return guarded(node, (scope) => {
        let left = first(scope)
        for (const { operator, value } of rest) {
          const right = value(scope)
          if (!compared(operator, left, right)) return false
          left = right
        }
        return true
      })
    }
    case 'choice': {
      const [condition, value] = [compileExpression(node.condition), compileExpression(node.value)]
      const otherwise = node.otherwise === undefined ? undefined : compileExpression(node.otherwise)
      return (scope) => (truthy(condition(scope)) ? value(scope) : otherwise?.(scope))
    }
  }
}

export type Arguments = (scope: Scope) => readonly [readonly Value[], Keywords]

export function compileArguments(args: readonly Argument[]): Arguments {
  if (args.length === 0) return () => [[], NO_KEYWORDS]
  const compiled = args.map((arg) => ({ name: arg.name, spread: arg.spread, value: compileExpression(arg.value) }))
  if (compiled.every(({ name, spread }) => name === undefined && spread === undefined)) return (scope) => [compiled.map(({ value }) => value(scope)), NO_KEYWORDS]
  return (scope) => {
    const values: Value[] = []
    const keywords = new Map<string, Value>()
    for (const { name, spread, value } of compiled) {
      const given = value(scope)
      if (spread === 'list') values.push(...(itemsOf(given) ?? []))
      else if (spread === 'map') for (const [key, item] of given instanceof Map ? given : []) keywords.set(print(key), item)
      else if (name !== undefined) keywords.set(name, given)
      else values.push(given)
    }
    return [values, keywords]
  }
}

function compileCall(node: Extract<ExpressionNode, { kind: 'call' }>): Expression {
  const [callee, args] = [compileExpression(node.callee), compileArguments(node.args)]
  const at = node.callee.kind === 'name' ? node.callee.at : node.at
  return guarded({ at }, (scope) => {
    const called = callee(scope)
    const [values, keywords] = args(scope)
    return callValue(scope, called, values, keywords, at, node.callee)
  })
}

export function callValue(scope: Scope, called: Value, values: readonly Value[], keywords: Keywords, at: number, named?: ExpressionNode): Value {
  scope.run.budget.step()
  if (called === undefined && named !== undefined) return missing(named)
  if (!(called instanceof PyObject) || called.call === undefined) throw new PyError(`${named === undefined ? 'this' : `"${spelled(named)}"`} is ${typeName(called)}, which cannot be called`)
  return called.call(values, keywords, { file: scope.run.file, text: scope.run.text, at })
}

export function compileFilter({ name, args, at }: { readonly name: string; readonly args: readonly Argument[]; readonly at: number }, of: Expression): Expression {
  const given = compileArguments(args)
  return guarded({ at }, (scope) => {
    const [values, keywords] = given(scope)
    return applyFilter(name, of(scope), values, keywords)
  })
}

function applyFilter(name: string, value: Value, args: readonly Value[], keywords: Keywords): Value {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
  if (filter === undefined) throw new PyError(`there is no filter "${name}"`)
  return filter(value, args, keywords, { filter: applyFilter })
}

/** Gives errors their place. */
export function guarded<T>({ at }: { readonly at: number }, run: (scope: Scope) => T): (scope: Scope) => T {
  return (scope) => {
    try {
      return run(scope)
    } catch (error) {
      throw placed(error, scope, at)
    }
  }
}

export function placed(error: unknown, scope: Scope, at: number): unknown {
  const { file, text, trail, budget } = scope.run
  const related = (): readonly { place: ReturnType<typeof placeOf>; message: string }[] => trail.slice(-8).toReversed().map((site) => ({ place: placeOf(site.file, site.text, site.at), message: 'called here' }))
  if (error instanceof PyError) return new JinjaError(messages['dbt-template']({ detail: `${sentence(error.message)}.` }, { place: placeOf(file, text, at), related: related() }))
  if (error instanceof JinjaError && error.diagnostic.place === undefined) return new JinjaError({ ...error.diagnostic, place: placeOf(file, text, at), related: related() })
  // The engine's own stack ends where an expression is nested too deeply, or values hold themselves.
  if (error instanceof RangeError) return new JinjaError(messages['dbt-template-limit']({ limit: 'macros that call each other', most: budget.limits.depth }, { place: placeOf(file, text, at) }))
  return error
}

const sentence = (text: string): string => (text[0] ?? '').toUpperCase() + text.slice(1).replace(/\.$/u, '')

function missing(node: ExpressionNode): never {
  throw new PyError(`"${spelled(node)}" is undefined`)
}

function unknownTest(name: string): never {
  throw new PyError(`there is no test "${name}"`)
}

function spelled(node: ExpressionNode): string {
  if (node.kind === 'name') return node.name
  if (node.kind === 'attribute') return `${spelled(node.of)}.${node.name}`
  return node.kind === 'item' ? `${spelled(node.of)}[…]` : node.kind === 'call' ? `${spelled(node.callee)}(…)` : 'this'
}
