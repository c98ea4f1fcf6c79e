// What the composed house offers to its doors: every room, opened once, handed in.

import type { Kysely } from 'kysely'
import type { Alerts } from '@tulle/alerts'
import type { AccessControl, Attempts, Issuer, RequestDesk, Sessions } from '@tulle/access'
import type { CatalogRoom } from '@tulle/catalog'
import type { Engine } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import type { Clock } from '@tulle/kernel'
import type { Erasures } from '@tulle/erasure'
import type { KafkaPorts } from '@tulle/kafka'
import type { Maintenance } from '@tulle/maintenance'
import { decideAsking } from '@tulle/policy'
import type { Action, Decision, GovernedProduct, RegoDesk, Resource, Role, Subject } from '@tulle/policy'
import type { Pipeline } from '@tulle/pipeline'
import type { SchemaRegistry } from '@tulle/schema-registry'
import type { Database, Store } from '@tulle/store'
import type { OpenStreams } from '@tulle/streams'
import type { OpenAudit } from '@tulle/audit'
import type { Authorizer, Governor, TlsFiles } from '@tulle/gateway'
import type { ForeignLineage } from './foreign-lineage.ts'
import type { LineageDesk } from './lineage-desk.ts'
import type { HouseExports } from './export-watch.ts'
import type { FilesRoom } from './files-room.ts'
import type { Log } from './log.ts'
import type { PartialTables } from './partial-tables.ts'
import type { Planning } from './planning.ts'
import type { Settings } from './settings.ts'
import type { WebhooksRoom } from './webhooks-room.ts'
import type { UsageRoom } from './usage-room.ts'

export interface House {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly db: Kysely<Database>
  readonly lake: Lake
  readonly access: AccessControl
  /** Asks policies in Rego. */
  readonly rego: RegoDesk
  /** Where access is asked for and decided. */
  readonly desk: RequestDesk
  /** For looks that no port takes: what a right that is not there yet would show. */
  readonly engine: Engine
  readonly enginesFolder: string
  readonly planning: Planning
  readonly pipeline: Pipeline
  readonly maintenance: Maintenance
  /** Takes persons out of everything. */
  readonly erasures: Erasures
  readonly lineage: LineageDesk
  readonly alerts: Alerts
  readonly webhooks: WebhooksRoom
  /** Writes topics of Kafka. */
  readonly kafka: KafkaPorts
  readonly usage: UsageRoom
  /** What tools of others tell of their jobs. */
  readonly foreignLineage: ForeignLineage
  readonly sessions: Sessions
  /** Who vouches for people besides local accounts. */
  readonly issuer?: Issuer
  /** Failed sign-ins by name, counted for all doors together. */
  readonly attempts: Attempts
  /** Run statements for the SQL port and for REST ports. */
  readonly sql: DataDoor
  readonly rest: DataDoor
  /** Signed links to files, and the files. */
  readonly files: FilesRoom
  /** Tables of the Iceberg catalogue for whoever may read a part. */
  readonly parts: PartialTables
  readonly stream: DataDoor
  /** What changes, as it is published. */
  readonly streams: OpenStreams
  /** What the Iceberg REST catalogue is served from. */
  readonly iceberg: CatalogRoom
  readonly audit: OpenAudit
  readonly exports: HouseExports
  /** Schemas of messages. */
  readonly schemas: SchemaRegistry
  readonly isolation: 'user' | 'process'
  readonly tls: TlsFiles
  /** Where the HTTP door is, without a slash at the end. */
  readonly url: string
  /** False until the doors are open. */
  isReady(): boolean
  /** Demo accounts of the mesh: the only ones that strangers are told of. */
  demoUsers(): readonly { readonly name: string; readonly role: Role; readonly title: string }[]
}

/** What a data port runs statements by, and what it may show to whom. */
export interface DataDoor {
  readonly authorizer: Authorizer
  readonly governor: Governor
}

/** Decides a read by the policy in force, Rego policies included, as every port does. */
export const decideRead = (house: House, subject: Subject, resource: Resource, purpose: string | undefined): Promise<Decision> =>
  decideAsking(house.access.policy(), house.rego, { subject, resource, purpose, context: { now: house.clock.now(), environment: house.access.environment } })

/** Asks the policy in force; the context is this moment in this environment. */
export function decide(house: Pick<House, 'access' | 'clock'>, subject: Subject, action: Action, product?: GovernedProduct): Decision {
  return house.access.policy().decide(subject, action, product === undefined ? {} : { product }, undefined, { now: house.clock.now(), environment: house.access.environment })
}
