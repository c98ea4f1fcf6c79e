// What left, in the control database: every process adds to it, and a restart forgets nothing.

import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { appendEvent } from '@tulle/store'
import type { ExportFreezeTable, Store } from '@tulle/store'
import type { ExportLedger, Freeze } from './types.ts'
import { HOUR, PAST } from './memory-ledger.ts'

export function postgresLedger({ db }: Store): ExportLedger {
  return {
    async past({ subjectId, productId }, now) {
      const [recent, hours, freezes] = await Promise.all([
        db.selectFrom('export_slot').select(['start', 'rows', 'bytes', 'statements']).where('subject', '=', subjectId).where('product_id', '=', productId).where('start', '>', String(now - HOUR)).execute(),
        sql<{ rows: string | null; bytes: string | null; statements: string | null; hours: string }>`
          select max(rows) as rows, max(bytes) as bytes, max(statements) as statements, count(*) as hours from (
            select sum(rows) as rows, sum(bytes) as bytes, sum(statements) as statements from export_slot
            where subject = ${subjectId} and product_id = ${productId} and start <= ${now - HOUR} and start > ${now - PAST} group by start / ${HOUR}) as hour`.execute(db),
        db.selectFrom('export_freeze').selectAll().where('subject', '=', subjectId).where('product_id', '=', productId).orderBy('at', 'desc').limit(20).execute(),
      ])
      const fullest = hours.rows[0]
      const frozen = freezes.find((freeze) => freeze.thawed_at === null)
      const thawed = freezes.find((freeze) => freeze.thawed_at !== null)?.thawed_at ?? null
      return {
        recent: recent.map((slot) => ({ start: Number(slot.start), rows: Number(slot.rows), bytes: Number(slot.bytes), statements: Number(slot.statements) })),
        baseline: { fullest: { rows: Number(fullest?.rows ?? 0), bytes: Number(fullest?.bytes ?? 0), statements: Number(fullest?.statements ?? 0) }, hours: Number(fullest?.hours ?? 0) },
        ...(frozen !== undefined && { frozen: toFreeze(frozen) }),
        ...(thawed !== null && { thawedAt: thawed.getTime() }),
      }
    },
    async add({ subjectId, productId }, { start, rows, bytes, statements }) {
      await sql`insert into export_slot (subject, product_id, start, rows, bytes, statements) values (${subjectId}, ${productId}, ${start}, ${rows}, ${bytes}, ${statements})
        on conflict (subject, product_id, start) do update set rows = export_slot.rows + excluded.rows, bytes = export_slot.bytes + excluded.bytes, statements = export_slot.statements + excluded.statements`.execute(db)
      if (statements > 0) await db.deleteFrom('export_slot').where('subject', '=', subjectId).where('product_id', '=', productId).where('start', '<', String(start - PAST - HOUR)).execute()
    },
    freeze: (freeze) => db.transaction().execute(async (tx) => {
      const { id, subjectId, subject, productId, product, at, what, amount, allowed, rule } = freeze
      const made = await tx.insertInto('export_freeze')
        .values({ id, subject: subjectId, subject_name: subject, product_id: productId, product, at: new Date(at), what, amount, allowed, rule })
        .onConflict((c) => c.columns(['subject', 'product_id']).where('thawed_at', 'is', null).doNothing()).returningAll().executeTakeFirst()
      if (made === undefined) {
        return toFreeze(await tx.selectFrom('export_freeze').selectAll().where('subject', '=', subjectId).where('product_id', '=', productId).where('thawed_at', 'is', null).executeTakeFirstOrThrow())
      }
      await appendEvent(tx, { type: 'tulle.export.suspicious', source: '/gateway', subject: productId, data: { freeze: id, subject: subjectId, product: productId, what, amount, allowed, rule } })
      return toFreeze(made)
    }),
    thaw: (id, by, at) => db.transaction().execute(async (tx) => {
      const thawed = await tx.updateTable('export_freeze').set({ thawed_at: new Date(at), thawed_by: by }).where('id', '=', id).where('thawed_at', 'is', null).returningAll().executeTakeFirst()
      if (thawed === undefined) return undefined
      await appendEvent(tx, { type: 'tulle.export.thawed', source: '/gateway', subject: thawed.product_id, data: { freeze: id, subject: thawed.subject, product: thawed.product_id, by } })
      return toFreeze(thawed)
    }),
    freezes: async () => (await db.selectFrom('export_freeze').selectAll().orderBy('at', 'desc').limit(1000).execute()).map(toFreeze),
  }
}

const toFreeze = (row: Selectable<ExportFreezeTable>): Freeze => ({
  id: row.id, subjectId: row.subject, subject: row.subject_name, productId: row.product_id, product: row.product, at: row.at.getTime(),
  what: row.what as Freeze['what'], amount: Number(row.amount), allowed: Number(row.allowed), rule: row.rule as Freeze['rule'],
  ...(row.thawed_at !== null && { thawedAt: row.thawed_at.getTime() }),
  ...(row.thawed_by !== null && { thawedBy: row.thawed_by }),
})
