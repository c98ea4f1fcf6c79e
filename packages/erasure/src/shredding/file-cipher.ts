// Seals and opens columns of files in an engine process that holds keys, and therefore runs nothing of anybody else. What it opens are
// plain copies that ports read; none outlives the destruction of a key in it.

import { randomUUID } from 'node:crypto'
import { chmod, constants, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import type { EngineProcess, SealingKey } from '@tulle/engine'
import type { DataFile, Field, SealedFile, Table } from '@tulle/lake'
import { fieldIdsOf, printTableName } from '@tulle/lake'
import { fieldsIn, renamedMembers } from '@tulle/tables'
import { messages } from '../messages.ts'
import { openKeyRing } from './key-ring.ts'
import { ruleBeside } from './rule-beside.ts'
import { anySql, asWritten, hiddenFields, KEY, keysSql, openSql, personName, personsSql, relationOf, rowName, SEAL, sealSql, unsealedSql } from './sealed-rows.ts'
import type { Shredding, ShreddingOptions } from './types.ts'

const LIMITS = { memoryMegabytes: 512, threads: 1 } as const
const IDLE_MILLISECONDS = 30_000
const MOST_BYTES = 8 * 1024 ** 3
/** How long it is believed that no key of a table was destroyed. Within a second rights take effect, and this is one. */
const EPOCH_MILLISECONDS = 200

interface Room { readonly process: EngineProcess; readonly folder: string; readonly inFolder: string; readonly outFolder: string }

export async function openShredding({ store, engine, clock, ruleOf: ruleOfDataSet, workFolder, secret, mostBytes = MOST_BYTES }: ShreddingOptions): Promise<Shredding> {
  const ring = openKeyRing(store, secret)
  const ruleOf = ruleBeside(ruleOfDataSet)
  const openedFolder = join(workFolder, 'opened')
  await rm(workFolder, { recursive: true, force: true })
  await mkdir(openedFolder, { recursive: true, mode: 0o700 })
  await chmod(workFolder, 0o711)

  let room: Room | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let generation = 0
  /** Plain copies by the object's address, oldest use first. */
  const opened = new Map<string, { readonly path: string; readonly table: string; readonly epoch: number; readonly bytes: number }>()
  const opening = new Map<string, Promise<Result<string>>>()
  const epochs = new Map<string, { readonly epoch: Promise<number>; readonly at: number }>()

  const leave = async (): Promise<void> => {
    clearTimeout(idle)
    const gone = room
    room = undefined
    await gone?.process.kill()
    if (gone !== undefined) await rm(gone.folder, { recursive: true, force: true })
  }
  const enter = async (): Promise<Result<Room>> => {
    if (room !== undefined) return ok(room)
    const folder = join(workFolder, randomUUID())
    const [inFolder, outFolder] = [join(folder, 'in'), join(folder, 'out')]
    await mkdir(inFolder, { recursive: true })
    await mkdir(outFolder)
    await chmod(folder, 0o711)
    await chmod(inFolder, 0o755)
    const started = await engine.start({ ...LIMITS, readPaths: [inFolder], writePaths: [outFolder] })
    if (!started.ok) return started
    room = { process: started.value, folder, inFolder, outFolder }
    return ok(room)
  }
  /** One after the other. Whoever fails leaves a process of which nobody knows what it holds. */
  const within = <T>(localFile: string, work: (room: Room, path: string) => Promise<Result<T>>): Promise<Result<T>> => {
    const next = last.then(async (): Promise<Result<T>> => {
      clearTimeout(idle)
      const entered = await enter()
      if (!entered.ok) return entered
      const path = join(entered.value.inFolder, `${randomUUID()}.parquet`)
      try {
        await copyFile(localFile, path, constants.COPYFILE_FICLONE)
        await chmod(path, 0o644)
        const done = await work(entered.value, path)
        const cleared = done.ok ? await entered.value.process.define([]) : done
        if (!cleared.ok || !(await entered.value.process.learnKeys([])).ok) await leave()
        return done
      } catch (error) {
        await leave()
        throw error
      } finally {
        await rm(path, { force: true })
        idle = setTimeout(() => void leave(), IDLE_MILLISECONDS).unref()
      }
    })
    last = next.catch(() => undefined)
    return next
  }

  const seal = async (table: Table, file: { readonly path: string; readonly rows: number; readonly fieldIds: readonly number[] }, name: string): Promise<Result<SealedFile | undefined>> => {
    const rule = await ruleOf(table.name)
    if (rule === undefined || file.rows === 0) return ok(undefined)
    const ids = new Set(file.fieldIds)
    const fields = table.schema.fields.filter(({ id }) => ids.has(id))
    const hidden = hiddenFields(fields, rule)
    if (hidden === undefined) return fail(messages['shredding-unfit-columns']({ table: printTableName(table.name) }))
    const what = { fields, hidden, key: hidden.find((field) => field.name === rule.key), file: name }
    return within(file.path, async ({ process, outFolder }, path) => {
      const defined = await process.define([relationOf(fields, { path, rows: file.rows }, { sealed: false })])
      if (!defined.ok) return defined
      const sql = personsSql(what)
      const persons = sql.persons === undefined ? ok<readonly string[]>([]) : await textsOf(process, sql.persons)
      const nobody = await textsOf(process, sql.nobody)
      if (!persons.ok || !nobody.ok) return persons.ok ? (nobody as Result<never>) : persons
      const keys = await ring.of(table.uuid, persons.value)
      if (!keys.ok) return keys
      const single = await ring.fresh(table.uuid, nobody.value.length)
      const learned = await process.learnKeys([
        ...[...keys.value].map(([person, key]): SealingKey => ({ name: personName(person), as: key.id, key: key.bytes })),
        ...nobody.value.map((row, i): SealingKey => ({ name: rowName(row), as: single[i]?.id ?? '', key: single[i]?.bytes })),
      ])
      if (!learned.ok) return learned
      const out = join(outFolder, `${randomUUID()}.parquet`)
      const written = await process.write(sealSql(what), { path: out, fieldIds: fieldIdsOf({ fields: [...asWritten(fields), SEAL] }) })
      if (!written.ok) return written
      // Out of reach of the process, and of what is cleared when it ends.
      const sealed = join(openedFolder, `sealed-${randomUUID()}.parquet`)
      await rename(out, sealed)
      return ok({ path: sealed, bytes: written.value.bytes, hides: new Set(hidden.map(({ id }) => id)) })
    })
  }

  const openAnew = async (table: Table, file: DataFile, localFile: string, epoch: number): Promise<Result<string>> => {
    const rule = await ruleOf(table.name)
    const described = new Set([...(file.columnSizes?.keys() ?? []), ...(file.valueCounts?.keys() ?? [])])
    const fields = described.size > 0 ? fieldsIn(table, [...described]) : table.schema.fields
    const name = basename(file.path)
    const altered = (): Result<never> => fail(messages['shredding-altered']({ table: printTableName(table.name), file: name }))
    const [before, began] = [generation, clock.now()]
    const made = await within(localFile, async ({ process, outFolder }, path): Promise<Result<string>> => {
      const nested = renamedMembers(table, { schemaId: 0, fields })
      const defined = await process.define([relationOf(fields, { path, rows: file.rows, ...(nested !== undefined && { nested }) }, { sealed: true })])
      if (!defined.ok) return defined
      const ids = await textsOf(process, keysSql)
      const unsealed = await textsOf(process, unsealedSql)
      if (!ids.ok || !unsealed.ok) return ids.ok ? (unsealed as Result<never>) : ids
      if (unsealed.value[0] !== '0') return altered()
      const keys = await ring.find(table.uuid, ids.value)
      if (!keys.ok) return keys
      if (keys.value.size < ids.value.length) return fail(messages['shredding-key-missing']({ table: printTableName(table.name), file: name }))
      const learned = await process.learnKeys([...keys.value.values()].map(({ id, bytes }) => ({ name: id, as: id, key: bytes })))
      if (!learned.ok) return learned
      const any = await textsOf(process, anySql(name))
      if (!any.ok) return altered()
      const hidden = hiddenIn(file, fields, any.value[0])
      const out = join(outFolder, `${randomUUID()}.parquet`)
      const key = table.schema.fields.find((field) => field.name === rule?.key)?.id
      const written = await process.write(openSql({ fields, hidden, key, word: rule?.word, file: name }), { path: out, fieldIds: fieldIdsOf({ fields: [...asWritten(fields), KEY] }) })
      if (!written.ok) return written.diagnostics.some(({ code }) => code === 'engine-invalid-value') ? altered() : written
      const plain = join(openedFolder, `${sha256(file.path).slice(0, 24)}-${randomUUID()}.parquet`)
      await rename(out, plain)
      return ok(plain)
    })
    if (!made.ok) return made
    // A key that was destroyed while it was opened must not live on in a copy.
    if (generation !== before || (await ring.epoch(table.uuid)) !== epoch) {
      await rm(made.value, { force: true })
      return openCurrent(table, file, localFile, began)
    }
    opened.set(file.path, { path: made.value, table: table.uuid, epoch, bytes: (await stat(made.value)).size })
    return made
  }

  const openCurrent = async (table: Table, file: DataFile, localFile: string, since: number): Promise<Result<string>> => {
    const epoch = await epochOf(table.uuid, since)
    const known = opened.get(file.path)
    if (known !== undefined && known.epoch === epoch) {
      opened.delete(file.path)
      opened.set(file.path, known)
      return ok(known.path)
    }
    if (known !== undefined) await drop([...opened].filter(([, one]) => one.table === table.uuid && one.epoch !== epoch).map(([address]) => address))
    const made = await openAnew(table, file, localFile, epoch)
    if (made.ok) await keepWithin(file.path)
    return made
  }
  const epochOf = (table: string, since: number): Promise<number> => {
    const known = epochs.get(table)
    if (known !== undefined && known.at >= since - EPOCH_MILLISECONDS) return known.epoch
    const asked = { epoch: ring.epoch(table), at: clock.now() }
    epochs.set(table, asked)
    asked.epoch.catch(() => epochs.delete(table))
    return asked.epoch
  }
  const drop = async (addresses: readonly string[]): Promise<void> => {
    for (const address of addresses) {
      const gone = opened.get(address)
      opened.delete(address)
      if (gone !== undefined) await rm(gone.path, { force: true })
    }
  }
  const keepWithin = async (newest: string): Promise<void> => {
    let bytes = [...opened.values()].reduce((sum, one) => sum + one.bytes, 0)
    const over: string[] = []
    for (const [address, one] of opened) {
      if (bytes <= mostBytes || address === newest) break
      bytes -= one.bytes
      over.push(address)
    }
    await drop(over)
  }
  const forget = async (): Promise<void> => {
    generation += 1
    epochs.clear()
    await drop([...opened.keys()])
  }

  return {
    seal,
    open(table, file, localFile) {
      const key = file.path
      const under = opening.get(key)
      if (under !== undefined) return under
      const now = openCurrent(table, file, localFile, clock.now()).finally(() => opening.delete(key))
      opening.set(key, now)
      return now
    },
    async destroy(table, keys, erasure) {
      const count = await ring.destroy(table, keys, erasure)
      await forget()
      return count
    },
    destroyedBy: (table, erasure) => ring.destroyedBy(table, erasure),
    forget,
    async close() {
      await last.catch(() => undefined)
      await leave()
      for (const name of await readdir(openedFolder).catch(() => [])) await rm(join(openedFolder, name), { force: true })
    },
  }
}

/** The columns that are sealed in a file, as one of its rows says; where nobody can read any, those that its manifest says nothing of. */
function hiddenIn(file: DataFile, fields: readonly Field[], any: string | undefined): readonly Field[] {
  const named = any === undefined ? undefined : new Set(Object.keys(JSON.parse(any) as Record<string, unknown>).map((key) => Number(key.slice(1))))
  return fields.filter(({ id, type }) => (named === undefined ? typeof type === 'string' && file.nullCounts?.has(id) !== true : named.has(id)))
}

/** The values of a query's only column, which is text. */
async function textsOf(process: EngineProcess, query: string): Promise<Result<readonly string[]>> {
  const rows = await readRows<readonly [string]>(process, query)
  return rows.ok ? ok(rows.value.map(([text]) => text)) : rows
}
