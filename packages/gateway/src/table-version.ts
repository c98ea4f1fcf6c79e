// A version as a statement writes it out → what it asks of a table: a snapshot by its id, a branch or tag by its name, or
// what was published at a time.

import type { Result } from '@tulle/kernel'
import type { VersionLiteral } from '@tulle/sql'
import { fail, ok } from '@tulle/kernel'
import type { TableVersion } from './types.ts'
import { messages } from './messages.ts'

/** Numbers are snapshot ids, or seconds since 1970 where a time is asked for; a time without a zone is UTC. */
export function readTableVersion({ unit, kind, text }: VersionLiteral): Result<TableVersion> {
  if (unit === 'version') {
    if (kind === 'text') return text === '' || text.length > 500 ? fail(messages['bad-version']({ text: text.slice(0, 50) })) : ok({ kind: 'named', name: text })
    return /^-?\d{1,19}$/u.test(text) ? ok({ kind: 'snapshot', id: text }) : fail(messages['bad-version']({ text: text.slice(0, 50) }))
  }
  const at = kind === 'number' ? secondsOf(text) : timeOf(text.trim())
  return at === undefined ? fail(messages['bad-version-time']({ text: text.slice(0, 50) })) : ok({ kind: 'time', at })
}

// Milliseconds, taken for seconds, would be a time far ahead, and answer with what is there now.
const secondsOf = (text: string): number | undefined => (/^\d{1,11}$/u.test(text) ? Number(text) * 1000 : undefined)

const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/iu

function timeOf(text: string): number | undefined {
  const found = TIME.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  const at = Date.UTC(year, month - 1, day, hour, minute, second, Number((found[7] ?? '0').padEnd(3, '0').slice(0, 3)))
  // The 31st of February would be read as the 3rd of March.
  const read = new Date(at)
  if (read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59 || year < 100) return undefined
  return at - offsetOf(found[8] ?? 'Z')
}

function offsetOf(zone: string): number {
  const found = /^([+-])(\d{2}):?(\d{2})?$/u.exec(zone)
  return found === null ? 0 : (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3] ?? 0)) * 60_000
}
