// A compiled template to text, under a budget.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { compileBody, Return, runBody } from './compile.ts'
import type { Statement } from './compile.ts'
import { raise } from './errors.ts'
import { Budget, checkMembers, JINJA_LIMITS, JinjaError } from './limits.ts'
import type { JinjaLimits } from './limits.ts'
import { mapOf } from './members.ts'
import type { Run } from './scope.ts'
import type { Template } from './types.ts'
import { Func, itemsOf, Namespace, numberOf, PySet, tupleOf } from './values.ts'
import type { Value } from './values.ts'

export interface RenderOptions {
  readonly globals: (name: string) => Value
  readonly limits?: JinjaLimits
  readonly now?: () => number
  readonly strict?: boolean
  /** Shared with renderings that this one is part of. */
  readonly budget?: Budget
}

const compiled = new WeakMap<Template, Statement>()

/** Renders; errors of the template are diagnostics with their place. Whatever else is thrown passes through. */
export function renderTemplate(template: Template, options: RenderOptions): Result<string> {
  try {
    return ok(renderOrThrow(template, options))
  } catch (error) {
    if (error instanceof JinjaError) return fail(error.diagnostic)
    throw error
  }
}

export function renderOrThrow(template: Template, options: RenderOptions): string {
  const [only] = template.body
  if (template.body.length === 0) return ''
  if (template.body.length === 1 && only?.kind === 'data') return only.text
  let statement = compiled.get(template)
  if (statement === undefined) {
    statement = compileBody(template.body)
    compiled.set(template, statement)
  }
  return runBody(statement, runOf(template, options))
}

export function runOf({ file, text }: Pick<Template, 'file' | 'text'>, { globals, limits = JINJA_LIMITS, now = Date.now, strict = false, budget = new Budget(limits, now) }: RenderOptions): Run {
  return { budget, globals: (name) => globals(name) ?? (Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined), file, text, strict, trail: [] }
}

/** Jinja's own functions. */
const BUILT_IN: Readonly<Record<string, Value>> = {
  range: new Func('range', (args) => {
    const [a = 0, b, step = 1] = args.map((arg) => numberOf(arg) ?? raise('range needs numbers'))
    const [from, to] = b === undefined ? [0, a] : [a, b]
    if (step === 0) raise('range needs a step')
    const count = Math.max(0, Math.ceil((to - from) / step))
    checkMembers(count)
    return Array.from({ length: count }, (_, i) => from + i * step)
  }),
  dict: new Func('dict', ([value], keywords) => mapOf(value, keywords)),
  list: new Func('list', ([value]) => [...(itemsOf(value) ?? [])]),
  namespace: new Func('namespace', ([value], keywords) => {
    const made = new Namespace()
    for (const [key, item] of mapOf(value, keywords)) made.values.set(String(key), item)
    return made
  }),
  set: new Func('set', ([value]) => new PySet(itemsOf(value) ?? raise('set needs members'))),
  zip: new Func('zip', (lists) => {
    const all = lists.map((list) => itemsOf(list) ?? raise('zip needs lists'))
    return Array.from({ length: Math.min(...all.map((list) => list.length)) }, (_, i) => tupleOf(all.map((list) => list[i])))
  }),
  return: new Func('return', (args) => {
    throw new Return(args.length === 0 ? null : args[0])
  }),
}
