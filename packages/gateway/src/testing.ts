// The rig of this room's tests: real engine, real policy, real sockets, data that is written when the rig is made.

import type { HeardAudit } from '@tulle/audit/testing'
import type { Engine, SourceColumn } from '@tulle/engine'
import type { Clock, Result } from '@tulle/kernel'
import type { Decision, Grant, Policy, Resource, Role, Subject } from '@tulle/policy'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scramVerifier } from '@tulle/access'
import { heardAudit } from '@tulle/audit/testing'
import { duckdbEngine } from '@tulle/engine'
import { renderDiagnostic, systemClock } from '@tulle/kernel'
import { compilePolicy } from '@tulle/policy'
import type { Account, Accounts, Asker, DataSource, Governor, Rights, ServedDataSet, ServedProduct, TableVersion, Who } from './types.ts'
import type { Authorizer } from './authorize.ts'
import type { ExportWatch } from './watch/types.ts'
import type { GovernorLimits } from './execute.ts'
import { createAuthorizer } from './authorize.ts'
import { parseCommand } from './commands.ts'
import { createGovernor } from './execute.ts'
import { frameReader } from './pg-wire/frames.ts'
import { readOpening, readRequest, readSaslInitial } from './pg-wire/requests.ts'
import { scramExchange } from './pg-wire/scram.ts'
import { splitStatements } from './statement-text.ts'

/** A data set to serve: its columns, and the query that makes its rows. */
export interface TestTable { readonly product: string; readonly dataSet: ServedDataSet; readonly query: string; readonly team?: string }

export interface GatewayRig extends AsyncDisposable {
  readonly accounts: Accounts
  readonly rights: Rights
  readonly data: DataSource
  readonly authorizer: Authorizer
  readonly governor: Governor
  readonly engine: Engine
  readonly audit: HeardAudit
  readonly folder: string
  who(name: string, purpose?: string): Who
  grant(subject: string, product: string, more?: Partial<Grant>): void
  revoke(subject: string, product: string): void
  /** Puts this on top of what grants allow: masks, row filters, limits. */
  refine(more: Refinement): void
  /** Publishes other rows, perhaps of columns that were called otherwise. */
  publish(product: string, dataSet: string, query: string, columns?: ServedDataSet['columns']): Promise<void>
  close(): Promise<void>
}

export const PASSWORD = 'correct horse battery staple'

export const column = (name: string, type: string, fieldId: number, more: Partial<ServedDataSet['columns'][number]> = {}): ServedDataSet['columns'][number] => ({ name, type, fieldId, required: false, ...more })

/** Two products whose rows every test knows: flights.flights and passengers.passengers. */
export const TABLES: readonly TestTable[] = [
  {
    product: 'flights',
    dataSet: {
      name: 'flights',
      description: 'US flights',
      columns: [column('id', 'long', 1, { required: true, primaryKey: true }), column('origin', 'string', 2, { description: 'IATA code' }), column('delay', 'int', 3), column('date', 'timestamp', 4)],
    },
    query: `select i::bigint as id, ['JFK','LAX','SFO'][1 + (i % 3)::int] as origin, (i % 100)::int as delay, timestamp '2001-01-01' + interval (i) minute as date from range(1000) t(i)`,
  },
  {
    product: 'passengers',
    dataSet: {
      name: 'passengers',
      columns: [column('id', 'int', 1, { required: true, primaryKey: true }), column('name', 'string', 2), column('email', 'string', 3, { classification: 'personal' }), column('born', 'date', 4), column('paid', 'decimal(9, 2)', 5)],
    },
    query: `select i::int as id, 'name ' || i as name, 'p' || i || '@example.com' as email, date '1970-01-01' + i::int as born, (i * 1.25)::decimal(9,2) as paid from range(20) t(i)`,
  },
]

/** What an allowing decision gets on top. */
export type Refinement = (subject: Subject, resource: Resource, purpose: string | undefined) => Partial<Extract<Decision, { effect: 'allow' }>>

export interface RigOptions {
  readonly tables?: readonly TestTable[]
  readonly clock?: Clock
  readonly limits?: Partial<GovernorLimits>
  readonly watch?: ExportWatch
}

export async function gatewayRig({ tables = TABLES, clock = systemClock, limits = {}, watch }: RigOptions = {}): Promise<GatewayRig> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-gateway-'))
  await mkdir(join(folder, 'warehouse'))
  const engine = duckdbEngine({ folder: join(folder, 'engines') })
  const files = new Map<string, Published[]>()
  let publications = 0
  let version = 1
  let grants: Grant[] = []

  const products: ServedProduct[] = [...new Set(tables.map((t) => t.product))].map((name) => ({
    id: `id-${name}`, schema: name, name, domain: 'test', team: tables.find((t) => t.product === name)?.team ?? 'owners', dataSets: tables.filter((t) => t.product === name).map((t) => t.dataSet),
  }))
  const write = async (table: TestTable): Promise<void> => {
    publications += 1
    const id = String(1000 + publications)
    const path = join(folder, 'warehouse', `${table.product}-${table.dataSet.name}-${id}.parquet`)
    const process = valueOf(await engine.start({ readPaths: [], writePaths: [join(folder, 'warehouse')], memoryMegabytes: 512, threads: 2 }))
    const columns = table.dataSet.columns.map((c) => c.name).join(', ')
    const { rows } = valueOf(await process.write(`select ${columns} from (${table.query})`, { path, fieldIds: Object.fromEntries(table.dataSet.columns.map((c) => [c.name, c.fieldId])) }))
    await process.kill()
    const address = `${table.product}.${table.dataSet.name}`
    const then = table.dataSet.columns.map(({ name, type, fieldId }) => ({ name, type, fieldId }))
    files.set(address, [...(files.get(address) ?? []), { id, path, rows, columns: then, at: clock.now() }])
  }
  for (const table of tables) await write(table)

  const people: [string, Role, string[], string[]][] = [
    ['ana', 'consumer', [], ['analysis']], ['bo', 'consumer', [], ['analysis']], ['cy', 'consumer', [], ['analysis', 'support']], ['owner', 'owner', ['owners'], ['operations']], ['admin', 'administrator', [], []],
  ]
  const verifier = await scramVerifier(PASSWORD)
  const byName = new Map(people.map(([name, role, teams, purposes]): [string, Account] => [name, { subject: { id: `id-${name}`, name, kind: 'user', role, teams }, verifier, purposes }]))

  let refinement: Refinement = () => ({})
  const refined = (plain: Policy): Policy => ({
    ...plain,
    decide: (subject, action, resource, purpose, context) => {
      const decision = plain.decide(subject, action, resource, purpose, context)
      return decision.effect === 'allow' && resource.dataSet !== undefined ? { ...decision, ...refinement(subject, resource, purpose) } : decision
    },
  })
  let policy: Policy = refined(compilePolicy({ grants, products }))
  const change = (): void => {
    policy = refined(compilePolicy({ grants, products }))
    version += 1
  }
  const rights: Rights = { version: () => version, policy: () => policy }
  const accounts: Accounts = {
    find: async (name) => {
      const account = byName.get(name)
      return account && { ...account, grantedPurposes: products.flatMap(({ id }) => policy.openPurposes(account.subject, id, { now: clock.now(), environment: 'test' })) }
    },
  }
  const data: DataSource = {
    products: async () => products,
    snapshot: async (productId, dataSet, version) => {
      const published = files.get(`${productId.slice(3)}.${dataSet}`) ?? []
      const found = version === undefined ? published.at(-1) : published.findLast((one) => isAt(one, version))
      return { ok: true, diagnostics: [], value: found && { id: found.id, ...(version !== undefined && { columns: found.columns }), files: async () => ({ ok: true, diagnostics: [], value: [{ path: found.path, rows: found.rows }] }) } }
    },
  }
  const audit = heardAudit()
  const authorizer = createAuthorizer({ rights, data, clock, environment: 'test' })
  const governor = createGovernor({ authorizer, engine, audit, clock, folder: join(folder, 'engines'), limits, ...(watch !== undefined && { watch }) })
  const close = async (): Promise<void> => {
    await governor.close()
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    accounts, rights, data, authorizer, governor, engine, audit, folder,
    who: (name, purpose = 'analysis') => async () => {
      const { subject, purposes } = byName.get(name) as Account
      return { ok: true, diagnostics: [], value: { subject, purpose, purposes } satisfies Asker }
    },
    grant(subject, product, more = {}) {
      grants = [...grants, { id: `grant-${grants.length}`, subjectKind: 'user', subject: `id-${subject}`, productId: `id-${product}`, purposes: ['analysis'], ...more }]
      change()
    },
    revoke(subject, product) {
      grants = grants.filter((g) => g.subject !== `id-${subject}` || g.productId !== `id-${product}`)
      change()
    },
    refine(more) {
      refinement = more
      change()
    },
    async publish(product, dataSet, query, columns) {
      const table = tables.find((t) => t.product === product && t.dataSet.name === dataSet) as TestTable
      await write({ ...table, query, ...(columns !== undefined && { dataSet: { ...table.dataSet, columns } }) })
      change()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Published { readonly id: string; readonly path: string; readonly rows: number; readonly columns: readonly SourceColumn[]; readonly at: number }

/** Publications are called by their number as well: `v1001`. */
function isAt({ id, at }: Published, version: TableVersion): boolean {
  if (version.kind === 'time') return at <= version.at
  return version.kind === 'snapshot' ? version.id === id : version.name === `v${id}` || version.name === id
}

/** The value, or the diagnostics as an error of the test. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(renderDiagnostic).join('\n'))
}

// For campaigns that say what no driver says, and that read what a stranger sends without a port.
export { bind, closeNamed, describe, execute, frame, int16, int32, parse, query, rawClient, rawSocket, startup, sync, text } from './pg-wire/raw-client.ts'
export const PROTOCOL = { frameReader, parseCommand, readOpening, readRequest, readSaslInitial, scramExchange, splitStatements }
