// What happens before the power goes: writers side by side, on objects or on tables. Each story keeps, for every moment, the
// disk as it was and what had been promised by then; and can tell which promises a disk that came back breaks.

import { commitWithRetry, createTable, filesReachable, loadTable, memoryCatalog, newDataPath, openLake, stageAppend } from '@tulle/lake'
import type { Lake, Pointer, PointerSwap, Table, TableName } from '@tulle/lake'
import { ok } from '@tulle/kernel'
import type { Clock, Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import type { Objects } from '@tulle/objects'
import { EMPTY_DISK, FragileFiles } from '@tulle/objects/testing'
import type { Disk, FragileOptions } from '@tulle/objects/testing'

export interface Moment<Promised> { readonly disk: Disk; readonly promised: Promised }

export interface Story<Promised> {
  readonly moments: readonly Moment<Promised>[]
  /** The promises of that moment that are broken on a disk. */
  broken(moment: Moment<Promised>, disk: Disk): Promise<readonly string[]>
}

export interface StoryOptions extends Pick<FragileOptions, 'random' | 'ignores'> {}

const ROOT = '/home/tulle/warehouse'
const WRITERS = 4
const noWait: Clock = { now: () => 0, sleep: () => Promise.resolve() }

interface Stage<Promised> { readonly files: FragileFiles; readonly moments: Moment<Promised>[]; promised: Promised; openObjects(): Objects }

async function openStage<Promised>({ random, ignores }: StoryOptions, promised: Promised): Promise<Stage<Promised>> {
  const moments: Moment<Promised>[] = []
  const files = new FragileFiles(EMPTY_DISK, {
    random, ...(ignores !== undefined && { ignores }), watch: (disk) => moments.push({ disk, promised: stage.promised }),
  })
  const stage: Stage<Promised> = { files, moments, promised, openObjects: () => localObjects(ROOT, files) }
  await files.makeFolder('/engine')
  return stage
}

/** The end is a moment too, when everything is promised and nothing is under way. */
const end = <Promised>({ files, moments, promised }: Stage<Promised>): readonly Moment<Promised>[] => [...moments, { disk: files.disk, promised }]

const bytesFrom = (random: () => number, name: string): Uint8Array => Buffer.from(`${name} `.repeat(1 + Math.floor(random() * 12)))

/** Puts a finished file in place as engines do: written, not synced, perhaps by another user. */
async function adopt({ files }: Stage<unknown>, objects: Objects, path: string, bytes: Uint8Array, random: () => number): Promise<Result<string>> {
  const file = `/engine/${path.replaceAll('/', '-')}-${random()}`
  await files.write(file, bytes, random() < 0.5 ? process.getuid?.() : 4242)
  return objects.adopt(path, file)
}

export interface PromisedObjects {
  readonly kept: ReadonlyMap<string, Uint8Array>
  readonly gone: ReadonlySet<string>
}

/** Two processes create, take in and remove objects, some under the same names. */
export async function tellOfObjects(options: StoryOptions): Promise<Story<PromisedObjects>> {
  const { random } = options
  const stage = await openStage<PromisedObjects>(options, { kept: new Map(), gone: new Set() })
  const attempted = new Map<string, Uint8Array[]>()
  const processes = [stage.openObjects(), stage.openObjects()]
  const write = async (writer: number): Promise<void> => {
    const objects = processes[writer % processes.length] as Objects
    for (let step = 0; step < 5; step += 1) {
      const folder = `${Math.floor(random() * 3)}/${random() < 0.5 ? 'data' : 'metadata'}`
      const path = random() < 0.3 ? `${folder}/contested` : `${folder}/${writer}-${step}`
      const bytes = bytesFrom(random, `${writer}-${step}`)
      attempted.set(path, [...attempted.get(path) ?? [], bytes])
      const written = await (random() < 0.5 ? objects.create(path, bytes) : adopt(stage, objects, path, bytes, random))
      if (!written.ok) continue
      stage.promised = { ...stage.promised, kept: new Map([...stage.promised.kept, [path, bytes]]) }
      if (random() < 0.7) continue
      stage.promised = { ...stage.promised, kept: new Map([...stage.promised.kept].filter(([other]) => other !== path)) }
      if ((await objects.remove(written.value)).ok && !path.endsWith('contested')) stage.promised = { ...stage.promised, gone: new Set([...stage.promised.gone, path]) }
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  return {
    moments: end(stage),
    broken: async ({ promised }, disk) => {
      const objects = localObjects(ROOT, new FragileFiles(disk, { random }))
      const found: string[] = []
      for (const [path, bytes] of promised.kept) {
        const read = await objects.read(objects.address(path))
        if (!read.ok) found.push(`${path} was acknowledged and is ${read.diagnostics[0]?.code}`)
        else if (!equal(read.value, bytes)) found.push(`${path} was acknowledged and holds something else`)
      }
      for (const path of promised.gone) if ((await objects.read(objects.address(path))).ok) found.push(`${path} was removed and came back`)
      for await (const address of objects.list('')) {
        const [path, read] = [objects.pathOf(address), await objects.read(address)]
        const whole = path.ok ? attempted.get(path.value) ?? [] : []
        if (!read.ok || !whole.some((bytes) => equal(read.value, bytes))) found.push(`${address} is there, but not whole`)
      }
      return found
    },
  }
}

export interface PromisedTables {
  readonly pointers: readonly { readonly name: TableName; readonly pointer: Pointer }[]
  readonly snapshots: readonly { readonly name: TableName; readonly id: string }[]
}

const TABLES: readonly TableName[] = ['a', 'b'].map((name) => ({ namespace: 'n', name }))

/** Two processes append to two tables, sometimes to both at once. Pointers are durable once they are swapped, as in PostgreSQL. */
export async function tellOfTables(options: StoryOptions): Promise<Story<PromisedTables>> {
  const { random } = options
  const stage = await openStage<PromisedTables>(options, { pointers: [], snapshots: [] })
  const rows = new Map<string, Uint8Array>()
  const catalog = memoryCatalog()
  const swap = async (swaps: readonly PointerSwap[]): Promise<'swapped' | 'conflict'> => {
    const outcome = await catalog.swap(swaps)
    const others = stage.promised.pointers.filter((held) => !swaps.some(({ name }) => name.name === held.name.name))
    const moved = swaps.flatMap(({ name, next }) => (next === undefined ? [] : [{ name, pointer: next }]))
    if (outcome === 'swapped') stage.promised = { ...stage.promised, pointers: [...others, ...moved] }
    return outcome
  }
  const lakes = Array.from({ length: 2 }, () => openLake({ catalog: { ...catalog, swap }, objects: stage.openObjects(), clock: noWait }))
  for (const [i, name] of TABLES.entries()) valueOf(await createTable(lakes[i] as Lake, { name, folder: 'p', columns: [{ name: 'x', type: 'string' }] }))

  const append = async (lake: Lake, table: Table): ReturnType<typeof stageAppend> => {
    const path = newDataPath(lake, table)
    const bytes = bytesFrom(random, path.slice(-20))
    const file = await (random() < 0.5 ? lake.objects.create(path, bytes) : adopt(stage, lake.objects, path, bytes, random))
    if (!file.ok) return file
    rows.set(file.value, bytes)
    return stageAppend(lake, table, { files: [{ path: file.value, rows: 1, bytes: bytes.length }] })
  }
  const write = async (writer: number): Promise<void> => {
    const lake = lakes[writer % lakes.length] as Lake
    for (let step = 0; step < 2; step += 1) {
      const targets = random() < 0.4 ? TABLES : [TABLES[Math.floor(random() * 2)] as TableName]
      const done = valueOf(await commitWithRetry(lake, async () => {
        const staged = []
        for (const name of targets) {
          const table = await loadTable(lake, name)
          if (!table.ok) return table
          const one = await append(lake, table.value)
          if (!one.ok) return one
          staged.push(one.value)
        }
        return ok(staged)
      }))
      const acknowledged = done.map(({ name, currentSnapshot }) => ({ name, id: currentSnapshot?.id ?? '' }))
      stage.promised = { ...stage.promised, snapshots: [...stage.promised.snapshots, ...acknowledged] }
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  return { moments: end(stage), broken: ({ promised }, disk) => brokenTables(promised, rows, localObjects(ROOT, new FragileFiles(disk, { random }))) }
}

async function brokenTables({ pointers, snapshots }: PromisedTables, rows: ReadonlyMap<string, Uint8Array>, objects: Objects): Promise<readonly string[]> {
  const catalog = memoryCatalog()
  await catalog.swap(pointers.map(({ name, pointer }) => ({ name, expected: undefined, next: pointer })))
  const lake = openLake({ catalog, objects })
  const found: string[] = []
  for (const { name } of pointers) {
    const table = await loadTable(lake, name)
    const files = table.ok ? await filesReachable(lake, table.value) : table
    if (!table.ok || !files.ok) {
      found.push(`table ${name.name} cannot be read: ${files.diagnostics[0]?.message}`)
      continue
    }
    for (const { address } of files.value.values()) {
      const read = await objects.read(address)
      const expected = rows.get(address)
      if (!read.ok || (expected !== undefined && !equal(read.value, expected))) found.push(`table ${name.name} leads to ${address}, which is ${read.ok ? 'not whole' : read.diagnostics[0]?.code}`)
    }
    const lost = snapshots.filter((one) => one.name.name === name.name && !table.value.snapshots.some(({ id }) => id === one.id))
    found.push(...lost.map(({ id }) => `snapshot ${id} of table ${name.name} was acknowledged and is lost`))
  }
  return found
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}
