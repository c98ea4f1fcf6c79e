// The shadow cluster: a small PostgreSQL that holds nothing but empty tables. Started at the first question, stopped
// when nobody asks any more; one database for each sight of the mesh, the least used ones dropped.

import type { Connection } from '@tulle/store'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { removePostgres, startPostgres } from '@tulle/store'
import { randomBytes } from 'node:crypto'
import type { Backend } from './backend.ts'
import type { Profile } from './profile.ts'
import { messages } from '../messages.ts'
import { openBackend } from './backend.ts'
import { foundationStatements, READER, templateStatements } from './template.ts'

export interface ShadowOptions {
  /** Where the cluster lives; it may be removed at any time. */
  readonly folder: string
  /** Another cluster that holds nothing else, by a superuser of it; none is started then. */
  readonly external?: Connection
  /** The database name that clients see. */
  readonly database: string
  readonly idleMilliseconds: number
  readonly mostDatabases: number
  readonly onBug: (error: unknown) => void
}

export interface ShadowDatabases {
  /** Lends a connection to the database of this profile, in the name of this asker. */
  withBackend<T>(profile: Profile, asker: string, work: (backend: Backend) => Promise<Result<T>>): Promise<Result<T>>
  close(): Promise<void>
}

interface Cluster {
  readonly superuser: Connection
  readonly template: string
  readonly password: string
  /** Ready databases by name, least used first. */
  readonly databases: Map<string, Promise<Result<void>>>
  readonly spare: Map<string, Backend[]>
  stop(): Promise<void>
}

const TIMEOUT = 2_000
const PATIENCE = 15_000
const MOST_SPARE = 4

export function createShadowDatabases(options: ShadowOptions): ShadowDatabases {
  let cluster: Promise<Result<Cluster>> | undefined
  let users = 0
  let idle: NodeJS.Timeout | undefined
  // Copying a template needs it to itself.
  let creating: Promise<unknown> = Promise.resolve()

  const stop = async (): Promise<void> => {
    const running = cluster
    cluster = undefined
    const found = await running
    if (found?.ok !== true) return
    for (const spare of found.value.spare.values()) for (const backend of spare) backend.close()
    await found.value.stop()
  }
  const restIfIdle = (): void => {
    clearTimeout(idle)
    if (users > 0 || options.idleMilliseconds === 0) return
    idle = setTimeout(() => void stop().catch(options.onBug), options.idleMilliseconds)
    idle.unref()
  }
  const find = async (): Promise<Result<Cluster>> => {
    cluster ??= startCluster(options)
    const starting = cluster
    const found = await starting
    if (!found.ok && cluster === starting) cluster = undefined
    return found
  }
  const ready = async (running: Cluster, profile: Profile): Promise<Result<void>> => {
    let making = running.databases.get(profile.name)
    if (making === undefined) {
      making = creating.then(() => createDatabase(running, profile, options))
      creating = making.catch(() => undefined)
    } else running.databases.delete(profile.name)
    running.databases.set(profile.name, making)
    const made = await making
    if (!made.ok) running.databases.delete(profile.name)
    return made
  }

  return {
    async withBackend(profile, asker, work) {
      users += 1
      clearTimeout(idle)
      try {
        const running = await find()
        if (!running.ok) return running
        const made = await ready(running.value, profile)
        if (!made.ok) return made
        const spare = running.value.spare.get(profile.name)?.pop()
        const backend = spare !== undefined && !spare.broken ? ok(spare) : await openReader(running.value, profile)
        if (!backend.ok) return backend
        const named = await backend.value.command(`set tulle.asker = ${quoteLiteral(asker)}`)
        const result = named.ok ? await work(backend.value) : named
        keep(running.value, profile.name, backend.value)
        return result
      } finally {
        users -= 1
        restIfIdle()
      }
    },
    async close() {
      clearTimeout(idle)
      await stop()
    },
  }
}

function keep(cluster: Cluster, database: string, backend: Backend): void {
  const spare = cluster.spare.get(database) ?? []
  cluster.spare.set(database, spare)
  if (backend.broken || spare.length >= MOST_SPARE || !cluster.databases.has(database)) backend.close()
  else spare.push(backend)
}

const openReader = async (cluster: Cluster, profile: Profile): Promise<Result<Backend>> => {
  const { superuser } = cluster
  const backend = await openBackend({
    connection: { ...superuser, user: READER, password: cluster.password, database: profile.name },
    settings: { statement_timeout: String(TIMEOUT), default_transaction_read_only: 'on', idle_in_transaction_session_timeout: String(TIMEOUT), TimeZone: 'UTC', DateStyle: 'ISO, MDY', extra_float_digits: '1', client_encoding: 'UTF8' },
    timeoutMilliseconds: PATIENCE,
  })
  if (!backend.ok) return backend
  // Drivers look for tables where the search path leads; here that is everywhere that the asker may read.
  const path = ['"$user"', 'public', ...profile.schemas.map(quoteIdentifier)].join(', ')
  const set = await backend.value.command(`set search_path = ${path}; set work_mem = '4MB'; set max_parallel_workers_per_gather = 0; set jit = off`)
  return set.ok ? backend : set
}

async function startCluster(options: ShadowOptions): Promise<Result<Cluster>> {
  const started = options.external === undefined ? await startOwn(options) : ok({ connection: options.external, stop: async () => {} })
  if (!started.ok) return started
  const superuser = { ...started.value.connection, database: options.external?.database ?? 'postgres' }
  const password = randomBytes(24).toString('base64url')
  const prepared = await prepareCluster(superuser, options.database, password)
  // What our own statements met is no answer to a question of a client's.
  if (!prepared.ok) options.onBug(new Error(`The shadow cluster was not prepared: ${prepared.diagnostics.map((d) => d.message).join(' ')}`))
  if (prepared.ok) return ok({ superuser, template: prepared.value, password, databases: new Map(), spare: new Map(), stop: started.value.stop })
  await started.value.stop()
  return fail(messages['catalogue-unavailable']({ reason: 'it could not be prepared' }))
}

async function startOwn({ folder }: ShadowOptions) {
  // It holds nothing that cannot be made again, so it never waits for the disk.
  const settings = {
    fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0', shared_buffers: '16MB', max_connections: '60', autovacuum: 'off',
    temp_file_limit: '32MB', max_wal_size: '64MB', min_wal_size: '32MB', max_worker_processes: '0', max_parallel_workers: '0',
  }
  const first = await startPostgres({ folder, settings })
  if (first.ok || !first.diagnostics.some((d) => d.code === 'postgres-did-not-start' || d.code === 'postgres-version-differs')) return first
  // What a crash left without fsync may not start again; it holds nothing that is missed.
  const removed = await removePostgres(folder)
  return removed.ok ? startPostgres({ folder, settings }) : removed
}

async function prepareCluster(superuser: Connection, database: string, password: string): Promise<Result<string>> {
  const statements = [...foundationStatements(), ...templateStatements(database)]
  const template = `tulle_template_${sha256(statements.join(';')).slice(0, 12)}`
  const backend = await openSuper(superuser, superuser.database)
  if (!backend.ok) return backend
  const run = backend.value
  try {
    const role = await run.command(`do $$ begin if not exists (select from pg_roles where rolname = '${READER}') then create role ${READER}; end if; end $$;
      alter role ${READER} login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 50 password ${quoteLiteral(password)}`)
    if (!role.ok) return role
    // Databases of an earlier life show what somebody saw then.
    const dropped = await dropDatabases(run, `datname like 'p\\_%' or (datname like 'tulle\\_template\\_%' and datname <> ${quoteLiteral(template)})`)
    if (!dropped.ok) return dropped
    for (const name of [database, template]) {
      const exists = await run.run(`select 1 from pg_database where datname = $1`, [25], { values: [Buffer.from(name)], formats: [], resultFormats: [] })
      if (!exists.ok) return exists
      if (exists.value.rows.length > 0) continue
      const made = name === template ? await makeTemplate(run, superuser, template, statements) : await run.command(`create database ${quoteIdentifier(name)} template template0`)
      if (!made.ok) return made
    }
    // The reader gets into the databases of profiles and into no other.
    const others = await namesOf(run, `datname not like 'p\\_%' and datallowconn`)
    if (!others.ok) return others
    for (const name of others.value) await run.command(`revoke connect, temporary on database ${name} from public`)
    return ok(template)
  } finally {
    run.close()
  }
}

// Made under another name first: a template that was left half-way must not be taken for one.
async function makeTemplate(run: Backend, superuser: Connection, template: string, statements: readonly string[]): Promise<Result<void>> {
  const unfinished = `${template}_new`
  for (const statement of [`drop database if exists ${unfinished}`, `create database ${unfinished} template template0 encoding 'UTF8' locale 'C'`]) {
    const done = await run.command(statement)
    if (!done.ok) return done
  }
  const inside = await openSuper(superuser, unfinished)
  if (!inside.ok) return inside
  for (const statement of statements) {
    const done = await inside.value.command(statement)
    if (!done.ok) {
      inside.value.close()
      return done
    }
  }
  inside.value.close()
  await run.command(`select pg_catalog.pg_sleep(0.05)`)
  return run.command(`alter database ${unfinished} rename to ${template}`)
}

async function createDatabase(cluster: Cluster, profile: Profile, options: ShadowOptions): Promise<Result<void>> {
  const run = await openSuper(cluster.superuser, cluster.superuser.database)
  if (!run.ok) return run
  try {
    const oldest = [...cluster.databases.keys()].find((name) => name !== profile.name)
    if (cluster.databases.size > options.mostDatabases && oldest !== undefined) {
      cluster.databases.delete(oldest)
      for (const backend of cluster.spare.get(oldest) ?? []) backend.close()
      cluster.spare.delete(oldest)
      await dropDatabases(run.value, `datname = ${quoteLiteral(oldest)}`)
    }
    const made = await run.value.command(`create database ${profile.name} template ${cluster.template} strategy file_copy`)
    if (!made.ok) return made
    await run.value.command(`revoke temporary on database ${profile.name} from public`)
    return await fill(cluster, profile, options)
  } finally {
    run.value.close()
  }
}

async function fill(cluster: Cluster, profile: Profile, options: ShadowOptions): Promise<Result<void>> {
  const inside = await openSuper(cluster.superuser, profile.name)
  if (!inside.ok) return inside
  const all = await inside.value.command(['begin', ...profile.statements, 'commit'].join(';\n'))
  if (!all.ok) {
    await inside.value.command('rollback')
    // A table that PostgreSQL cannot have must not hide the others.
    for (const statement of profile.statements) {
      const done = await inside.value.command(statement)
      if (!done.ok) options.onBug(new Error(`The shadow catalogue refuses: ${statement.slice(0, 200)}: ${done.diagnostics[0]?.message}`))
    }
  }
  inside.value.close()
  return ok(undefined)
}

async function dropDatabases(run: Backend, condition: string): Promise<Result<void>> {
  const found = await namesOf(run, condition)
  if (!found.ok) return found
  for (const name of found.value) {
    const dropped = await run.command(`drop database if exists ${name} with (force)`)
    if (!dropped.ok) return dropped
  }
  return ok(undefined)
}

/** Quoted. */
async function namesOf(run: Backend, condition: string): Promise<Result<readonly string[]>> {
  const found = await run.run(`select quote_ident(datname) from pg_database where ${condition}`, [], { values: [], formats: [], resultFormats: [] })
  // A DataRow of one column: type, length, count and the value's length stand before the value.
  return found.ok ? ok(found.value.rows.map((row) => row.subarray(11).toString('utf8'))) : found
}

async function openSuper(superuser: Connection, database: string): Promise<Result<Backend>> {
  const backend = await openBackend({ connection: { ...superuser, database }, settings: { client_encoding: 'UTF8', statement_timeout: '60000' }, timeoutMilliseconds: 60_000 })
  return backend.ok ? backend : fail(messages['catalogue-unavailable']({ reason: backend.diagnostics[0]?.message ?? 'unknown' }))
}
