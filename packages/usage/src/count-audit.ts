// Lines of the audit → counts of days, each line once: the place where counting has come to moves in the transaction of what it
// counted, so a death loses nothing and counts nothing twice. What the audit lets go of later stays counted.

import { sql } from 'kysely'
import type { AuditLine, Entry } from '@tulle/audit'
import { listEntries } from '@tulle/audit'
import type { Store } from '@tulle/store'
import type { UsageDay } from './types.ts'

export interface CountOptions {
  readonly store: Store
  /** The audit's. */
  readonly folder: string
  /** Which domain a product belongs to now; undefined where it is not known any more. */
  readonly domainOf: (productId: string) => string | undefined
}

/** The row of what was done in the mesh, each statement once whatever it reads. */
export const WHOLE = '*'

const PAGE = 1000
/** So many pages at a time; what is left is counted next time. */
const MOST_PAGES = 200
const PORTS: ReadonlySet<string> = new Set(['sql', 'rest', 'files', 'mcp', 'stream', 'webhook', 'kafka', 'iceberg', 'trino'])

/** Counts what the audit has got since it was last asked. Answers how many lines that were. */
export async function countAudit({ store, folder, domainOf }: CountOptions): Promise<number> {
  let counted = 0
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const read = await store.db.transaction().execute(async (tx) => {
      await tx.insertInto('usage_cursor').values({ one: true, seq: 0 }).onConflict((c) => c.doNothing()).execute()
      const cursor = await tx.selectFrom('usage_cursor').select('seq').forUpdate().executeTakeFirstOrThrow()
      const { entries, next } = await listEntries(folder, { after: Number(cursor.seq), kind: 'line', limit: PAGE })
      const last = entries.at(-1)?.seq ?? next
      if (last === undefined) return { lines: 0, more: false }
      for (const day of daysOf(entries, domainOf)) {
        await sql`insert into usage_day (day, product_id, subject_id, subject, purpose, statements, refused, rows, bytes, milliseconds, crossing, first_at, last_at)
          values (${day.day}, ${day.productId}, ${day.subjectId}, ${day.subject}, ${day.purpose}, ${day.statements}, ${day.refused}, ${day.rows}, ${day.bytes}, ${day.milliseconds}, ${day.crossing}, ${day.first}, ${day.last})
          on conflict (day, product_id, subject_id, purpose) do update set subject = excluded.subject,
            statements = usage_day.statements + excluded.statements, refused = usage_day.refused + excluded.refused, rows = usage_day.rows + excluded.rows, bytes = usage_day.bytes + excluded.bytes,
            milliseconds = usage_day.milliseconds + excluded.milliseconds, crossing = usage_day.crossing + excluded.crossing,
            first_at = least(usage_day.first_at, excluded.first_at), last_at = greatest(usage_day.last_at, excluded.last_at)`.execute(tx)
      }
      await tx.updateTable('usage_cursor').set({ seq: Math.max(last, next ?? 0) }).execute()
      return { lines: entries.length, more: next !== undefined }
    })
    counted += read.lines
    if (!read.more) break
  }
  return counted
}

/** Pure. Of each product that a statement reads, and of the whole. */
export function daysOf(entries: readonly Entry[], domainOf: CountOptions['domainOf']): readonly UsageDay[] {
  const days = new Map<string, UsageDay>()
  for (const { time, body } of entries) {
    const { port = '', subject = '', subjectId = subject, purpose, decision, reads = [], rows = 0, bytes = 0, milliseconds = 0 } = body as Partial<AuditLine>
    if (!PORTS.has(port) || reads.length === 0) continue
    const products = new Set(reads.map(({ productId }) => productId))
    const domains = new Set([...products].map((id) => domainOf(id) ?? id))
    const isRefused = decision !== 'allow'
    for (const productId of [...products, WHOLE]) {
      const at = new Date(time)
      const one: UsageDay = {
        day: time.slice(0, 10), productId, subjectId, subject, purpose: purpose ?? '', statements: isRefused ? 0 : 1, refused: isRefused ? 1 : 0, rows, bytes, milliseconds,
        crossing: !isRefused && domains.size > 1 ? 1 : 0, first: at, last: at,
      }
      const key = JSON.stringify([one.day, productId, subjectId, one.purpose])
      const known = days.get(key)
      days.set(key, known === undefined ? one : sum(known, one))
    }
  }
  return [...days.values()]
}

const sum = (a: UsageDay, b: UsageDay): UsageDay => ({
  ...b, statements: a.statements + b.statements, refused: a.refused + b.refused, rows: a.rows + b.rows, bytes: a.bytes + b.bytes, milliseconds: a.milliseconds + b.milliseconds, crossing: a.crossing + b.crossing,
  first: a.first < b.first ? a.first : b.first, last: a.last > b.last ? a.last : b.last,
})

/** What was counted of some products; of all of them, and the whole, unless told. */
export async function readUsage({ db }: Store, productIds?: readonly string[]): Promise<readonly UsageDay[]> {
  let query = db.selectFrom('usage_day').selectAll()
  if (productIds !== undefined) query = query.where('product_id', 'in', productIds.length === 0 ? [''] : [...productIds])
  return (await query.orderBy('day').execute()).map((row) => ({
    day: row.day, productId: row.product_id, subjectId: row.subject_id, subject: row.subject, purpose: row.purpose, statements: Number(row.statements), refused: Number(row.refused), rows: Number(row.rows),
    bytes: Number(row.bytes), milliseconds: Number(row.milliseconds), crossing: Number(row.crossing), first: row.first_at, last: row.last_at,
  }))
}
