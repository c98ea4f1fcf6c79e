// Statements to closures, and macros to functions.

import { compileArguments, compileExpression, compileFilter, callValue, guarded, placed } from './compile-expression.ts'
import type { Expression } from './compile-expression.ts'
import { PyError, raise } from './errors.ts'
import { Scope } from './scope.ts'
import type { Run } from './scope.ts'
import type { Body, Parameter, StatementNode, TargetNode } from './types.ts'
import { Func, itemsOf, Namespace, print, PyObject, truthy, tupleOf, typeName } from './values.ts'
import type { CallSite, Keywords, Value } from './values.ts'

export type Statement = (scope: Scope, out: string[]) => void

/** Ends a macro with a value that is no text. */
export class Return extends Error {
  readonly value: Value
  constructor(value: Value) {
    super('return')
    this.value = value
  }
}
class Leave extends Error {
  readonly how: 'break' | 'continue'
  constructor(how: 'break' | 'continue') {
    super(how)
    this.how = how
  }
}

export function compileBody(body: Body): Statement {
  const statements = body.map(compileStatement)
  if (statements.length === 1) return statements[0] as Statement
  return (scope, out) => {
    for (const statement of statements) statement(scope, out)
  }
}

function compileStatement(node: StatementNode): Statement {
  switch (node.kind) {
    case 'data': return (scope, out) => emit(scope, out, node.text)
    case 'output': {
      const value = compileExpression(node.value)
      // `x if y` without an else is nothing on purpose.
      const isHalfChoice = node.value.kind === 'choice' && node.value.otherwise === undefined
      return at(node, (scope, out) => {
        const given = value(scope)
        if (given === undefined && scope.run.strict && !isHalfChoice) throw placed(new PyError('a value is not defined'), scope, node.value.at)
        emit(scope, out, print(given))
      })
    }
    case 'do': return ((value) => (scope: Scope) => void value(scope))(compileExpression(node.value))
    case 'if': {
      const branches = node.branches.map(({ condition, body }) => [compileExpression(condition), compileBody(body)] as const)
      const otherwise = compileBody(node.otherwise)
      return (scope, out) => {
        for (const [condition, body] of branches) if (truthy(condition(scope))) return body(scope, out)
        return otherwise(scope, out)
      }
    }
    case 'for': return compileFor(node)
    case 'set': {
      const [value, assign] = [compileExpression(node.value), compileTarget(node.target)]
      return at(node, (scope) => assign(scope, value(scope)))
    }
    case 'set-block': {
      const [body, assign] = [compileBody(node.body), compileTarget(node.target)]
      const value = node.filters.reduce<Expression>((of, filter) => compileFilter(filter, of), (scope) => captured(body, new Scope(scope.run, scope)))
      return at(node, (scope) => assign(scope, value(scope)))
    }
    case 'filter-block': {
      const body = compileBody(node.body)
      const value = node.filters.reduce<Expression>((of, filter) => compileFilter(filter, of), (scope) => captured(body, new Scope(scope.run, scope)))
      return at(node, (scope, out) => emit(scope, out, print(value(scope))))
    }
    case 'with': {
      const sets = node.sets.map(({ target, value }) => [compileTarget(target), compileExpression(value)] as const)
      const body = compileBody(node.body)
      return (scope, out) => {
        const inner = new Scope(scope.run, scope)
        for (const [assign, value] of sets) assign(inner, value(scope))
        body(inner, out)
      }
    }
    case 'call-block': {
      const [callee, args, body] = [compileExpression(node.call.kind === 'call' ? node.call.callee : node.call), compileArguments(node.call.kind === 'call' ? node.call.args : []), compileBody(node.body)]
      const parameters = compileParameters(node.parameters)
      return at(node, (scope, out) => {
        const caller = new Func('caller', (values, keywords) => captured(body, parameters(new Scope(scope.run, scope), 'caller', values, keywords)))
        const [values, keywords] = args(scope)
        const named = node.call.kind === 'call' ? node.call.callee : undefined
        emit(scope, out, print(callValue(scope, callee(scope), values, new Map([...keywords, ['caller', caller]]), node.call.at, named)))
      })
    }
    case 'break': case 'continue':
      return () => {
        throw new Leave(node.kind)
      }
    case 'macro': {
      const define = compileMacro(node)
      return (scope) => scope.set(node.name, define(scope))
    }
    case 'snapshot': return compileBody(node.body)
    case 'test': case 'materialization': return () => undefined
  }
}

const at = (node: { readonly at: number }, run: (scope: Scope, out: string[]) => void): Statement => (scope, out) => {
  try {
    run(scope, out)
  } catch (error) {
    throw placed(error, scope, node.at)
  }
}

function emit(scope: Scope, out: string[], text: string): void {
  scope.run.budget.text(text.length)
  out.push(text)
}

function captured(body: Statement, scope: Scope): string {
  const out: string[] = []
  body(scope, out)
  return out.join('')
}

type Assign = (scope: Scope, value: Value) => void

function compileTarget(target: TargetNode): Assign {
  switch (target.kind) {
    case 'one': return (scope, value) => scope.set(target.name, value)
    case 'member': return (scope, value) => {
      const of = scope.get(target.of)
      if (!(of instanceof Namespace)) throw new PyError(`"${target.of}" is no namespace`)
      of.assign(target.name, value)
    }
    case 'several': {
      const targets = target.targets.map(compileTarget)
      return (scope, value) => {
        const items = itemsOf(value) ?? raise(`${typeName(value)} cannot be taken apart`)
        if (items.length !== targets.length) raise(`${items.length} values do not fit ${targets.length} names`)
        for (const [i, assign] of targets.entries()) assign(scope, items[i])
      }
    }
  }
}

type For = Extract<StatementNode, { kind: 'for' }>

function compileFor(node: For): Statement {
  const [assign, over, body, otherwise] = [compileTarget(node.target), compileExpression(node.over), compileBody(node.body), compileBody(node.otherwise)]
  const condition = node.condition === undefined ? undefined : compileExpression(node.condition)
  const loop = (scope: Scope, out: string[], value: Value, depth: number): void => {
    scope.run.budget.enter()
    let items = itemsOf(value) ?? raise(`${typeName(value)} cannot be looped over`)
    if (condition !== undefined) {
      items = items.filter((item) => {
        scope.run.budget.step()
        const inner = new Scope(scope.run, scope)
        assign(inner, item)
        return truthy(condition(inner))
      })
    }
    if (items.length === 0) otherwise(scope, out)
    const again = (below: Scope): Func => new Func('loop', ([given]) => {
      const inner: string[] = []
      loop(below, inner, given, depth + 1)
      return inner.join('')
    })
    turns(scope, out, { items, assign, body, depth, again: node.recursive ? again : undefined })
    scope.run.budget.depth -= 1
  }
  return at(node, (scope, out) => loop(scope, out, over(scope), 0))
}

interface Turns { readonly items: readonly Value[]; readonly assign: Assign; readonly body: Statement; readonly depth: number; readonly again: ((scope: Scope) => Func) | undefined }

function turns(scope: Scope, out: string[], { items, assign, body, depth, again }: Turns): void {
  const state = { index: 0, last: undefined as Value }
  for (let index = 0; index < items.length; index += 1) {
    scope.run.budget.step()
    const inner = new Scope(scope.run, scope)
    inner.set('loop', new Loop(items, index, depth, state, again?.(inner)))
    assign(inner, items[index])
    try {
      body(inner, out)
    } catch (error) {
      if (!(error instanceof Leave)) throw error
      if (error.how === 'break') return
    }
  }
}

/** `loop` in the body of a `for`. */
class Loop extends PyObject {
  readonly #items: readonly Value[]
  readonly #index: number
  readonly #depth: number
  readonly #state: { last: Value; index: number }
  override readonly call: (args: readonly Value[], keywords: Keywords, site: CallSite) => Value
  constructor(items: readonly Value[], index: number, depth: number, state: { last: Value; index: number }, again: Func | undefined) {
    super()
    this.#items = items
    this.#index = index
    this.#depth = depth
    this.#state = state
    this.call = (args, keywords, site) => (again ?? raise('this loop is not recursive')).call(args, keywords, site)
  }
  override member(name: string): Value {
    const [index, length] = [this.#index, this.#items.length]
    switch (name) {
      case 'index': return index + 1
      case 'index0': return index
      case 'revindex': return length - index
      case 'revindex0': return length - index - 1
      case 'first': return index === 0
      case 'last': return index === length - 1
      case 'length': return length
      case 'depth': return this.#depth + 1
      case 'depth0': return this.#depth
      case 'previtem': return index === 0 ? undefined : this.#items[index - 1]
      case 'nextitem': return this.#items[index + 1]
      case 'cycle': return new Func('cycle', (values) => values[index % values.length])
      case 'changed': return new Func('changed', (values) => {
        const now = JSON.stringify(values.map(print))
        const changed = this.#state.last !== now
        this.#state.last = now
        return changed
      })
      default: return undefined
    }
  }
  override print(): string {
    return `<LoopContext ${this.#index + 1}/${this.#items.length}>`
  }
}

/** Binds arguments to names in the scope that it is given. */
function compileParameters(parameters: readonly Parameter[]): (scope: Scope, name: string, values: readonly Value[], keywords: Keywords) => Scope {
  const compiled = parameters.map(({ name, fallback }) => ({ name, fallback: fallback === undefined ? undefined : compileExpression(fallback) }))
  const names = new Set(parameters.map(({ name }) => name))
  return (scope, macro, values, keywords) => {
    for (const [i, { name, fallback }] of compiled.entries()) {
      const given = i < values.length ? values[i] : keywords.has(name) ? keywords.get(name) : fallback?.(scope)
      if (i < values.length && keywords.has(name)) raise(`"${macro}" is given "${name}" twice`)
      scope.set(name, given)
    }
    scope.set('varargs', tupleOf(values.slice(compiled.length)))
    const rest = [...keywords].filter(([key]) => !names.has(key))
    const caller = rest.find(([key]) => key === 'caller')
    if (caller !== undefined) scope.set('caller', caller[1])
    scope.set('kwargs', new Map<Value, Value>(rest.filter(([key]) => key !== 'caller')))
    return scope
  }
}

/** A macro as a function over the scope in which it is defined. */
export function compileMacro({ name, parameters, body, at: start }: { readonly name: string; readonly parameters: readonly Parameter[]; readonly body: Body; readonly at: number }): (scope: Scope) => Func {
  const [bind, run] = [compileParameters(parameters), compileBody(body)]
  return (defined) => new Func(name, (values, keywords, site) => {
    const { budget, trail } = defined.run
    trail.push(site)
    budget.enter()
    const call = guarded({ at: start }, (scope) => captured(run, bind(scope, name, values, keywords)))
    try {
      return call(new Scope(defined.run, defined))
    } catch (error) {
      if (error instanceof Return) return error.value
      throw error
    } finally {
      budget.depth -= 1
      trail.pop()
    }
  }, { name, arguments: parameters.map((parameter) => parameter.name) })
}

export function runBody(statement: Statement, run: Run): string {
  const out: string[] = []
  statement(new Scope(run), out)
  return out.join('')
}

