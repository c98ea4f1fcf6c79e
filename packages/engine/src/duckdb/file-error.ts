// The engine's complaint about a raw file as one diagnostic that names file, line and column, and never a value: run
// logs carry references, not rows.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'

/** Undefined where the message is not about one of these files. `labels` are what people call them. */
export function fileError(message: string, labels: ReadonlyMap<string, string>): Diagnostic | undefined {
  const path = pathIn(message)
  const label = path === undefined ? undefined : labels.get(path)
  const what = whatIn(message)
  if (what === undefined || (label === undefined && labels.size !== 1)) return undefined
  const file = label ?? ([...labels.values()][0] as string)
  const line = lineIn(message)
  return line === undefined ? messages['engine-file']({ file, what }) : messages['engine-file']({ file, what: `line ${line}: ${what}` }, { place: { file, line, column: 1 } })
}

function lineIn(message: string): number | undefined {
  const found = /CSV Error on Line: (?<csv>\d+)|in line (?<json>\d+)/u.exec(message)?.groups
  if (found === undefined) return undefined
  // DuckDB names the line after the one that is no JSON.
  return Number(found['csv'] ?? found['json']) - (message.includes('Malformed JSON') ? 1 : 0)
}

const pathIn = (message: string): string | undefined => {
  const found = /^ {2}file = (?<csv>.+)$/mu.exec(message)?.groups ?? /\b[Ff]ile ["'](?<quoted>[^"'\n]+)["']/u.exec(message)?.groups ?? /pattern "(?<pattern>[^"\n]+)"/u.exec(message)?.groups ?? /^File Error: "(?<own>[^"\n]+)"/u.exec(message)?.groups
  return found === undefined ? undefined : Object.values(found).find((value) => value !== undefined)
}

function whatIn(message: string): string | undefined {
  const columns = /Expected Number of Columns: (?<expected>\d+) Found: (?<found>\d+)/u.exec(message)?.groups
  if (columns !== undefined) return `the row has ${columns['found']} fields, not ${columns['expected']}.`
  const conversion = /Error when converting column "(?<column>[^"\n]+)"/u.exec(message)?.groups
  if (conversion !== undefined) {
    const type = /being converted as type (?<type>[A-Z][A-Z0-9_(), ]*)/u.exec(message)?.groups?.['type']
    return `the value of column "${conversion['column']}" is not ${type === undefined ? 'of its type' : `a ${type.trim()}`}.`
  }
  if (/Invalid unicode|not utf-8 encoded|is not .* encoded/u.test(message)) return 'the text is not in the encoding that the port declares.'
  if (/unterminated quote|Value with unterminated/u.test(message)) return 'a quoted value does not end.'
  if (/Maximum line size/u.test(message)) return 'the line is too long.'
  if (/^\w[\w ]* Error: CSV Error/u.test(message)) return 'the line cannot be read as CSV.'
  if (/JSON transform error/u.test(message)) return 'a value is not of its column\'s type.'
  if (/Malformed JSON/u.test(message)) return /unexpected end of data/u.test(message) ? 'the JSON ends too early.' : 'this is not JSON.'
  if (/No magic bytes found|too small to be a Parquet file|Invalid magic|Invalid Parquet|Footer|TProtocolException|corrupt/iu.test(message)) return 'this is not a whole Parquet file; it may have been cut short.'
  if (message.startsWith('File Error: ')) return ownFault(message)
  if (/No files found that match/u.test(message)) return 'there is no such file.'
  const missing = /(?:Referenced column|Column) "(?<column>[^"\n]+)" (?:not found|referenced that exists in the SELECT clause)/u.exec(message)?.groups
  if (missing !== undefined) return `the file has no column "${missing['column']}".`
  return undefined
}

const ownFault = (message: string): string =>
  message.endsWith('cut short') ? 'the gzip file was cut short.' : message.endsWith('damaged') ? 'the gzip file is damaged.' : 'the file cannot be read.'
