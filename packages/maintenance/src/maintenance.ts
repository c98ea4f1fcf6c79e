// Looks after tables and journals: when asked, and by itself, one table at a time and slowly, while everybody works.

import { rm } from 'node:fs/promises'
import { Bug, ok } from '@tulle/kernel'
import { maintainedTables } from '@tulle/providers'
import { appendEvent } from '@tulle/store'
import type { MaintainedTable } from '@tulle/providers'
import type { Maintenance, MaintenanceOptions, MaintainOptions, Report, TableReport } from './types.ts'
import { describeRetention } from './describe-retention.ts'
import { dueTables } from './due.ts'
import { openColdStore } from './cold/cold-store.ts'
import { endArchives, findEnded, tellDestroyed } from './cold/end-archives.ts'
import { listArchives } from './cold/list-archives.ts'
import { restoreRows } from './cold/restore-rows.ts'
import { foreseePruning, pruneJournal } from './prune-journal.ts'
import type { Pruning } from './prune-journal.ts'
import { findDropped, removeDropped } from './dropped-tables.ts'
import { foreseeTable, maintainTable } from './maintain-table.ts'
import { retireAudit } from './retire-audit.ts'
import { keepAuditOf, tablePolicy } from './table-policy.ts'

/** A server that has just begun has better things to do. */
const FIRST_MILLISECONDS = 5 * 60_000
const LOOK_MILLISECONDS = 60_000
/** Between two tables, so that whoever waits for the disk or the lock comes in between. */
const REST_MILLISECONDS = 200
/** Between two looks at the whole warehouse. */
const DAY = 24 * 3_600_000

/** Removes what a process that died left in its folder. */
export async function openMaintenance(given: MaintenanceOptions): Promise<Maintenance> {
  const options = { ...given, cold: given.cold ?? openColdStore({ db: given.store.db, objects: given.lake.objects, cipher: given.lake.cipher, clock: given.clock }) }
  await rm(options.workFolder, { recursive: true, force: true })
  const { store, lake, clock, warn = () => undefined } = options
  const closing = new AbortController()
  let running: Promise<void> | undefined
  let swept = -Infinity

  const within = (signal: AbortSignal | undefined): AbortSignal => (signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]))

  const visit = async ({ product, signal }: MaintainOptions, dryRun: boolean, one: (table: MaintainedTable, signal: AbortSignal) => Promise<TableReport>, journal: (pruning: Pruning) => Promise<Report['journal']>, gone: typeof findDropped): Promise<Report> => {
    const { rules, tables } = await maintainedTables(store.db, product)
    const until = within(signal)
    const reports: TableReport[] = []
    for (const table of tables) {
      if (until.aborted) break
      reports.push(await one(table, until))
    }
    const pruned = until.aborted ? [] : await journal({ store, lake, tables, product, rules, now: clock.now() })
    const dropped = product === undefined && !until.aborted ? await gone({ store, lake, orphanAge: tablePolicy(rules).orphanAge }) : ok([])
    const ended = until.aborted ? ok([]) : await (dryRun ? findEnded : endArchives)({ store, cold: options.cold, product })
    const retired = product === undefined && !until.aborted ? await retireAudit(options, keepAuditOf(rules), dryRun) : ok([])
    return { tables: reports, journal: [...pruned, ...(dropped.ok ? dropped.value : []), ...(ended.ok ? ended.value : []), ...(retired.ok ? retired.value : [])], diagnostics: [...dropped.diagnostics, ...ended.diagnostics, ...retired.diagnostics] }
  }

  const pass = async (): Promise<void> => {
    const { rules, tables } = await maintainedTables(store.db)
    const due = await dueTables(store, tables, clock.now())
    for (const table of due) {
      if (closing.signal.aborted) return
      const { diagnostics } = await maintainTable(options, table, closing.signal)
      for (const { severity, message } of diagnostics) if (severity === 'error') warn(`maintenance of ${table.name.namespace}.${table.name.name}: ${message}`)
      await clock.sleep(REST_MILLISECONDS, closing.signal)
    }
    if (due.length > 0) await pruneJournal({ store, lake, tables, rules, now: clock.now() })
    const ended = await endArchives({ store, cold: options.cold })
    if (clock.now() - swept < DAY) return
    for (const { message } of ended.diagnostics) warn(`maintenance: ${message}`)
    await removeDropped({ store, lake, orphanAge: tablePolicy(rules).orphanAge })
    const retired = await retireAudit(options, keepAuditOf(rules), false)
    for (const { message } of retired.diagnostics) warn(`maintenance: ${message}`)
    swept = clock.now()
  }

  const watch = async (): Promise<void> => {
    for (let wait = FIRST_MILLISECONDS; ; wait = LOOK_MILLISECONDS) {
      await clock.sleep(wait, closing.signal)
      await pass().catch((error: unknown) => {
        if (!closing.signal.aborted) warn(`maintenance: ${String(error)}`)
      })
    }
  }

  return {
    foresee: (asked = {}) => visit(asked, true, (table, signal) => foreseeTable(options, table, signal), foreseePruning, findDropped),
    maintain: (asked = {}) => visit(asked, false, (table, signal) => maintainTable(options, table, signal), pruneJournal, removeDropped),
    retention: (product) => describeRetention(store.db, product),
    archives: (product) => listArchives({ db: store.db, cold: options.cold, now: clock.now(), product }),
    async takeOver(by) {
      const taken = await options.cold.takeOver()
      if (taken.ok) await store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.archive.taken-over', source: '/tulle/maintenance', subject: 'archive', data: { by, place: taken.value.place } }))
      return taken
    },
    tellDestroyed: (refs) => tellDestroyed({ store, cold: options.cold, now: clock.now() }, refs),
    restore: (request) => restoreRows({ ...options, signal: closing.signal }, request),
    start: () => {
      if (running !== undefined) throw new Bug('the maintenance was started twice.')
      running = watch().catch(() => undefined)
    },
    close: async () => {
      closing.abort(new Error('closed'))
      await running
    },
  }
}
