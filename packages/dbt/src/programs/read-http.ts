// A model that is a call of a program elsewhere: `models/<data set>.http.yaml`.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { didYouMean, fail, fingerprintOf, resultOf } from '@tulle/kernel'
import { placeOf } from '../jinja/limits.ts'
import { messages } from '../messages.ts'
import type { Yaml } from '../project/read-yaml.ts'
import { isMap, listOf, mapOf, readYaml, textOf } from '../project/read-yaml.ts'
import { readReads, readSources } from './read-reads.ts'
import type { Program, ProgramCall } from './types.ts'

const KEYS: readonly string[] = ['url', 'reads', 'format', 'headers', 'timeout', 'most_megabytes', 'lineage']
const ADDRESS = /^https?:\/\/[^\s/?#@\\]+(?:\/[^\s#\\?]*)?$/u
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/u
const SECRET = /^[A-Z][A-Z0-9_]{0,63}$/u
/** What is signed must be named, never written. */
const SECRET_HEADER = /^(?:proxy-)?authorization$|^cookie$|(?:^|-)(?:api-key|apikey|token|secret|password)$/iu
/** Of the call itself. */
const OWN_HEADERS = new Set(['content-type', 'accept', 'content-length', 'transfer-encoding', 'host', 'connection', 'idempotency-key'])
const TIMEOUT = /^(?<count>\d{1,5})(?<unit>s|m|h)$/u
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }
const TIMEOUT_UNLESS_TOLD = 120_000
const LONGEST = 3_600_000
const MEGABYTE = 1_048_576
const MOST_MEGABYTES = 4096
const MEGABYTES_UNLESS_TOLD = 256

/** Pure. */
export function readHttp(file: string, text: string): Result<Program> {
  const yaml = readYaml(text, file)
  if (!yaml.ok) return yaml
  const start: Place = { file, line: 1, column: 1 }
  if (!isMap(yaml.value.value)) return fail(messages['program-shape']({ what: 'The file', want: 'a map with url and reads' }, { place: start }))
  const given = yaml.value.value
  const found: Diagnostic[] = []
  for (const key of Object.keys(given)) if (!KEYS.includes(key)) found.push(messages['program-key']({ key, hint: didYouMean(key, [...KEYS]) }, { place: placeOfKey(yaml.value, key) }))
  const said = (key: string): Place => placeOfKey(yaml.value, key)
  const reads = readReads(Object.entries(mapOf(given['reads'])).map(([name, value]) => ({ name, text: textOf(value), place: said(name) })), found)
  if (given['reads'] !== undefined && !isMap(given['reads'])) found.push(messages['program-shape']({ what: 'reads', want: 'a map of names to data sets and input ports' }, { place: said('reads') }))
  if (reads.length !== 1 && found.length === 0) found.push(messages['program-shape']({ what: 'reads', want: 'exactly one data set or input port: one stream of rows is sent' }, { place: said('reads') }))
  const lineage = given['lineage'] === undefined ? undefined : Object.fromEntries(Object.entries(mapOf(given['lineage'])).map(([column, from]) => [column, readSources(listOf(from).map((one) => ({ text: textOf(one), place: said(column) })), reads, found)]))
  const call = callOf(given, said, found)
  return resultOf({ kind: 'http', reads, call, ...(lineage !== undefined && { lineage }), fingerprint: fingerprintOf({ url: call.url, format: call.format, headers: call.headers as Json, reads: reads.map(({ name, ref, source }) => [name, ref?.product ?? null, ref?.name ?? null, source ?? null]) }) }, found)
}

function callOf(given: Readonly<Record<string, Json>>, said: (key: string) => Place, found: Diagnostic[]): ProgramCall {
  const wrong = (what: string, want: string): void => {
    found.push(messages['program-shape']({ what, want }, { place: said(what) }))
  }
  const url = textOf(given['url'])
  if (!ADDRESS.test(url) || url.length > 2_000) wrong('url', 'an http or https address without a user or a query')
  const format = textOf(given['format'], 'arrow')
  if (format !== 'arrow' && format !== 'ndjson') wrong('format', 'arrow or ndjson')
  const timeout = TIMEOUT.exec(textOf(given['timeout'], `${TIMEOUT_UNLESS_TOLD / 1000}s`))?.groups
  const timeoutMilliseconds = Number(timeout?.['count']) * (UNITS[timeout?.['unit'] ?? ''] ?? Number.NaN)
  if (!(timeoutMilliseconds >= 1000 && timeoutMilliseconds <= LONGEST)) wrong('timeout', 'a time such as 90s or 5m, of at most an hour')
  const megabytes = given['most_megabytes'] ?? MEGABYTES_UNLESS_TOLD
  if (typeof megabytes !== 'number' || !Number.isInteger(megabytes) || megabytes < 1 || megabytes > MOST_MEGABYTES) wrong('most_megabytes', `a whole number from 1 to ${MOST_MEGABYTES}`)
  const headers = mapOf(given['headers'])
  for (const [name, value] of Object.entries(headers)) {
    const secret = isMap(value) && Object.keys(value).length === 1 ? value['secret'] : undefined
    if (!HEADER.test(name) || OWN_HEADERS.has(name.toLowerCase())) wrong(name, 'the name of a header that is not the call\'s own')
    else if (secret !== undefined ? typeof secret !== 'string' || !SECRET.test(secret) : typeof value !== 'string' || !/^[\t\x20-\x7e]{0,2000}$/u.test(value)) wrong(name, 'printable ASCII, or {secret: NAME} with a name in capitals')
    else if (secret === undefined && SECRET_HEADER.test(name)) {
      const { file, line, column } = said(name)
      // The line is what must not be shown.
      found.push(messages['program-secret']({ header: name }, { place: { file, line, column } }))
    }
  }
  return { url, format: format === 'ndjson' ? 'ndjson' : 'arrow', headers, timeoutMilliseconds, mostBytes: Number(megabytes) * MEGABYTE }
}

function placeOfKey({ file, text }: Yaml, key: string): Place {
  const found = new RegExp(`(?:^|[{,])\\s*["']?${key.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}["']?\\s*:`, 'mu').exec(text)
  return found === null ? { file, line: 1, column: 1 } : { ...placeOf(file, text, found.index + found[0].indexOf(key)), length: key.length }
}
