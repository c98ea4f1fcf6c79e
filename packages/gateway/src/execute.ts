// Runs statements for those who may: parse and gate, decide, define what the decision leaves, run, count, record.
// The one path from a consumer's text to data; every port takes it.

import type { Audit, AuditLine } from '@tulle/audit'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import type { Cursor, Engine, Prepared } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import type { Authorizer, NamedTable } from './authorize.ts'
import { withColumns } from './tell-columns.ts'
import type { Asker, GovernedRows, GovernedStatement, Governor, VisibleTable, Who } from './types.ts'
import type { EditedText } from './edit-text.ts'
import type { EnginePoolOptions, GovernedRelation, Lease } from './engine-pool.ts'
import type { Reading, Run } from './governed-relations.ts'
import { shapeOf } from './authorize.ts'
import type { Lending } from './compare.ts'
import { compareVersions } from './compare.ts'
import { createDescriptions } from './descriptions.ts'
import { createEnginePool } from './engine-pool.ts'
import { governedRelations, standingOf } from './governed-relations.ts'
import { messages } from './messages.ts'
import type { ReadStatement } from './read-statement.ts'
import { readChanges } from './read-changes.ts'
import { withOutputNames } from './output-names.ts'
import { createStatementReader } from './read-statement.ts'
import type { SlicesOptions } from './slices.ts'
import { createSlices } from './slices.ts'
import { statementRecorder } from './record-statement.ts'
import { READS } from './table-reads.ts'
import type { ExportWatch, WatchedExport } from './watch/types.ts'
import { unwatched } from './watch/types.ts'

export interface GovernorOptions {
  readonly authorizer: Authorizer
  readonly engine: Engine
  readonly audit: Audit
  readonly clock: Clock
  /** Where the private folders of engine processes are. */
  readonly folder: string
  readonly limits?: Partial<GovernorLimits>
  /** Asked before a statement and before each batch leaves; nothing is watched without it. */
  readonly watch?: ExportWatch
}
export interface GovernorLimits extends Omit<EnginePoolOptions & SlicesOptions, 'engine' | 'folder'> {
  /** How long an engine may work on one statement, whatever its port allows. */
  readonly statementMilliseconds: number
}

const LIMITS: GovernorLimits = { limit: 8, idleMilliseconds: 30_000, waitMilliseconds: 10_000, memoryMegabytes: 1024, threads: 2, sliceMegabytes: 2048, sliceIdleMilliseconds: 900_000, statementMilliseconds: 600_000 }

export function createGovernor(options: GovernorOptions): Governor {
  const { authorizer, audit, clock, watch = unwatched } = options
  const { statementMilliseconds: timeoutMilliseconds } = { ...LIMITS, ...options.limits }
  const pool = createEnginePool({ engine: options.engine, folder: options.folder, ...LIMITS, ...options.limits })
  const slices = createSlices({ engine: options.engine, folder: options.folder, ...LIMITS, ...options.limits })
  const reader = createStatementReader()
  const descriptions = createDescriptions()

  // The asker's engine with these relations defined in it, and without those that it may not know any more.
  const borrow = async (asker: Asker, relations: readonly GovernedRelation[], retry = true): Promise<Result<Lease>> => {
    const lease = await pool.acquire(keyOf(asker))
    if (!lease.ok) return lease
    const dropped = await noLongerVisible(authorizer, asker, lease.value)
    const defined = await lease.value.define(relations, dropped)
    if (defined.ok) return lease
    await giveBack(lease.value, defined)
    return retry && hasDied(defined) ? borrow(asker, relations, false) : defined
  }

  // What the statement reads, as far as the asker may see it now.
  const resolve = async (asker: Asker, statement: ReadStatement, run?: Run): Promise<Result<Resolved>> => {
    const allowed = await authorizer.authorize(asker, statement.tables)
    if (!allowed.ok) return allowed
    const standing = await standingOf(authorizer, allowed.value)
    if (!standing.ok) return standing
    const reads = await governedRelations({ authorizer, slices }, statement, allowed.value, run)
    if (!reads.ok) return reads
    const { relations, readings, names } = reads.value
    return ok({ relations, tables: allowed.value, standing: standing.value, readings, run: statement.textWith(names) })
  }

  // Lends the asker's engine with that defined in it.
  const lend = async (asker: Asker, statement: ReadStatement, run: Run): Promise<Result<Lent>> => {
    const resolved = stopped(run.signal, await resolve(asker, statement, run))
    if (!resolved.ok) return resolved
    const lease = await borrow(asker, resolved.value.relations)
    return lease.ok ? ok({ ...resolved.value, lease: lease.value }) : lease
  }

  const record = statementRecorder({ audit, authorizer, clock })

  const read = async (asker: Asker, sql: string): Promise<Result<ReadStatement>> => {
    const known = reader.known(sql)
    if (known !== undefined) return known
    for (let attempt = 0; ; attempt += 1) {
      const lease = await pool.acquire(keyOf(asker))
      if (!lease.ok) return lease
      const found = await reader.read(lease.value.process, sql)
      await giveBack(lease.value, found)
      if (found.ok || !hasDied(found) || attempt > 0) return found
    }
  }

  const prepareIn = async (asker: Asker, statement: ReadStatement, signal?: AbortSignal): Promise<Result<Prepared & { readonly tables: readonly VisibleTable[] }>> => {
    const resolved = await resolve(asker, statement)
    if (!resolved.ok) return resolved
    const { relations, run, tables } = resolved.value
    const known = descriptions.find(run.text, relations)
    if (known !== undefined) return ok({ ...known, tables })
    const lease = await borrow(asker, relations)
    if (!lease.ok) return lease
    const prepared = stopped(signal, run.back(await lease.value.process.prepare(run.text, { ...(signal !== undefined && { signal }) })))
    await giveBack(lease.value, prepared)
    if (prepared.ok) descriptions.keep(run.text, relations, prepared.value)
    if (prepared.ok) return ok({ ...prepared.value, tables })
    // An older version has columns of its own.
    return statement.parts.some(({ version }) => version !== undefined) ? prepared : withColumns(prepared, tables)
  }

  const prepare = async (who: Who, sql: string, port: AuditLine['port'], signal?: AbortSignal): Promise<Result<GovernedStatement>> => {
    const since = clock.now()
    const asked = await who()
    if (!asked.ok) return asked
    const asker = asked.value
    const writable = audit.ready()
    if (!writable.ok) return writable
    const refused = async (failure: Result<unknown> & { ok: false }): Promise<typeof failure> => {
      await record({ port, asker, since, sql, ...(names !== undefined && { names }), diagnostics: failure.diagnostics })
      return failure
    }
    let names: readonly NamedTable[] | undefined
    const statement = await read(asker, sql)
    if (statement.ok) names = statement.value.tables
    if (!statement.ok) return refused(statement)
    const first = await prepareIn(asker, statement.value, signal)
    const prepared = hasDied(first) ? await prepareIn(asker, statement.value, signal) : first
    if (!prepared.ok) return refused(prepared)

    // One run: everything is decided anew, since minutes may have passed since the statement was prepared.
    const start = async <T>({ parameters, signal }: Run, work: (lent: Lent & { readonly leaving: WatchedExport }, asker: Asker, since: number) => Promise<Result<T>>): Promise<Result<T>> => {
      const startedAt = clock.now()
      const now = await who()
      if (!now.ok) return now
      const writable = audit.ready()
      if (!writable.ok) return writable
      const attempt = async (): Promise<readonly [Result<Lent>, Result<T>]> => {
        const lent = await lend(now.value, statement.value, { parameters, signal })
        const leaving = lent.ok ? await watch.begin(now.value, lent.value.tables) : lent
        return [lent, lent.ok && leaving.ok ? await work({ ...lent.value, leaving: leaving.value }, now.value, startedAt) : (leaving as Result<T>)]
      }
      let [again, done] = await attempt()
      if (hasDied(done)) {
        // The statement before it may have been killed, or the engine by somebody else.
        if (again.ok) await giveBack(again.value.lease, done)
        ;[again, done] = await attempt()
      }
      if (!done.ok) {
        if (again.ok) await giveBack(again.value.lease, done)
        await record({ port, asker: now.value, since: startedAt, sql, parameters, names: statement.value.tables, ...(again.ok && { readings: again.value.readings }), diagnostics: done.diagnostics })
      }
      return done
    }

    return ok({
      columns: withOutputNames(prepared.value.columns, statement.value.names),
      parameterTypes: prepared.value.parameterTypes,
      tables: prepared.value.tables,
      open: ({ parameters, encoding, signal }) => start({ parameters, signal }, async (running, opener, startedAt) => {
        const opened = stopped(signal, running.run.back(await running.lease.process.open(running.run.text, { parameters, encoding, signal, timeoutMilliseconds })))
        if (!opened.ok) return opened
        const finish: GovernedRowsOptions['finish'] = (rows, bytes, diagnostics) =>
          record({ port, asker: opener, since: startedAt, sql, parameters, rows, bytes, readings: running.readings, ...(diagnostics && { diagnostics }) })
        return ok(governedRows({ who, opener, names: statement.value.tables, authorizer, lent: running, leaving: running.leaving, cursor: opened.value, finish }))
      }),
      write: ({ parameters, signal, fieldIds = {} }) => start({ parameters, signal }, async (running, opener, startedAt) => {
        const path = `${running.lease.scratch}/${crypto.randomUUID()}.parquet`
        const written = stopped(signal, running.run.back(await running.lease.process.write(running.run.text, { path, fieldIds, parameters, signal, timeoutMilliseconds })))
        if (!written.ok) return written
        // A file leaves whole or not at all.
        const taken = await running.leaving.take(written.value.rows, written.value.bytes)
        await running.leaving.end()
        if (!taken.ok) return taken
        const recorded = await record({ port, asker: opener, since: startedAt, sql, parameters, rows: written.value.rows, bytes: written.value.bytes, readings: running.readings })
        if (!recorded.ok) return recorded
        return ok({
          file: written.value,
          remove: async () => {
            const { rm } = await import('node:fs/promises')
            await rm(path, { force: true })
            running.lease.release()
          },
        })
      }),
    })
  }

  const lending: Lending = { authorizer, clock, borrow, giveBack, record, watch }
  return { prepare, compare: (who, comparison) => compareVersions(lending, who, comparison), readChanges: (who, read) => readChanges(lending, who, read), slices: slices.state, forget: async () => void (await Promise.all([pool.forget(), slices.forget()])), close: async () => void (await Promise.all([pool.close(), slices.close()])) }
}

interface Resolved { readonly relations: readonly GovernedRelation[]; readonly tables: readonly VisibleTable[]; readonly standing: string; readonly readings: readonly Reading[]; readonly run: EditedText }
interface Lent extends Resolved { readonly lease: Lease }

const keyOf = ({ subject, purpose }: Asker): string => `${subject.id}\0${purpose ?? ''}`
const hasDied = (result: Result<unknown>): boolean => !result.ok && result.diagnostics.some((d) => d.code === 'engine-died')
const giveBack = async (lease: Lease, result: Result<unknown>): Promise<void> => (hasDied(result) ? lease.discard() : lease.release())

// Who stopped it knows why better than the engine does.
function stopped<T>(signal: AbortSignal | undefined, result: Result<T>): Result<T> {
  const reason = signal?.reason as Partial<Diagnostic> | undefined
  return !result.ok && typeof reason?.code === 'string' && signal?.aborted === true ? fail(reason as Diagnostic) : result
}

// What an earlier statement defined may have been revoked since; no statement can name it, but it shall not lie there either.
async function noLongerVisible(authorizer: Authorizer, asker: Asker, lease: Lease): Promise<readonly GovernedRelation[]> {
  const gone: GovernedRelation[] = []
  for (const governed of lease.defined()) {
    const allowed = await authorizer.authorize(asker, [governed.of])
    const [table] = allowed.ok ? allowed.value : []
    // What is under a table's own name is replaced when it is read again; a single read never is.
    if (table === undefined || (governed.relation.schema === READS && shapeOf(table) !== governed.seen)) gone.push(governed)
  }
  return gone
}

interface GovernedRowsOptions {
  readonly who: Who
  readonly opener: Asker
  readonly names: readonly NamedTable[]
  readonly authorizer: Authorizer
  readonly lent: Lent
  readonly cursor: Cursor
  readonly leaving: WatchedExport
  /** Resolves when it is written down. */
  readonly finish: (rows: number, bytes: number, diagnostics?: readonly Diagnostic[]) => Promise<Result<void>>
}

function governedRows({ who, opener, names, authorizer, lent, leaving, cursor, finish }: GovernedRowsOptions): GovernedRows {
  let rows = 0
  let bytes = 0
  let open = true
  const end = async (result: Result<unknown>): Promise<Result<void>> => {
    if (!open) return ok(undefined)
    open = false
    const recorded = await finish(rows, bytes, result.ok ? undefined : result.diagnostics)
    await leaving.end()
    await cursor.close()
    await giveBack(lent.lease, result)
    return recorded
  }
  const stillAllowed = async (): Promise<Result<void>> => {
    const now = await who()
    if (!now.ok) return now
    // What was opened stays for the purpose that it was opened for, whatever the session is for by now.
    const { purpose } = opener
    const lost = purpose !== undefined && opener.purposes.includes(purpose) && !now.value.purposes.includes(purpose)
    if (lost) return fail(messages['unknown-purpose']({ purpose, purposes: now.value.purposes }))
    const allowed = await authorizer.authorize({ ...now.value, purpose }, names)
    if (!allowed.ok) return allowed
    const standing = await standingOf(authorizer, allowed.value)
    if (!standing.ok) return standing
    return standing.value !== lent.standing ? fail(messages['rights-changed']({ table: names.map((n) => `${n.schema}.${n.name}`).join(', ') })) : ok(undefined)
  }
  return {
    columns: cursor.columns,
    async fetch(maxRows, signal, memory) {
      if (!open) return ok({ bytes: new Uint8Array(), rows: 0, done: true })
      const allowed = await stillAllowed()
      if (!allowed.ok) {
        await end(allowed)
        return allowed
      }
      const batch = stopped(signal, lent.run.back(await cursor.fetch(leaving.allowance(maxRows), { signal, ...(memory !== undefined && { memory }) })))
      const taken = batch.ok ? await leaving.take(batch.value.rows, batch.value.bytes.length) : batch
      if (batch.ok && !taken.ok) {
        await end(taken)
        return taken
      }
      if (batch.ok) {
        rows += batch.value.rows
        bytes += batch.value.bytes.length
      }
      if (batch.ok && !batch.value.done) return batch
      // INVARIANT: nobody has the end of a result that is not written down.
      const recorded = await end(batch)
      return batch.ok && !recorded.ok ? recorded : batch
    },
    close: async () => void await end(ok(undefined)),
  }
}
