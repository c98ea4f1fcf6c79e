// The control: what most would build. Views with a WHERE, on an engine that nothing fences and no gate stands before.

import { rm } from 'node:fs/promises'
import { duckdbTypeOf } from '@tulle/engine'
import { looseWorker } from '@tulle/engine/testing'
import type { LooseWorker } from '@tulle/engine/testing'
import { compilePolicy } from '@tulle/policy'
import { quoteIdentifier } from '@tulle/sql'
import type { Profile } from './profiles.ts'
import { policiesOf } from './profiles.ts'
import type { World, WorldTable } from './tables.ts'
import { CONSENTS, ORDERS, PERSONS, WORLDS } from './tables.ts'
import type { WorldFiles, Worlds } from './worlds.ts'
import { writeWorlds } from './worlds.ts'

export async function plainWorlds(profiles: readonly Profile[]): Promise<Worlds> {
  const files = await writeWorlds(profiles)
  const workers = new Map<string, LooseWorker>()
  for (const profile of profiles) for (const world of WORLDS) workers.set(`${profile.name}-${world}`, await viewsOf(profile, world, files))
  return {
    async run(profile, world, sql) {
      const answer = await (workers.get(`${profile.name}-${world}`) as LooseWorker).answer(sql)
      return 'rows' in answer ? { text: answer.rows.map((row) => JSON.stringify(row)).toSorted().join('\n'), isError: false, isLimit: false } : { text: answer.error.split(':')[0] ?? '', isError: true, isLimit: false }
    },
    catalogue: () => Promise.resolve(''),
    async close() {
      for (const worker of workers.values()) await worker.close()
      await rm(files.folder, { recursive: true, force: true })
    },
  }
}

async function viewsOf(profile: Profile, world: World, files: WorldFiles): Promise<LooseWorker> {
  const worker = await looseWorker()
  const products = ['m', 'c', 'v'].map((name) => ({ id: name, name, domain: 'test', team: 'owners' }))
  const grants = profile.grants.map((grant, at) => ({ ...grant, id: `g${at}`, subjectKind: 'team' as const, subject: 'lab', purposes: ['work'] }))
  const policy = compilePolicy({ grants, products, policies: policiesOf(profile), secret: 'of these worlds' })
  const statements = ['SET threads = 1', 'CREATE SCHEMA m', `CREATE VIEW consent_house_consent AS SELECT ${columnsOf(CONSENTS)} FROM read_parquet('${files.path(profile, world, CONSENTS)}')`]
  for (const table of [...PERSONS, ORDERS]) {
    const resource = { product: products[0] as (typeof products)[number], dataSet: { name: table.name, columns: table.columns } }
    const decision = policy.decide({ id: 'sub', name: 'sub', kind: 'user', role: 'consumer', teams: ['lab'], attributes: { login: 'sub', regions: ['north', 'east'] } }, 'read', resource, 'work', { now: 0, environment: 'test' })
    if (decision.effect === 'deny') continue
    const shown = table.columns.filter(({ name }) => decision.columns.includes(name)).map(({ name, type }) => `CAST((${decision.masks[name] ?? quoteIdentifier(name)}) AS ${duckdbTypeOf(type)}) AS ${quoteIdentifier(name)}`)
    statements.push(`CREATE VIEW m.${table.name} AS SELECT ${shown.join(', ')} FROM (SELECT ${columnsOf(table)} FROM read_parquet('${files.path(profile, world, table)}')) WHERE ${decision.rowFilter?.condition ?? 'true'}`)
  }
  for (const statement of statements) if (!(await worker.runs(statement))) throw new Error(`the control does not take ${statement}`)
  return worker
}

const columnsOf = (table: WorldTable): string => table.columns.map(({ name }) => quoteIdentifier(name)).join(', ')

