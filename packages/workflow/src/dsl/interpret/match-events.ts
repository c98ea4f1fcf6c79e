// Which events a `listen` or a schedule means: one, any or all of its filters, correlated, until something.

import type { Json } from '@tulle/kernel'
import { canonicalJson } from '@tulle/kernel'
import { unwrap } from '../expression-text.ts'
import type { EventFilter, EventStrategy, JsonObject } from '../types.ts'
import { isObject } from '../walk-tasks.ts'
import type { Run } from './run.ts'
import { evaluate, evaluateInside, isTrue } from './run.ts'

export interface EventMatcher {
  /** `heard` is a part of the result; `ends` only ended the listening. */
  offer(event: JsonObject): Promise<'heard' | 'ends' | 'passed'>
  isDone(): boolean
}

type Evaluating = Pick<Run, 'port' | 'host'>

export function matchEvents(run: Evaluating, strategy: EventStrategy, input: Json, variables: JsonObject): EventMatcher {
  const filters = strategy.one === undefined ? (strategy.all ?? strategy.any ?? []) : [strategy.one]
  const missing = new Set(strategy.all === undefined ? [] : filters)
  const correlated = new Map<string, string>()
  const heard: JsonObject[] = []
  const ending = typeof strategy.until === 'object' ? matchEvents(run, strategy.until, input, variables) : undefined
  let isDone = strategy.all?.length === 0

  const meant = async (event: JsonObject): Promise<EventFilter | undefined | true> => {
    if (strategy.any?.length === 0) return true
    for (const filter of filters) {
      if (strategy.all !== undefined && !missing.has(filter)) continue
      if (await fits(run as Run, filter, event, { input, variables, correlated })) return filter
    }
    return undefined
  }

  return {
    isDone: () => isDone,
    async offer(event) {
      if (isDone) return 'passed'
      if (ending !== undefined && (await ending.offer(event)) !== 'passed' && ending.isDone()) {
        isDone = true
        return 'ends'
      }
      const filter = await meant(event)
      if (filter === undefined) return 'passed'
      heard.push(event)
      if (strategy.all !== undefined && filter !== true) {
        missing.delete(filter)
        isDone = missing.size === 0
      } else if (strategy.until === undefined) isDone = true
      else if (typeof strategy.until === 'string') isDone = isTrue(await evaluate(run as Run, strategy.until, heard.map((one) => one['data'] ?? null), variables))
      return 'heard'
    },
  }
}

interface Surroundings { readonly input: Json; readonly variables: JsonObject; readonly correlated: Map<string, string> }

async function fits(run: Run, filter: EventFilter, event: JsonObject, { input, variables, correlated }: Surroundings): Promise<boolean> {
  for (const [attribute, wanted] of Object.entries(filter.with)) {
    const given = event[attribute] ?? null
    const expression = typeof wanted === 'string' ? unwrap(wanted) : undefined
    if (expression === undefined) {
      if (!covers(given, await evaluateInside(run, wanted ?? null, input, variables))) return false
    } else {
      // An expression about the attribute says whether, or what it has to be.
      const outcome = await run.host.jq.evaluate({ expression, input: given, variables, now: run.port.now() })
      if (!outcome.ok || !(outcome.value === true || (typeof outcome.value !== 'boolean' && outcome.value !== null && canonicalJson(outcome.value) === canonicalJson(given)))) return false
    }
  }
  const found = new Map<string, string>()
  for (const [name, { from, expect }] of Object.entries(filter.correlate ?? {})) {
    const value = canonicalJson(await evaluate(run, from, event, variables))
    const wanted = expect === undefined ? correlated.get(name) : canonicalJson(unwrap(expect) === undefined ? expect : await evaluate(run, expect, input, variables))
    if (wanted !== undefined && wanted !== value) return false
    found.set(name, value)
  }
  for (const [name, value] of found) correlated.set(name, value)
  return true
}

/** True where every member that is wanted is given. */
function covers(given: Json, wanted: Json): boolean {
  if (!isObject(wanted)) return canonicalJson(given) === canonicalJson(wanted)
  return isObject(given) && Object.entries(wanted).every(([key, member]) => covers((given[key] ?? null) as Json, (member ?? null) as Json))
}
