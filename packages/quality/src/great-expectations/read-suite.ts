// A suite of Great Expectations, as its JSON has it before version 1 and since, to the checks that it means. What is misspelt is an
// error with its place and the nearest name.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { didYouMean, fail, resultOf } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import type { Check } from '../types.ts'
import type { Fault, Obj } from '../read-values.ts'
import { isFault, isObj, textOf } from '../read-values.ts'
import type { Draft, Subject } from '../reading.ts'
import { checkOf } from '../reading.ts'
import { messages } from '../messages.ts'
import { EXPECTATIONS } from './expectations.ts'
import { readCondition } from './read-condition.ts'

const MOST_EXPECTATIONS = 2_000
/** Arguments that every expectation may have; those without meaning here change no verdict. */
const COMMON = ['row_condition', 'condition_parser', 'result_format', 'catch_exceptions', 'include_config', 'batch_id', 'meta', 'notes', 'description', 'id', 'severity', 'auto', 'profiler_config', 'parse_strings_as_datetimes']

export const isSuite = (value: Json): boolean => isObj(value) && Array.isArray(value['expectations'])

export function readSuite(document: YamlDocument, subject: Subject): Result<readonly Check[]> {
  const diagnostics: Diagnostic[] = []
  const list = isObj(document.value) && Array.isArray(document.value['expectations']) ? (document.value['expectations'] as readonly Json[]) : []
  if (list.length > MOST_EXPECTATIONS) return fail(messages['check-malformed']({ metric: 'expectations', why: `there are more than ${MOST_EXPECTATIONS}` }, { place: document.place(['expectations']) }))
  const checks = list.flatMap((written, i) => {
    const at = ['expectations', i]
    const expectation: Obj = isObj(written) ? written : {}
    const key = expectation['type'] === undefined ? 'expectation_type' : 'type'
    const name = textOf(expectation[key]) ?? ''
    const drafts = readExpectation(name, isObj(expectation['kwargs']) ? expectation['kwargs'] : {}, subject)
    if (isFault(drafts)) {
      const told = Object.hasOwn(EXPECTATIONS, name)
        ? messages['check-malformed']({ metric: name, why: drafts.fault, hint: drafts.hint ?? '' }, { place: document.place([...at, 'kwargs']) })
        : messages['check-unknown']({ what: 'an expectation', name: name.slice(0, 100), hint: drafts.hint ?? '' }, { place: document.place([...at, key]) })
      diagnostics.push(told)
      return []
    }
    const severity = textOf(expectation['severity']) ?? textOf(isObj(expectation['meta']) ? expectation['meta']['severity'] : undefined)
    const action = severity === 'warning' || severity === 'info' ? 'warn' : 'block'
    return drafts.map((draft) => checkOf(draft, { name: nameOf(name, draft), action, place: document.laterPlace(at) }))
  })
  return resultOf(checks, diagnostics)
}

/** What one expectation means; more than one check where it says more than one thing. */
export function readExpectation(name: string, kwargs: Obj, subject: Subject): readonly Draft[] | Fault {
  const expectation = Object.hasOwn(EXPECTATIONS, name) ? EXPECTATIONS[name] : undefined
  if (expectation === undefined) return { fault: 'it is not known', hint: didYouMean(name, Object.keys(EXPECTATIONS)) }
  const known = [...expectation.args, ...COMMON]
  const misspelt = Object.keys(kwargs).find((key) => !known.includes(key))
  if (misspelt !== undefined) return { fault: `it has no argument "${misspelt.slice(0, 60)}"`, hint: didYouMean(misspelt, known) }
  const condition = textOf(kwargs['row_condition'])
  if (condition === undefined) return expectation.read({ kwargs, subject })
  const where = readCondition(condition, textOf(kwargs['condition_parser']), subject)
  return isFault(where) ? where : expectation.read({ kwargs, subject, where })
}

function nameOf(name: string, { measure }: Draft): string {
  const columns = measure.kind === 'bad' && 'column' in measure.of ? [measure.of.column] : 'column' in measure ? [measure.column] : 'columns' in measure ? measure.columns : []
  const quantile = measure.kind === 'quantile' ? `, ${measure.at}` : ''
  return `${name}${columns.length === 0 ? '' : `(${columns.join(', ')}${quantile})`}`
}
