// One engine process as the port describes it. Deadlines are kept on this side: first the engine is interrupted, and
// killed where it does not listen.

import { randomUUID } from 'node:crypto'
import { chown, chmod } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { checkText, parseTree } from '@tulle/sql'
import { canonicalError } from '../canonical-error.ts'
import { messages } from '../messages.ts'
import type { Batch, BatchMemory, Cursor, EngineProcess, Parameter, Prepared, Relation, WrittenFile, WrittenPart } from '../types.ts'
import type { Channel } from './channel.ts'
import { PART_BYTES } from './mailbox.ts'
import { BROKEN_STREAM } from './protocol.ts'
import type { ArrowLoaded, Copied, CopiedPart, Fetched, Inspected, Opened, ParquetElement, Request, WireParameter } from './protocol.ts'
import { fileError } from './file-error.ts'
import { yielding } from './give-way.ts'
import { filesToLookInto } from './as-it-is.ts'
import { arrowLoad, ingestStatements } from './ingest.ts'
import { relationStatements } from './relations.ts'
import type { ParquetNode } from './nested-shape.ts'
import { parquetTree } from './nested-shape.ts'
import { copyStatement, writtenColumns } from './parquet.ts'

/** How long an interrupted engine may take to stop. */
const GRACE = 1_000

/** Binding and parsing ignore interrupts, so nothing of theirs may take longer. */
const PREPARE_LIMIT = 10_000

interface Work { stop: (reason: Diagnostic) => void }

/** `takesFilesBack`: the process runs as another OS user, whose files become ours when they are finished. */
export function engineProcess(channel: Channel, { takesFilesBack, emptyFile }: { readonly takesFilesBack: boolean; readonly emptyFile: string }): EngineProcess {
  const working = new Set<Work>()
  const way = yielding(channel.pid)
  let defined: readonly Relation[] = []
  let definedAs = '[]'
  /** What files of the defined relations look like inside, by path. */
  let trees: ReadonlyMap<string, ParquetNode> = new Map()
  const labels = new Map<string, string>()
  /** What statements are, as long as the relations are these. */
  const described = lastOnes<Prepared>(MOST_DESCRIBED)
  let cursors = 0

  const died = (): Diagnostic => messages['engine-died']({})

  const ask = async (request: Request, sql: string, limit: number, signal?: AbortSignal, files: ReadonlyMap<string, string> = labels): Promise<Result<{ value: unknown; body: Uint8Array }>> => {
    if (signal?.aborted === true) return fail(messages['engine-cancelled']({}))
    let reason: Diagnostic | undefined
    let grace: NodeJS.Timeout | undefined
    const { id, reply } = channel.ask(request)
    const ended = way.begin()
    const work: Work = {
      stop: (why) => {
        if (reason !== undefined) return
        reason = why
        void channel.ask({ verb: 'interrupt', work: id })
        grace = setTimeout(channel.kill, GRACE)
      },
    }
    working.add(work)
    const abort = (): void => work.stop(messages['engine-cancelled']({}))
    signal?.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(() => work.stop(messages['engine-timeout']({ milliseconds: limit })), limit)
    const answer = await reply
    ended()
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    clearTimeout(grace)
    working.delete(work)
    if (answer.kind === 'done') return ok(answer)
    if (answer.kind === 'died') return fail(reason ?? died())
    if (answer.message === BROKEN_STREAM) return fail(reason ?? BROKEN)
    const error = (files.size === 0 ? undefined : fileError(answer.message, files)) ?? canonicalError(answer.message, sql)
    return fail(error.code === 'engine-cancelled' && reason !== undefined ? reason : error)
  }

  // The engine keeps to itself what broke a stream of rows, but tells it of a statement that needs them all at once.
  const causeOf = async (sql: string, parameters: readonly Parameter[], limit: number, signal: AbortSignal): Promise<Diagnostic> => {
    cursors += 1
    const cursor = cursors
    const whole = `SELECT max(hash(COLUMNS(*))) FROM (\n${sql}\n) AS broken`
    const again = await ask({ verb: 'open', cursor, sql: whole, parameters: parameters.map(wireParameter), encoding: { kind: 'rows' } }, whole, limit, signal)
    if (again.ok) await channel.ask({ verb: 'close', cursor }).reply
    const { place: _, ...cause } = again.ok ? BROKEN : (again.diagnostics[0] ?? BROKEN)
    return cause
  }

  // A worker that says what is not so is no worker any more.
  const fromMailbox = (part: number, bytes: number, memory: BatchMemory): Uint8Array | undefined => {
    const into = Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= PART_BYTES ? memory.room(bytes) : undefined
    if (into !== undefined && channel.mailbox.read(part, into)) return into
    channel.kill()
    return undefined
  }

  const cursorOf = (cursor: number, { sql, parameters, columns, budget }: { readonly sql: string; readonly parameters: readonly Parameter[]; readonly columns: Cursor['columns']; readonly budget: number }): Cursor => {
    const closing = new AbortController()
    let left = budget
    // One thing at a time: the engine must not close what it still works on.
    let last: Promise<unknown> = Promise.resolve()
    const fetch = async (maxRows: number, signal: AbortSignal | undefined, memory: BatchMemory): Promise<Result<Batch>> => {
      if (closing.signal.aborted) return fail(messages['engine-cancelled']({}))
      const begun = performance.now()
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
      const part = channel.mailbox.enter()
      const answer = await ask({ verb: 'fetch', cursor, rows: Math.max(1, Math.trunc(maxRows)), part }, sql, left, either)
      left = Math.max(1, left - (performance.now() - begun))
      if (!answer.ok) channel.mailbox.leave(part)
      if (!answer.ok) return answer.diagnostics[0] === BROKEN ? fail(await causeOf(sql, parameters, left, either)) : answer
      const { rows, done, laid } = answer.value.value as Fetched
      const bytes = laid === undefined ? answer.value.body : fromMailbox(part, laid, memory)
      channel.mailbox.leave(part)
      return bytes === undefined ? fail(died()) : ok({ bytes, rows, done })
    }
    return {
      columns,
      fetch: (maxRows, { signal, memory = NEW_MEMORY } = {}) => {
        const batch = last.then(() => fetch(maxRows, signal, memory))
        last = batch
        return batch
      },
      close: async () => {
        if (closing.signal.aborted) return
        closing.abort()
        await last
        await channel.ask({ verb: 'close', cursor }).reply
      },
    }
  }

  const treesOf = async (relations: readonly Relation[]): Promise<Result<ReadonlyMap<string, ParquetNode>>> => {
    const paths = filesToLookInto(relations)
    const unknown = paths.filter((path) => !trees.has(path))
    const answer = unknown.length === 0 ? undefined : await ask({ verb: 'elements', paths: unknown }, '', DEFINE_LIMIT)
    if (answer?.ok === false) return answer
    const found = new Map(paths.flatMap((path) => trees.has(path) ? [[path, trees.get(path) as ParquetNode]] : []))
    for (const [i, elements] of ((answer?.value.value ?? []) as readonly (readonly ParquetElement[])[]).entries()) {
      const [path, tree] = [unknown[i] as string, parquetTree(elements)]
      if (tree === undefined) return fail(messages['engine-file']({ file: basename(path), what: 'its columns are not described as Parquet wants it.' }))
      found.set(path, tree)
    }
    return ok(found)
  }

  return {
    id: randomUUID(),
    parse: async (sql) => {
      const text = checkText(sql)
      if (!text.ok) return text
      const answer = await ask({ verb: 'parse', sql }, sql, PREPARE_LIMIT)
      return answer.ok ? parseTree(String(answer.value.value), sql) : answer
    },
    define: async (relations) => {
      const wanted = JSON.stringify(relations)
      if (wanted === definedAs) return ok(undefined)
      const seen = await treesOf(relations)
      if (!seen.ok) return seen
      const answer = await ask({ verb: 'run', statements: relationStatements(defined, relations, { trees: seen.value, emptyFile }) }, '', DEFINE_LIMIT)
      if (!answer.ok) return answer
      described.clear()
      trees = seen.value
      defined = relations
      definedAs = wanted
      return ok(undefined)
    },
    ingest: async (ingestion) => {
      described.clear()
      if (ingestion.paths.length === 0) return fail(messages['engine-file']({ file: ingestion.port, what: 'the input port has no files.' }))
      const own = new Map(ingestion.paths.map((path) => [path, ingestion.labels?.[path] ?? basename(path)]))
      for (const [path, label] of own) labels.set(path, label)
      if (ingestion.format === 'arrow') {
        const loaded = await ask({ verb: 'load-arrow', ...arrowLoad(ingestion) }, '', NO_LIMIT)
        if (!loaded.ok) return loaded.diagnostics[0]?.code === 'engine-died' ? fail(messages['engine-file']({ file: ingestion.paths.map((path) => labels.get(path)).join(', '), what: 'reading it as Arrow ended the engine process; the file is damaged, or its batches are too large.' })) : loaded
        const { fault } = loaded.value.value as ArrowLoaded
        if (fault !== undefined) return fail(messages['engine-file']({ file: labels.get(fault.path) as string, what: fault.what }))
      }
      const inspected = await ask({ verb: 'inspect', paths: ingestion.paths }, '', NO_LIMIT, undefined, own)
      if (!inspected.ok) return inspected
      const files = (inspected.value.value as readonly Inspected[]).map((file, i) => ({ ...file, path: ingestion.paths[i] as string, label: own.get(ingestion.paths[i] as string) as string }))
      const statements = ingestStatements(ingestion, files)
      if (!statements.ok) return statements
      const answer = await ask({ verb: 'run', statements: statements.value.statements }, '', NO_LIMIT, undefined, own)
      if (answer.ok) return ok({ unread: statements.value.unread })
      const { strictly } = statements.value
      if (strictly === undefined || answer.diagnostics.some(({ code }) => code === 'engine-file')) return answer
      const line = await ask({ verb: 'run', statements: [strictly] }, '', NO_LIMIT, undefined, own)
      return line.ok ? fail(messages['engine-file']({ file: [...own.values()].join(', '), what: 'the columns and types cannot be told from the file; give the input port a contract.' })) : line
    },
    learnKeys: async (keys) => {
      described.clear()
      const answer = await ask({ verb: 'keys', keys: keys.map(({ name, as, key }) => ({ name, as, key: key === undefined ? null : Buffer.from(key).toString('base64') })) }, '', DEFINE_LIMIT)
      return answer.ok ? ok(undefined) : answer
    },
    prepare: async (sql, { signal } = {}) => {
      const known = described.get(sql)
      if (known !== undefined) return ok(known)
      const relations = definedAs
      const answer = await ask({ verb: 'prepare', sql }, sql, PREPARE_LIMIT, signal)
      if (!answer.ok) return answer
      const prepared = answer.value.value as Prepared
      if (relations === definedAs && sql.length <= LONGEST_DESCRIBED) described.put(sql, prepared)
      return ok(prepared)
    },
    open: async (sql, { parameters = [], encoding, timeoutMilliseconds = NO_LIMIT, signal }) => {
      cursors += 1
      const cursor = cursors
      const begun = performance.now()
      const answer = await ask({ verb: 'open', cursor, sql, parameters: parameters.map(wireParameter), encoding }, sql, timeoutMilliseconds, signal)
      if (!answer.ok) return answer
      const { columns } = answer.value.value as Opened
      return ok(cursorOf(cursor, { sql, parameters, columns, budget: Math.max(1, timeoutMilliseconds - (performance.now() - begun)) }))
    },
    write: async (sql, { parameters = [], path, fieldIds, timeoutMilliseconds = NO_LIMIT, signal }) => {
      const answer = await ask({ verb: 'write', query: sql, copy: copyStatement(sql, path, fieldIds), parameters: parameters.map(wireParameter), path }, sql, timeoutMilliseconds, signal)
      if (!answer.ok) return answer
      const { rows, bytes, statistics } = answer.value.value as Copied
      if (takesFilesBack) await takeOver(path)
      return ok({ path, rows, bytes, columns: writtenColumns(statistics, fieldIds) } satisfies WrittenFile)
    },
    writePartitioned: async (sql, { parameters = [], folder, by, fieldIds, timeoutMilliseconds = NO_LIMIT, signal }) => {
      const answer = await ask({ verb: 'write-partitioned', query: sql, copy: copyStatement(sql, folder, fieldIds, by), parameters: parameters.map(wireParameter), folder }, sql, timeoutMilliseconds, signal)
      if (!answer.ok) return answer
      const parts = answer.value.value as readonly CopiedPart[]
      if (takesFilesBack) for (const { path } of parts) await takeOver(path)
      return ok(parts.map(({ path, rows, bytes, statistics, keys }): WrittenPart => ({ path, rows, bytes, columns: writtenColumns(statistics, fieldIds), keys: by.map((name) => keys[name] ?? null) })))
    },
    cancel: async () => {
      for (const work of working) work.stop(messages['engine-cancelled']({}))
    },
    kill: async () => {
      channel.kill()
      await channel.ended
    },
  }
}

const NEW_MEMORY: BatchMemory = { room: (bytes) => Buffer.allocUnsafeSlow(bytes) }

/** Rows ended before their result did, and nobody knows why. */
const BROKEN = messages['engine-internal']({})

/** Views over many files open them. */
const DEFINE_LIMIT = 60_000

/** Statements that are asked again and again are described once. */
const MOST_DESCRIBED = 200
const LONGEST_DESCRIBED = 20_000

// The longest timer that Node.js has.
const NO_LIMIT = 2_147_483_647

/** The values that were put last. */
function lastOnes<T>(most: number): { get(key: string): T | undefined; put(key: string, value: T): void; clear(): void } {
  const kept = new Map<string, T>()
  return {
    get: (key) => kept.get(key),
    put: (key, value) => {
      kept.delete(key)
      kept.set(key, value)
      const oldest = kept.keys().next().value
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    clear: () => kept.clear(),
  }
}

const wireParameter = (parameter: Parameter): WireParameter => (typeof parameter === 'bigint' ? { integer: parameter.toString() } : parameter)

// A finished file must not stay writable for the user that the process runs as.
async function takeOver(path: string): Promise<void> {
  await chown(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
  await chmod(path, 0o644)
}
