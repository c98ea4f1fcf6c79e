// The rig of this room's tests: real engines on folders of their own, gone afterwards.

import { chmodSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChannel } from './duckdb/channel.ts'
import { duckdbEngine } from './duckdb/engine.ts'
import { spawnWorker } from './duckdb/spawn-worker.ts'
import type { Cursor, Engine, EngineLimits, EngineProcess, OpenOptions } from './types.ts'

export interface EngineRig {
  readonly engine: Engine
  /** Readable and writable by processes. */
  readonly data: string
  /** Reachable by nobody but us. */
  readonly outside: string
  process(limits?: Partial<EngineLimits>): Promise<EngineProcess>
  close(): Promise<void>
}

export function engineRig(): EngineRig {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-engine-'))
  // Engine processes are other users.
  chmodSync(folder, 0o711)
  const [data, outside] = [join(folder, 'data'), join(folder, 'outside')]
  mkdirSync(data)
  mkdirSync(outside)
  const engine = duckdbEngine({ folder: join(folder, 'engines') })
  return {
    engine,
    data,
    outside,
    process: async (limits = {}) => {
      const started = await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 512, threads: 2, ...limits })
      if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
      return started.value
    },
    close: async () => {
      await engine.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface LooseWorker {
  readonly pid: number
  /** Whether the statement ran. */
  runs(sql: string): Promise<boolean>
  /** The rows of a query as JSON has them, or the engine's own words of an error. */
  answer(sql: string): Promise<{ readonly rows: readonly unknown[] } | { readonly error: string }>
  close(): Promise<void>
}

/** A worker that nothing locks, as ourselves: what must never be, for controls of what watches it. */
export async function looseWorker(): Promise<LooseWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-loose-'))
  const spawned = spawnWorker({ scratch: folder, code: join(folder, 'code'), memoryMegabytes: 512 })
  const channel = openChannel(spawned)
  await channel.ask({ verb: 'start', settings: [], readBack: [] }).reply
  let cursors = 0
  const answer: LooseWorker['answer'] = async (sql) => {
    const cursor = (cursors += 1)
    const rows: unknown[] = []
    for (let reply = await channel.ask({ verb: 'open', cursor, sql, parameters: [], encoding: { kind: 'rows' } }).reply, fetched = false; ; fetched = true) {
      if (reply.kind !== 'done') return { error: reply.kind === 'failed' ? reply.message : 'died' }
      if (fetched && reply.body.length > 0) rows.push(...(JSON.parse(Buffer.from(reply.body).toString('utf8')) as readonly unknown[]))
      if (fetched && (reply.value as { readonly done: boolean }).done) break
      reply = await channel.ask({ verb: 'fetch', cursor, rows: 10_000 }).reply
    }
    await channel.ask({ verb: 'close', cursor }).reply
    return { rows }
  }
  return {
    pid: spawned.child.pid as number,
    answer,
    runs: async (sql) => (await channel.ask({ verb: 'run', statements: [sql] }).reply).kind === 'done',
    close: async () => {
      channel.kill()
      await channel.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Opens a query that must open. */
export async function openQuery(process: EngineProcess, sql: string, options: Partial<OpenOptions> = {}): Promise<Cursor> {
  const cursor = await process.open(sql, { encoding: { kind: 'rows' }, ...options })
  if (!cursor.ok) throw new Error(`${sql}: ${JSON.stringify(cursor.diagnostics)}`)
  return cursor.value
}

/** All bytes of a query that must succeed. */
export async function bytesOf(process: EngineProcess, sql: string, options: Partial<OpenOptions> = {}): Promise<Buffer> {
  const cursor = await openQuery(process, sql, options)
  const pieces: Uint8Array[] = []
  for (;;) {
    const batch = await cursor.fetch(10_000)
    if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
    pieces.push(batch.value.bytes)
    if (batch.value.done) break
  }
  await cursor.close()
  return Buffer.concat(pieces)
}

/** All rows of a small query, as JSON has them. */
export async function rowsOf(process: EngineProcess, sql: string, options: Partial<OpenOptions> = {}): Promise<readonly (readonly unknown[])[]> {
  return JSON.parse((await bytesOf(process, sql, options)).toString('utf8')) as readonly (readonly unknown[])[]
}

/** Why a query does not answer: the codes of opening it or of its first batch. */
export async function refusalOf(process: EngineProcess, sql: string, options: Partial<OpenOptions> = {}): Promise<readonly string[]> {
  const cursor = await process.open(sql, { encoding: { kind: 'rows' }, timeoutMilliseconds: 5000, ...options })
  if (!cursor.ok) return cursor.diagnostics.map(({ code }) => code)
  const batch = await cursor.value.fetch(10)
  await cursor.value.close()
  return batch.ok ? [] : batch.diagnostics.map(({ code }) => code)
}
