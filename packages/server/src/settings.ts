// Reads every setting once, at the start, from the environment and the command line.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { USUAL_BUDGET } from '@tulle/gateway'
import type { ExportBudget } from '@tulle/gateway'
import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { IssuerSettings } from '@tulle/access'
import type { Secrets } from '@tulle/sources'
import { messages } from './messages.ts'
import type { MailServer } from '@tulle/alerts'
import { readAlertSettings } from './alert-settings.ts'
import { readForeignSettings } from './foreign-settings.ts'
import type { ForeignSettings } from './foreign-settings.ts'
import { readOidcSettings } from './oidc-settings.ts'
import { readSecrets, readSourceSettings } from './source-settings.ts'
import { readColdStore } from './cold-store-place.ts'
import { readExportPlaces } from './export-places.ts'
import { readWorkflowSettings } from './workflow-settings.ts'
import type { WorkflowSettings } from './workflow-settings.ts'
import type { SourceSettings } from './source-settings.ts'
import { readFlinkSettings } from './flink-settings.ts'
import type { FlinkSettings } from './flink-settings.ts'
import { readS3Place, readS3Settings } from './s3-settings.ts'
import type { S3Warehouse } from './s3-settings.ts'

/** The checkout that this code runs from. */
export const CHECKOUT: string = resolve(import.meta.dirname, '../../..')

/** The one database that SQL clients name. */
export const DATABASE = 'tulle'

/** The one warehouse that clients of the Iceberg catalogue may name. */
export const WAREHOUSE = 'tulle'

export interface Settings {
  /** Holds all state. */
  readonly home: string
  readonly host: string
  readonly httpPort: number
  readonly sqlPort: number
  /** Undefined: PostgreSQL is started and kept by Tulle itself. */
  readonly databaseUrl?: string
  readonly catalogDatabaseUrl?: string
  /** Undefined: tables are kept below the home. */
  readonly s3?: S3Warehouse
  /** How another address in the same S3 is reached. */
  readonly s3At: (address: string) => Result<S3Warehouse>
  readonly foreign: ForeignSettings
  readonly sources: SourceSettings
  /** Undefined: no job of Flink is started. */
  readonly flink?: FlinkSettings
  readonly workflows: WorkflowSettings
  /** Where workflows may export to, by name. */
  readonly exportPlaces: ReadonlyMap<string, string>
  /** A function, so that whoever prints the settings prints no secret. */
  readonly secrets: Secrets
  /** Where alerts' webhooks may go besides public hosts. */
  readonly alertHosts: readonly string[]
  /** Where webhooks of consumers may go besides public hosts. */
  readonly webhookHosts: readonly string[]
  /** Undefined: no mail leaves. */
  readonly mail?: MailServer
  /** Undefined: nobody but local accounts. */
  readonly oidc?: IssuerSettings
  /** Where browsers reach this Tulle, without a slash at the end. */
  readonly publicUrl: string
  /** The heads of the audit are appended to this file as well, which had better be elsewhere. */
  readonly auditAnchors?: string
  /** A folder that old entries of the audit are copied into before they are removed. */
  readonly auditArchive?: string
  /** Where rows go that contracts have archived: a folder, or s3://bucket/prefix. Undefined: none may go. */
  readonly coldStore?: string
  /** What one subject may take of one product within an hour before it is suspicious. */
  readonly exportBudget: Partial<ExportBudget>
  /** Which of the mesh's environments this Tulle is: what policies mean by it. */
  readonly environment: string
  /** Room for the rows that those who see a part of a table may see; 0: rows are hidden by a mask alone. */
  readonly sliceMegabytes: number
  /** Room for files that links lead to. */
  readonly filesMegabytes: number
  /** OPA servers that rules may ask: `host` or `host:port`. */
  readonly opaServers: ReadonlySet<string>
  /** What Trino calls the catalogue with this mesh's tables. */
  readonly trinoCatalog: string
  readonly meshFolder: string
  readonly version: string
}

/** The settings, or every one that is wrong at once. */
export function readSettings(environment: NodeJS.ProcessEnv, argv: readonly string[]): Result<Settings> {
  const diagnostics: Diagnostic[] = []
  const port = (name: string, usual: number): number => {
    const value = environment[name]
    if (value === undefined || value === '') return usual
    const number = Number(value)
    if (!Number.isInteger(number) || number < 1 || number > 65_535) diagnostics.push(messages['bad-setting']({ name, value, want: 'a port number from 1 to 65535' }))
    return number
  }
  const [httpPort, sqlPort] = [port('TULLE_HTTP_PORT', 8740), port('TULLE_SQL_PORT', 5740)]
  if (httpPort === sqlPort) diagnostics.push(messages['same-port-twice']({ port: httpPort }))
  const s3 = readS3Settings(environment, diagnostics)
  const oidc = readOidcSettings(environment, diagnostics)
  const host = environment['TULLE_HOST'] || '127.0.0.1'
  const { TULLE_PUBLIC_URL: saidUrl } = environment
  const publicUrl = (saidUrl || `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`).replace(/\/+$/u, '')
  if (saidUrl && (!URL.canParse(publicUrl) || !/^https?:/u.test(publicUrl))) diagnostics.push(messages['bad-setting']({ name: 'TULLE_PUBLIC_URL', value: publicUrl, want: 'the address at which browsers reach this Tulle, such as https://data.example.com' }))
  const trinoCatalog = environment['TULLE_TRINO_CATALOG'] || 'tulle'
  if (!/^[a-z][a-z0-9_]{0,62}$/u.test(trinoCatalog)) diagnostics.push(messages['bad-setting']({ name: 'TULLE_TRINO_CATALOG', value: trinoCatalog, want: 'the name of a catalogue of Trino, in lower case' }))
  const folder = argv.find((argument) => !argument.startsWith('-'))
  const { DATABASE_URL: databaseUrl, CATALOG_DATABASE_URL: catalogDatabaseUrl } = environment
  const home = resolve(expandHome(environment['TULLE_HOME'] || join(CHECKOUT, '.tulle')))
  const coldStore = readColdStore(environment, { home, s3 }, diagnostics)
  const settings: Settings = {
    home,
    host,
    publicUrl,
    ...(oidc !== undefined && { oidc }),
    httpPort,
    sqlPort,
    ...(databaseUrl !== undefined && databaseUrl !== '' && { databaseUrl }),
    ...(catalogDatabaseUrl !== undefined && catalogDatabaseUrl !== '' && { catalogDatabaseUrl }),
    ...(s3 !== undefined && { s3 }),
    s3At: (address) => {
      const wrong: Diagnostic[] = []
      return resultOf(readS3Place(environment, { name: 'TULLE_WAREHOUSE', address }, wrong), wrong)
    },
    environment: environment['TULLE_ENVIRONMENT'] || 'prod',
    exportBudget: readExportBudget(environment, diagnostics),
    sliceMegabytes: readCount(environment, diagnostics, { name: 'TULLE_SLICE_MEGABYTES', usual: 2048, least: 0 }),
    filesMegabytes: readCount(environment, diagnostics, { name: 'TULLE_FILES_MEGABYTES', usual: 2048, least: 1 }),
    ...(environment['TULLE_AUDIT_ARCHIVE'] && { auditArchive: resolve(expandHome(environment['TULLE_AUDIT_ARCHIVE'])) }),
    ...(environment['TULLE_AUDIT_ANCHORS'] && { auditAnchors: resolve(expandHome(environment['TULLE_AUDIT_ANCHORS'])) }),
    ...coldStore,
    foreign: readForeignSettings(environment, { home, s3 }, diagnostics),
    sources: readSourceSettings(environment, diagnostics),
    ...readFlinkSettings(environment, publicUrl, diagnostics),
    workflows: readWorkflowSettings(environment, diagnostics),
    exportPlaces: readExportPlaces(environment, diagnostics),
    secrets: readSecrets(environment, diagnostics),
    ...readAlertSettings(environment, diagnostics),
    trinoCatalog,
    opaServers: readOpaServers(environment, diagnostics),
    meshFolder: folder === undefined ? join(CHECKOUT, 'examples/skyline') : resolve(environment['INIT_CWD'] ?? process.cwd(), folder),
    version: (JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version,
  }
  return resultOf(settings, diagnostics)
}

function readOpaServers(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): ReadonlySet<string> {
  const hosts = (environment['TULLE_OPA_SERVERS'] ?? '').split(',').map((one) => one.trim().toLowerCase()).filter((one) => one !== '')
  for (const host of hosts) if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/u.test(host)) diagnostics.push(messages['bad-setting']({ name: 'TULLE_OPA_SERVERS', value: host, want: 'hosts such as opa.example.com or 127.0.0.1:8181, with commas between' }))
  return new Set(hosts)
}

function readExportBudget(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): Partial<ExportBudget> {
  const { most } = USUAL_BUDGET
  const count = (name: string, usual: number): number => readCount(environment, diagnostics, { name, usual, least: 1 })
  return { most: { rows: count('TULLE_EXPORT_ROWS', most.rows), bytes: count('TULLE_EXPORT_BYTES', most.bytes), statements: count('TULLE_EXPORT_STATEMENTS', most.statements) } }
}

function readCount(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[], { name, usual, least }: { readonly name: string; readonly usual: number; readonly least: number }): number {
  const value = environment[name]
  if (value === undefined || value === '') return usual
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < least) diagnostics.push(messages['bad-setting']({ name, value, want: `a whole number from ${least}` }))
  return number
}

const expandHome = (path: string): string => (path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path)
