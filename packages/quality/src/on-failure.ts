// What a contract wants done where a promise is broken: `onFailure` and `atMost` among the `customProperties` of the rule, of
// its column or of the whole data set, the narrower word first. Pure.

import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { FailureWords } from '@tulle/model'
import type { Action, Check, Measure } from './types.ts'
import { messages } from './messages.ts'

const ACTIONS: readonly Action[] = ['block', 'quarantine', 'warn']

/** The check, with what its failure comes to. `wider` are the words of its column and of the data set. */
export function withAction(check: Check, own: FailureWords | undefined, wider: readonly (FailureWords | undefined)[]): Result<Check> {
  const words = own ?? (check.action === 'block' ? wider.find((one) => one !== undefined) : undefined)
  if (words === undefined) return ok(check)
  const wrong = (why: string, hint = ''): Result<never> => fail(messages['check-malformed']({ metric: check.name, why, hint }, { place: check.place }))
  const action = words.onFailure === undefined ? check.action : ACTIONS.find((one) => one === words.onFailure)
  if (action === undefined) return wrong(`its onFailure ${show(words.onFailure)} is none of ${ACTIONS.join(', ')}`, didYouMean(String(words.onFailure), ACTIONS))
  if (action === 'quarantine' && !hasRows(check.measure)) {
    // Who speaks of all promises of a column means those that have rows.
    return own === undefined ? ok(check) : wrong('its onFailure is quarantine, but no rows are at fault that could be set aside')
  }
  if (words.atMost === undefined) return ok({ ...check, action })
  if (action !== 'quarantine') return wrong('its atMost says how many rows may be set aside, which needs onFailure: quarantine')
  const atMost = readLimit(words.atMost)
  return atMost === undefined ? wrong(`its atMost ${show(words.atMost)} is neither a number of rows nor a part of them like "1 %"`) : ok({ ...check, action, atMost })
}

/** The words that a rule has itself. */
export function wordsOfRule(rule: Json): FailureWords | undefined {
  const custom = rule !== null && typeof rule === 'object' && !Array.isArray(rule) ? (rule as Readonly<Record<string, Json>>)['customProperties'] : undefined
  if (!Array.isArray(custom)) return undefined
  const words = (custom as readonly Json[]).flatMap((one): [string, Json][] => {
    const { property, value } = (one ?? {}) as { readonly property?: Json; readonly value?: Json }
    return property === 'onFailure' || property === 'atMost' ? [[property, value ?? null]] : []
  })
  return words.length === 0 ? undefined : Object.fromEntries(words)
}

/** Rows of a key that repeats are at fault beyond the first. */
const hasRows = (measure: Measure): boolean => measure.kind === 'bad' || (measure.kind === 'repeats' && measure.counts === 'surplus' && measure.nulls !== true)

/** Undefined where it is neither a number of rows nor a part of them. */
export const limitOf = (value: Json | undefined): Check['atMost'] => (value === undefined ? undefined : readLimit(value))

function readLimit(value: Json): Check['atMost'] {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? { value, unit: 'rows' } : undefined
  const [, number = '', percent] = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*(%|percent|rows?)?\s*$/u.exec(String(value)) ?? []
  if (number === '') return undefined
  if (percent === '%' || percent === 'percent') return Number(number) <= 100 ? { value: Number(number), unit: 'percent' } : undefined
  return Number.isSafeInteger(Number(number)) ? { value: Number(number), unit: 'rows' } : undefined
}

const show = (value: Json | undefined): string => String(JSON.stringify(value)).slice(0, 60)
