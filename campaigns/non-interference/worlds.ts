// The worlds of each profile behind one real governor: whoever asks as `<profile>-a` sees the first, as `<profile>-b` the second.

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duckdbEngine } from '@tulle/engine'
import { createAuthorizer, createGovernor } from '@tulle/gateway'
import type { Authorizer } from '@tulle/gateway'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { compilePolicy } from '@tulle/policy'
import type { Subject } from '@tulle/policy'
import type { Profile } from './profiles.ts'
import { policiesOf } from './profiles.ts'
import type { World, WorldTable } from './tables.ts'
import { hiddenPlaces, rowsOf, WORLD_TABLES, WORLDS } from './tables.ts'

/** What a statement came to, as text; `canonical` is the same where the order of rows means nothing. */
export interface Outcome { readonly text: string; readonly isError: boolean; readonly isLimit: boolean }

/** Runs a statement in a world, as the profile's subject. */
export interface Worlds {
  run(profile: Profile, world: World, sql: string): Promise<Outcome>
  /** What the catalogue says of all that is visible. */
  catalogue(profile: Profile, world: World): Promise<string>
  close(): Promise<void>
}

const NOW = Date.UTC(2026, 0, 1)
const STILL: Clock = { now: () => NOW, sleep: () => Promise.resolve() }
const PRODUCTS = ['m', 'c', 'v']
const LIMIT_MILLISECONDS = 5_000
const ENCODING = { kind: 'rows' } as const

/** Folder of the data files, and each file by profile, world and table. */
export interface WorldFiles { readonly folder: string; path(profile: Profile, world: World, table: WorldTable): string }

export async function writeWorlds(profiles: readonly Profile[]): Promise<WorldFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-worlds-'))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'warehouse'))
  // Profiles that hide alike share their files.
  const path: WorldFiles['path'] = (profile, world, table) => join(folder, 'warehouse', `${table.name}-${createHash('sha256').update(rowsOf(table, world, profile)).digest('hex').slice(0, 24)}.parquet`)
  const engine = duckdbEngine({ folder: join(folder, 'writers') })
  const writer = valueOf(await engine.start({ readPaths: [], writePaths: [join(folder, 'warehouse')], memoryMegabytes: 512, threads: 1 }))
  const written = new Set<string>()
  for (const profile of profiles) {
    for (const world of WORLDS) {
      for (const table of WORLD_TABLES) {
        const file = path(profile, world, table)
        if (written.has(file)) continue
        written.add(file)
        const fieldIds = Object.fromEntries(table.columns.map(({ name }, at) => [name, at + 1]))
        valueOf(await writer.write(rowsOf(table, world, profile), { path: file, fieldIds }))
      }
    }
  }
  await engine.close()
  return { folder, path }
}

/** `lanes` is how many profiles are asked at the same time; engines of others make room. */
export async function governedWorlds(profiles: readonly Profile[], lanes: number): Promise<Worlds> {
  const files = await writeWorlds(profiles)
  const engine = duckdbEngine({ folder: join(files.folder, 'engines') })
  const authorizers = new Map<string, Authorizer>()
  const subjects = new Map<string, Subject>()
  for (const profile of profiles) {
    for (const world of WORLDS) {
      const key = `${profile.name}-${world}`
      // The name is part of messages, so it is the same in both.
      subjects.set(key, { id: key, name: 'sub', kind: 'user', role: 'consumer', teams: ['lab'], attributes: { login: 'sub', regions: ['north', 'east'] } })
      authorizers.set(key, authorizerOf(profile, world, files))
    }
  }
  const of = (asker: { readonly subject: Subject }): Authorizer => authorizers.get(asker.subject.id) as Authorizer
  const snapshots = new WeakMap<object, Authorizer>()
  const remember = (authorizer: Authorizer, tables: readonly { readonly product: object }[]): void => tables.forEach(({ product }) => snapshots.set(product, authorizer))
  // Each asker's questions go to the world that is theirs; a table, to the world that it came from.
  const authorizer: Authorizer = {
    ...(authorizers.values().next().value as Authorizer),
    authorize: async (asker, names) => {
      const answer = await of(asker).authorize(asker, names)
      if (answer.ok) remember(of(asker), answer.value)
      return answer
    },
    visible: async (asker) => of(asker).visible(asker),
    snapshot: (table, version) => (snapshots.get(table.product) as Authorizer).snapshot(table, version),
    ...forTables(snapshots),
  }
  const governed = (sliceMegabytes: number) => createGovernor({
    authorizer, engine, clock: STILL, folder: join(files.folder, 'engines'), audit: { ready: () => ok(undefined), record: async () => ok(undefined) },
    limits: { limit: lanes * WORLDS.length + 1, threads: 1, memoryMegabytes: 512, idleMilliseconds: 600_000, sliceMegabytes },
  })
  // One hides rows by masks alone, the other by slices as soon as they are made.
  const governors = { mask: governed(0), slice: governed(64) }
  const askerOf = (profile: Profile, world: World) => ({ subject: subjects.get(`${profile.name}-${world}`) as Subject, purpose: 'work', purposes: ['work'] })
  return {
    async run(profile, world, sql) {
      const asker = askerOf(profile, world)
      const prepared = await governors[profile.form ?? 'mask'].prepare(() => Promise.resolve({ ok: true, diagnostics: [], value: asker }), sql, 'sql')
      if (!prepared.ok) return failure(prepared.diagnostics)
      const described = JSON.stringify([prepared.value.columns, prepared.value.parameterTypes])
      const signal = AbortSignal.timeout(LIMIT_MILLISECONDS)
      const opened = await prepared.value.open({ parameters: [], encoding: ENCODING, signal })
      if (!opened.ok) return failure(opened.diagnostics, described)
      const rows: string[] = []
      for (;;) {
        const batch = await opened.value.fetch(10_000, signal)
        if (!batch.ok) return failure(batch.diagnostics, described)
        if (batch.value.rows > 0) rows.push(...(JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as readonly unknown[]).map((row) => JSON.stringify(row)))
        if (batch.value.done || rows.length > MOST_ROWS) break
      }
      await opened.value.close()
      return { text: `${described}\n${rows.toSorted().join('\n')}`, isError: false, isLimit: rows.length > MOST_ROWS }
    },
    // All that EXPLAIN and the shadow catalogue are made from, and nothing else is.
    catalogue: async (profile, world) => JSON.stringify(await of(askerOf(profile, world)).visible(askerOf(profile, world))),
    async close() {
      await Promise.all([governors.mask.close(), governors.slice.close()])
      await engine.close()
      await rm(files.folder, { recursive: true, force: true })
    },
  }
}

const MOST_ROWS = 20_000

// Whatever else an authorizer is asked about a table.
function forTables(known: WeakMap<object, Authorizer>): Partial<Authorizer> {
  const hiddenReads = (table: { readonly product: object }): unknown => (known.get(table.product) as unknown as { hiddenReads: (asked: object) => unknown }).hiddenReads(table)
  return { hiddenReads } as Partial<Authorizer>
}

function authorizerOf(profile: Profile, world: World, files: WorldFiles): Authorizer {
  const products = PRODUCTS.map((name) => ({
    id: name, schema: name, name, domain: 'test', team: 'owners',
    dataSets: WORLD_TABLES.filter((table) => table.product === name).map((table) => ({ name: table.name, columns: table.columns.map((column, at) => ({ name: column.name, type: column.type, fieldId: at + 1, required: false })) })),
  }))
  const grants = profile.grants.map((grant, at) => ({ ...grant, id: `g${at}`, subjectKind: 'team' as const, subject: 'lab', purposes: ['work'] }))
  const policy = compilePolicy({ grants, products, policies: policiesOf(profile), secret: 'of these worlds' })
  return createAuthorizer({
    rights: { version: () => 1, policy: () => policy },
    data: {
      products: async () => products,
      snapshot: async (productId, dataSet, version) => {
        const table = WORLD_TABLES.find((one) => one.product === productId && one.name === dataSet)
        const path = table === undefined || version !== undefined ? undefined : files.path(profile, world, table)
        return { ok: true, diagnostics: [], value: path === undefined ? undefined : { id: `${profile.name}-${world}`, hasDeletedRows: profile.deletes === true, files: async () => ({ ok: true, diagnostics: [], value: [{ path, ...(profile.deletes === true && table !== undefined && { deletedRows: hiddenPlaces(table, world) }) }] }) } }
      },
    },
    clock: STILL,
    environment: 'test',
  })
}

/** Limits of time, memory and life depend on the machine, and say nothing of data by themselves. */
const LIMITS = new Set(['statement-cancelled', 'engine-timeout', 'engine-cancelled', 'engine-out-of-memory', 'engine-died', 'engines-busy', 'engine-start-failed', 'engine-out-of-disk'])

const failure = (diagnostics: readonly Diagnostic[], described = ''): Outcome => ({
  text: `${described}\n${JSON.stringify(diagnostics)}`, isError: true, isLimit: diagnostics.some(({ code }) => LIMITS.has(code)),
})

export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}
