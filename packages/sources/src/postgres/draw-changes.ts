// Every change of a table, once: all of it at one moment, and from that moment on what its log says. The place in the log is part
// of what is published, and the slot is moved on only to a place that was published; so a crash on either side repeats nothing
// and loses nothing. Where the log does not reach back that far, all of it is read anew.

import type pg from 'pg'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import { RowFile } from '../row-file.ts'
import { connectPostgres, postgresFault } from './connect.ts'
import { beginReading, drawRows, pgIdentifier, pgLiteral, READING_SETTINGS, tableName } from './draw-query.ts'
import type { ReplicatedTable } from './pgoutput.ts'
import { KEPT, parseLsn, printLsn, readMessage } from './pgoutput.ts'
import type { Slot } from './slot.ts'
import { checkReplication, ensurePublication, findSlot, slotName } from './slot.ts'
import type { PostgresType } from './value-text.ts'
import { postgresTypeOf } from './value-text.ts'
import { messages } from '../messages.ts'

/** `lsn`: everything that was committed before it is in what is published. */
interface ChangeState { readonly lsn: string }

const BATCH = 1_000
/** The log of others' tables is let go of at least this often, at the price of a version in which nothing changed. */
const IDLE_BYTES = 64n * 1024n * 1024n

export async function drawPostgresChanges(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const client = await connectPostgres(room, request)
  if (!client.ok) return client
  const stop = (): void => void client.value.end().catch(() => undefined)
  request.signal.addEventListener('abort', stop)
  try {
    const sound = await checkReplication(client.value, request)
    if (!sound.ok) return sound
    const published = await ensurePublication(client.value, request)
    if (!published.ok) return published
    const before = stateOf(request.before)
    const slot = await freeSlot(room, request, client.value)
    if (slot?.isActive === true) return fail(messages['changes-unfit']({ port: request.port, table: String(request.settings['table']), why: 'somebody else reads its slot', remedy: `Look who does: SELECT * FROM pg_replication_slots WHERE slot_name = ${pgLiteral(slotName(request))}` }))
    // A slot that is further than what is published has let go of what lies between.
    if (before !== undefined && slot !== undefined && !slot.isLost && parseLsn(slot.confirmed) <= parseLsn(before.lsn)) {
      const changes = await drawLog(room, request, client.value, before)
      if (changes !== 'anew') return changes
      // The cursor holds the slot.
      await client.value.query('ROLLBACK')
    }
    return await drawAnew(room, request, client.value, slot !== undefined)
  } catch (error) {
    return fail(postgresFault(request, error))
  } finally {
    request.signal.removeEventListener('abort', stop)
    await client.value.end().catch(() => undefined)
  }
}

/** Lets the database forget what is published. What fails here is made up for by the next draw. */
export async function settlePostgresChanges(room: SourceRoom, request: Pick<DrawRequest, 'owner' | 'port' | 'settings'>, state: Json): Promise<void> {
  const to = stateOf(state)
  const client = to === undefined ? undefined : await connectPostgres(room, request)
  if (to === undefined || client?.ok !== true) return
  try {
    await advance(client.value, slotName(request), to)
  } catch {
    // Told by the next draw, if it lasts.
  } finally {
    await client.value.end().catch(() => undefined)
  }
}

/** A connection that broke off keeps the slot until the database notices. */
async function freeSlot({ clock }: SourceRoom, request: DrawRequest, client: pg.Client): Promise<Slot | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const slot = await findSlot(client, slotName(request))
    if (slot?.isActive !== true || attempt === 20) return slot
    await clock.sleep(500, request.signal)
  }
}

function stateOf(state: Json | undefined): ChangeState | undefined {
  const { lsn } = (state ?? {}) as { readonly lsn?: Json }
  return typeof lsn === 'string' && /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/u.test(lsn) ? { lsn } : undefined
}

async function advance(client: pg.Client, slot: string, { lsn }: ChangeState): Promise<void> {
  await client.query('SELECT pg_catalog.pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn AND NOT active', [slot, lsn])
}

/** All rows at the moment at which a new slot begins. */
async function drawAnew(room: SourceRoom, request: DrawRequest, client: pg.Client, hasSlot: boolean): Promise<Result<Drawn>> {
  const slot = slotName(request)
  if (hasSlot) await client.query('SELECT pg_catalog.pg_drop_replication_slot($1)', [slot])
  const maker = await connectPostgres(room, request, true)
  if (!maker.ok) return maker
  try {
    // The snapshot lives as long as this connection does nothing else.
    const { rows: [made] } = await maker.value.query<{ consistent_point: string; snapshot_name: string }>(`CREATE_REPLICATION_SLOT ${pgIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`)
    await beginReading(client, made?.snapshot_name)
    const drawn = await drawRows(room, request, client, { query: `SELECT * FROM ${tableName(String(request.settings['table']))}` })
    if (!drawn.ok) return drawn
    const { file, columns, rows } = drawn.value
    const state: ChangeState = { lsn: printLsn(parseLsn(made?.consistent_point ?? '0/0')) }
    return ok({ files: [file], columns, mode: 'replace', state: state as unknown as Json, told: `Read all ${rows} rows of ${String(request.settings['table'])}; its changes are followed from ${state.lsn} on.` })
  } finally {
    await maker.value.end().catch(() => undefined)
  }
}

/** What the log says beyond `before`; `anew` where it does not say enough. */
async function drawLog(room: SourceRoom, request: DrawRequest, client: pg.Client, before: ChangeState): Promise<Result<Drawn> | 'anew'> {
  const slot = slotName(request)
  await client.query(READING_SETTINGS)
  await advance(client, slot, before)
  const { rows: [now] } = await client.query<{ lsn: string }>('SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn')
  const upto = now?.lsn ?? before.lsn
  const { rows: arrays } = await client.query<{ oid: string; element: string }>("SELECT oid, typelem AS element FROM pg_catalog.pg_type WHERE typcategory = 'A' AND oid >= 10000 AND typelem <> 0")
  const elements = new Map(arrays.map(({ oid, element }) => [Number(oid), Number(element)]))
  await client.query('BEGIN')
  await client.query(`DECLARE tulle_changes NO SCROLL CURSOR FOR SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes(${pgLiteral(slot)}, ${pgLiteral(upto)}, NULL, 'proto_version', '1', 'publication_names', ${pgLiteral(pgIdentifier(slot))})`)
  const file = await RowFile.open(request, room.limits)
  const reader = new ChangeReader(request, file, parseLsn(before.lsn), elements)
  try {
    reading: for (;;) {
      request.signal.throwIfAborted()
      const batch = await client.query<{ data: string }>(`FETCH ${BATCH} FROM tulle_changes`)
      for (const { data } of batch.rows) {
        const isCommitted = await reader.take(Buffer.from(data.slice(2), 'hex'))
        if (reader.isPuzzled) return 'anew'
        // Whole transactions only; what is left comes with the next run.
        if (isCommitted && file.isFuller(0.5)) break reading
      }
      if (batch.rows.length < BATCH) break
      if (file.isFull) break
    }
  } finally {
    if (reader.isPuzzled) await file.abandon()
  }
  const { rows } = file
  const finished = await file.finish(request.port, `${String(request.settings['table'])}.changes.ndjson`)
  if (!finished.ok) return finished
  const isIdle = rows === 0 && parseLsn(upto) - parseLsn(before.lsn) < IDLE_BYTES
  const state: ChangeState = isIdle ? before : { lsn: rows === 0 ? printLsn(parseLsn(upto)) : printLsn(reader.end) }
  return ok({
    files: [finished.value], mode: 'changes', state: state as unknown as Json, told: `Read ${rows} changes of ${String(request.settings['table'])} from ${before.lsn} to ${state.lsn}.`,
    columns: reader.columns,
  })
}

interface Known { readonly table: ReplicatedTable; readonly types: readonly PostgresType[]; readonly names: readonly string[] }

/** Turns messages of the log into lines. */
class ChangeReader {
  /** Behind the last transaction that is in the file. */
  end: bigint
  /** True where the log does not say enough: the table was truncated, or a key changed beside a value that was not sent. */
  isPuzzled = false
  readonly #request: DrawRequest
  readonly #file: RowFile
  readonly #from: bigint
  readonly #elements: ReadonlyMap<number, number>
  readonly #tables = new Map<number, Known>()
  #isOld = false
  #seq = 0
  #last: Known | undefined

  constructor(request: DrawRequest, file: RowFile, from: bigint, elements: ReadonlyMap<number, number>) {
    this.#request = request
    this.#file = file
    this.#from = from
    this.#elements = elements
    this.end = from
  }

  /** The columns of the table as the log has them at its end; none where it said nothing. */
  get columns(): readonly { readonly name: string; readonly type: string }[] {
    return this.#last?.table.columns.map(({ name }, i) => ({ name, type: this.#last?.types[i]?.iceberg ?? 'string' })) ?? []
  }

  /** True where a transaction is complete. */
  async take(bytes: Buffer): Promise<boolean> {
    const message = readMessage(bytes)
    switch (message.kind) {
      case 'begin':
        this.#isOld = message.lsn < this.#from
        return false
      case 'commit':
        if (!this.#isOld) this.end = message.end
        return true
      case 'table': {
        const types = message.table.columns.map(({ type, modifier }) => postgresTypeOf(type, modifier, this.#elements))
        this.#last = { table: message.table, types, names: message.table.columns.map(({ name }) => JSON.stringify(name)) }
        this.#tables.set(message.table.id, this.#last)
        return false
      }
      case 'insert':
        if (!this.#isOld) await this.#write(message.table, 'upsert', message.row)
        return false
      case 'update':
        if (!this.#isOld) await this.#update(message)
        return false
      case 'delete':
        if (!this.#isOld) await this.#write(message.table, 'delete', message.before)
        return false
      case 'truncate':
        this.isPuzzled ||= !this.#isOld
        return false
      case 'other': return false
    }
  }

  async #update({ table, before, isWhole, row }: Extract<ReturnType<typeof readMessage>, { kind: 'update' }>): Promise<void> {
    const columns = this.#tables.get(table)?.table.columns ?? []
    const isMoved = before !== undefined && columns.some(({ name }, i) => this.#request.keys.includes(name) && before[i] !== row[i])
    const full = isWhole && before !== undefined ? row.map((value, i) => (value === KEPT ? (before[i] ?? null) : value)) : row
    if (isMoved && full.includes(KEPT)) this.isPuzzled = true
    if (isMoved && before !== undefined) await this.#write(table, 'delete', before)
    await this.#write(table, 'upsert', full)
  }

  async #write(id: number, op: 'upsert' | 'delete', row: readonly (string | null | typeof KEPT)[]): Promise<void> {
    const known = this.#tables.get(id)
    if (known === undefined) throw new RangeError('the log changes a table that it did not describe')
    const members: string[] = []
    const kept: string[] = []
    for (const [i, value] of row.entries()) {
      const name = known.names[i] ?? ''
      if (value === KEPT) kept.push(name)
      else members.push(`${name}:${value === null ? 'null' : (known.types[i] as PostgresType).toJson(value)}`)
    }
    this.#seq += 1
    await this.#file.write(`{${members.join(',')},"_tulle_op":"${op}","_tulle_seq":${this.#seq},"_tulle_kept":[${kept.join(',')}]}`)
  }
}
