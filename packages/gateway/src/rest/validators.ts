// What an answer stands on, as the validators of RFC 9110: the snapshot, what the asker may see of it, and the question. A copy
// that a client holds is good exactly as long as these are what they were.

import type { Result } from '@tulle/kernel'
import { fingerprintOf, ok } from '@tulle/kernel'
import type { Authorizer } from '../authorize.ts'
import { standingOf } from '../governed-relations.ts'
import type { Asker, VisibleTable } from '../types.ts'
import type { DataFormat, Held, ReadQuery } from './types.ts'

export interface Standing {
  /** Equal for everybody who sees the same of the same snapshot. */
  readonly of: string
  /** Equal for everybody who sees the same of every snapshot. */
  readonly decision: string
  /** Whether the same rows are seen at another time, too: not where a rule asks for the time. */
  readonly isLasting: boolean
}

export async function standingAt(authorizer: Authorizer, table: VisibleTable, snapshot: string): Promise<Result<Standing>> {
  const standing = await standingOf(authorizer, [table])
  if (!standing.ok) return standing
  const rules = [table.rowFilter?.condition ?? '', ...table.columns.map(({ mask = '' }) => mask)].join(' ')
  return ok({ of: fingerprintOf([standing.value, snapshot]), decision: fingerprintOf(standing.value), isLasting: !PASSING.test(rules) })
}

const PASSING = /\b(?:now|today|current_\w+|localtime\w*|transaction_timestamp|random|uuid|gen_random_uuid|age)\b/iu

export function etagOf({ of }: Standing, { select, filters, order, limit, cursor, format }: ReadQuery): string {
  return `"${fingerprintOf([of, select, filters.map((f) => [f.column, f.operator, ...f.values]), order.map((o) => [o.column, o.descending]), limit ?? null, cursor ?? null, format satisfies DataFormat]).slice(0, 40)}"`
}

/** Says since when somebody sees of a table what they see of it now, as far as this process knows. */
export interface Sightings { since(asker: Asker, table: VisibleTable, standing: string): number }

const REMEMBERED = 10_000

/** After a start everything is seen for the first time: a copy may be sent again that was still good, never the other way. */
export function rememberSightings(now: () => number): Sightings {
  const seen = new Map<string, { readonly standing: string; readonly at: number }>()
  return {
    since({ subject, purpose }, table, standing) {
      const key = JSON.stringify([subject.id, purpose ?? null, table.product.schema, table.dataSet.name])
      const known = seen.get(key)
      const found = known?.standing === standing ? known : { standing, at: now() }
      seen.delete(key)
      seen.set(key, found)
      for (const oldest of seen.keys()) {
        if (seen.size <= REMEMBERED) break
        seen.delete(oldest)
      }
      return found.at
    },
  }
}

/** Whether that copy is still what it would get; `changedAt` in milliseconds. A tag goes before a time (RFC 9110, 13.2.2). */
export function isStillGood({ etags, since }: Held, etag: string, changedAt: number): boolean {
  if (etags !== undefined) return etags.slice(0, 2000).split(',').map((tag) => tag.trim().replace(/^W\//u, '')).some((tag) => tag === etag || tag === '*')
  const then = since === undefined ? Number.NaN : Date.parse(since)
  return then >= lastModified(changedAt)
}

/** Times of HTTP are whole seconds, so what changed within one is told by the next. */
export const lastModified = (changedAt: number): number => Math.ceil(changedAt / 1000) * 1000
