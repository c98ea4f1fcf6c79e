// Rules of ODCS that are written for another tool, in its words. Those of Great Expectations and Soda are run here; what
// another tool alone can run is kept, and counts as no pass.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { fail, ok, resultOf } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import type { Action, Check } from './types.ts'
import type { Obj, RuleContext } from './read-values.ts'
import { isFault, isObj, textOf } from './read-values.ts'
import { checkOf } from './reading.ts'
import { readExpectation } from './great-expectations/read-suite.ts'
import { messages } from './messages.ts'
import { readSoda } from './soda/read-soda.ts'

interface Kept { readonly action: Action; readonly place: Place }

/** Reads a rule of type `custom`. */
export function readCustom(rule: Obj, context: RuleContext, kept: Kept): Result<readonly Check[]> {
  const engine = (textOf(rule['engine']) ?? '').toLowerCase().replaceAll(/[\s_-]/gu, '')
  if (engine === 'greatexpectations') return readGreatExpectations(rule, context, kept)
  if (engine === 'soda' || engine === 'sodacl' || engine === 'tulle') return readSodaRule(rule, context, kept)
  const name = `${textOf(rule['name']) ?? 'custom'}${context.column === undefined ? '' : `(${context.column})`}`.slice(0, 100)
  const why = `a rule for ${JSON.stringify((textOf(rule['engine']) ?? 'another tool').slice(0, 40))} is run by it alone`
  return ok([{ name, measure: { kind: 'unmeasured', why }, bound: { operator: '=', value: 0 }, unit: 'rows', ...kept }], [messages['check-not-run']({ rule: name, why }, { place: kept.place })])
}

/** `implementation` is one check of SodaCL, or a list of them, as YAML or as a text of it. */
function readSodaRule(rule: Obj, context: RuleContext, { action, place }: Kept): Result<readonly Check[]> {
  const diagnostics: Diagnostic[] = []
  const written = sodaOf(rule['implementation'])
  const checks = written.flatMap((one): readonly Check[] => {
    const read = readSoda(one, context)
    if (isFault(read)) {
      const metric = (typeof one === 'string' ? one : isObj(one) ? (textOf(one['type']) ?? Object.keys(one)[0] ?? 'soda') : 'soda').slice(0, 100)
      diagnostics.push(messages['check-malformed']({ metric, why: read.fault, hint: read.hint ?? '' }, { place }))
      return []
    }
    return read.drafts.map((draft) => {
      const check = checkOf(draft, { name: textOf(rule['name']) ?? read.name, action: read.mild && action === 'block' ? 'warn' : action, place })
      if (check.measure.kind === 'unmeasured') diagnostics.push(messages['check-not-run']({ rule: check.name, why: check.measure.why }, { place }))
      return check
    })
  })
  if (written.length === 0) diagnostics.push(messages['check-malformed']({ metric: 'soda', why: 'it needs an implementation, a check of SodaCL or a list of them', hint: '' }, { place }))
  return resultOf(checks, diagnostics)
}

function sodaOf(value: Json | undefined): readonly Json[] {
  const parsed = typeof value === 'string' ? parseYaml(value, 'implementation') : undefined
  const written = parsed === undefined ? (value ?? null) : parsed.ok ? parsed.value.value : null
  return Array.isArray(written) ? (written as readonly Json[]) : written === null || written === '' ? [] : [written]
}

/** `implementation` is one expectation, or a list of them, as YAML or as a text of it. */
function readGreatExpectations(rule: Obj, { columns, relation, column }: RuleContext, { action, place }: Kept): Result<readonly Check[]> {
  const malformed = (metric: string, why: string, hint = ''): Result<never> => fail(messages['check-malformed']({ metric: metric.slice(0, 100), why, hint }, { place }))
  const written = implementationOf(rule['implementation'])
  if (written === undefined) return malformed('greatExpectations', 'it needs an implementation: {type: …, kwargs: {…}}')
  const checks: Check[] = []
  for (const one of Array.isArray(written) ? (written as readonly Json[]) : [written]) {
    const expectation: Obj = isObj(one) ? one : {}
    const type = textOf(expectation['type'] ?? expectation['expectation_type']) ?? ''
    const given = isObj(expectation['kwargs']) ? expectation['kwargs'] : {}
    const kwargs = Object.fromEntries(Object.entries(given).map(([key, value]) => [key.replaceAll(/(?<=[a-z])[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`), value]))
    const drafts = readExpectation(type, { ...(column !== undefined && !/_table_|^unexpected|_pair_|multicolumn|compound/u.test(type) && { column }), ...kwargs }, { columns, relation })
    if (isFault(drafts)) return malformed(type === '' ? 'greatExpectations' : type, drafts.fault, drafts.hint)
    checks.push(...drafts.map((draft) => checkOf(draft, { name: `${type}${column === undefined ? '' : `(${column})`}`, action, place })))
  }
  return ok(checks)
}

function implementationOf(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string') return value === null ? undefined : value
  const parsed = parseYaml(value, 'implementation')
  return parsed.ok && parsed.value.value !== null && typeof parsed.value.value === 'object' ? parsed.value.value : undefined
}
