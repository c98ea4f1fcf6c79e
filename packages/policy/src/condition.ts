// A condition in CEL → a function of the question. Texts come from people and attributes from identity providers, so
// both are bounded, regular expressions are RE2's and written out, and whatever goes wrong is an error, never an answer.

import { celEnv, isCelError, parse, plan } from '@bufbuild/cel'
import type { CelInput } from '@bufbuild/cel'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

/** What a condition may ask about. */
export interface ConditionFacts { readonly [name: string]: Json }

/** Facts as conditions take them: converted once for all that are asked. `undefined`: they are too many. */
export type PreparedFacts = Readonly<Record<string, CelInput>> | undefined

/** True or false, or an error's text: then the rule must be read the strict way. */
export type Condition = (facts: PreparedFacts) => boolean | { readonly error: string }

export function prepareFacts(facts: ConditionFacts, limit = FACTS_LIMIT): PreparedFacts {
  if (JSON.stringify(facts).length > limit) return undefined
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, celOf(value)]))
}

const LENGTH_LIMIT = 2_000
const NODE_LIMIT = 400
const LOOP_LIMIT = 2
const FACTS_LIMIT = 16_384
const PATTERN_LIMIT = 200

const environment = celEnv()

export function compileCondition(text: string): Result<Condition> {
  const refused = (reason: string): Result<Condition> => fail(messages['cel-refused']({ reason: reason.slice(0, 200) }))
  if (text.length > LENGTH_LIMIT) return refused(`it has more than ${LENGTH_LIMIT} characters.`)
  if (nesting(text) > 50) return refused('its brackets are nested more than 50 deep.')
  try {
    const parsed = parse(text)
    const problem = problemOf(parsed.expr)
    if (problem !== undefined) return refused(problem)
    const run = plan(environment, parsed) as (facts: Record<string, CelInput>) => unknown
    return ok((facts) => evaluate(run, facts))
  } catch (error) {
    return refused(`${error instanceof Error ? error.message.split('\n', 1)[0] : 'it cannot be read'}.`)
  }
}

function evaluate(run: (facts: Record<string, CelInput>) => unknown, facts: PreparedFacts): ReturnType<Condition> {
  if (facts === undefined) return { error: 'the attributes are too many' }
  try {
    const answer = run(facts)
    if (typeof answer === 'boolean') return answer
    return { error: isCelError(answer) ? 'it cannot be evaluated' : 'it is neither true nor false' }
  } catch {
    return { error: 'it cannot be evaluated' }
  }
}

// Whole numbers are CEL's int, so that they can be compared and reckoned with those that a condition writes.
function celOf(value: Json): CelInput {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return (value as readonly Json[]).map(celOf)
  if (value !== null && typeof value === 'object') return new Map(Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, celOf(member)]])))
  return value as null | boolean | string
}

function nesting(text: string): number {
  let [depth, deepest] = [0, 0]
  for (const char of text) {
    if ('([{'.includes(char)) deepest = Math.max(deepest, (depth += 1))
    else if (')]}'.includes(char)) depth -= 1
  }
  return deepest
}

interface Look { nodes: number }

// The tree is walked by its members, whatever their kind: a new kind is counted like the others.
function problemOf(expression: unknown): string | undefined {
  const look: Look = { nodes: 0 }
  return walk(expression, 0, look)
}

function walk(value: unknown, loops: number, look: Look): string | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (Array.isArray(value)) return firstOf(value, loops, look)
  const node = value as Readonly<Record<string, unknown>>
  const kind = node['exprKind'] as { case?: string; value?: Readonly<Record<string, unknown>> } | undefined
  if (kind?.case !== undefined) {
    look.nodes += 1
    if (look.nodes > NODE_LIMIT) return `it has more than ${NODE_LIMIT} parts.`
    const inner = kind.case === 'comprehensionExpr' ? loops + 1 : loops
    if (inner > LOOP_LIMIT) return `its loops are nested more than ${LOOP_LIMIT} deep.`
    if (kind.case === 'callExpr' && kind.value?.['function'] === 'matches' && !hasShortPattern(kind.value)) return `matches() needs a pattern that is written out and has at most ${PATTERN_LIMIT} characters.`
    return walk(kind.value, inner, look)
  }
  return firstOf(Object.values(node), loops, look)
}

function firstOf(values: readonly unknown[], loops: number, look: Look): string | undefined {
  for (const value of values) {
    const problem = walk(value, loops, look)
    if (problem !== undefined) return problem
  }
  return undefined
}

function hasShortPattern(call: Readonly<Record<string, unknown>>): boolean {
  const args = call['args']
  const last = Array.isArray(args) ? (args as readonly { exprKind?: { case?: string; value?: { constantKind?: { case?: string; value?: unknown } } } }[]).at(-1) : undefined
  const constant = last?.exprKind?.case === 'constExpr' ? last.exprKind.value?.constantKind : undefined
  return constant?.case === 'stringValue' && typeof constant.value === 'string' && constant.value.length <= PATTERN_LIMIT
}
