// The only room that knows everybody: opens the rooms from the ground up, hands each what it needs, closes them in reverse.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openAlerts } from '@tulle/alerts'
import { openAudit, postgresAnchors, postgresKeys } from '@tulle/audit'
import { accessControl, countAttempts, openIssuer, openSessions } from '@tulle/access'
import { postgresNamespaces } from '@tulle/catalog'
import { duckdbEngine } from '@tulle/engine'
import { checkSecret, suppressionList } from '@tulle/erasure'
import { createAuthorizer, createGovernor, readOrMakeTls, removeStaleFolders } from '@tulle/gateway'
import type { Authorizer } from '@tulle/gateway'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import { openLake } from '@tulle/lake'
import { openColdStore, openMaintenance } from '@tulle/maintenance'
import { coldStoreAt } from './cold-store-place.ts'
import { fileParseCache } from '@tulle/model'
import { pipeline as openPipeline } from '@tulle/pipeline'
import { openPrograms } from '@tulle/programs'
import { postgresCatalog } from '@tulle/providers'
import { openNetwork } from '@tulle/sources'
import { openExportPlaces } from './export-places.ts'
import { openDoors } from './workflow-settings.ts'
import { isDiskFull, OBJECT_REMOVAL, openStore, outwaitAdvisoryLock, startPostgres } from '@tulle/store'
import type { Store } from '@tulle/store'
import { openRegoDesk } from '@tulle/rego'
import { openRegistry } from '@tulle/schema-registry'
import { countLatency, openServiceLevels } from '@tulle/service-levels'
import { dbosRuntime, storeRecorder } from '@tulle/workflow'
import { announcingCatalog } from './announcing-catalog.ts'
import { auditedSessions, followEvents } from './audit-deeds.ts'
import { auditPlace } from './audit-place.ts'
import { erasureRoom, erasureSecret } from './erasure-room.ts'
import { openForeignLineage } from './foreign-lineage.ts'
import { lineageDesk } from './lineage-desk.ts'
import { checkConditions } from './check-conditions.ts'
import { checkEnvironment } from './check-environment.ts'
import { countingAudit } from './count-statements.ts'
import { probePorts } from './probe-ports.ts'
import { openFiles } from './files-room.ts'
import { settleMesh } from './first-start.ts'
import { openExports } from './export-watch.ts'
import { openHome } from './home.ts'
import type { Home } from './home.ts'
import type { DataDoor, House } from './house.ts'
import { mcpAddress } from './http/mcp.ts'
import { openFlinkRoom } from './flink-room.ts'
import { openKafkaRoom, readMessages } from './kafka-room.ts'
import { openHttpDoor } from './http/open-http-door.ts'
import { fileLog } from './log.ts'
import type { Log } from './log.ts'
import { messages } from './messages.ts'
import { readOrMakeMeshSecret } from './mesh-secret.ts'
import { partialTables } from './partial-tables.ts'
import { openPlanning } from './planning.ts'
import { servedData } from './served-data.ts'
import { openStreamsRoom } from './streams-room.ts'
import { grantedPurposes, inputRights } from './input-rights.ts'
import { DATABASE, WAREHOUSE } from './settings.ts'
import type { Settings } from './settings.ts'
import { shreddingRoom } from './shredding-room.ts'
import { openSqlDoor } from './sql-door.ts'
import { openForeign } from './open-foreign.ts'
import { tellExpiries } from './tell-expiries.ts'
import { topicsAt } from './topics-at.ts'
import { openUsageRoom } from './usage-room.ts'
import { versionedCatalog } from './versioned-catalog.ts'
import { openWarehouse } from './warehouse.ts'
import { openWebhooksRoom } from './webhooks-room.ts'

export interface OpenHouse {
  readonly house: House
  /** How to tell a person where everything is. */
  readonly notes: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  close(): Promise<void>
}

type Closers = (() => Promise<unknown> | void)[]

/** Opens everything, or closes what was opened and says why. `progress` is told what a person is waiting for. */
export async function compose(settings: Settings, progress: (what: string) => void): Promise<Result<OpenHouse>> {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await Promise.resolve().then(closer).catch(() => undefined)
  }
  const opened = await open(settings, progress, closers).catch((error: unknown) => fail(whyNot(error, settings.home)))
  if (!opened.ok) await close()
  return opened.ok ? ok({ ...opened.value, close }) : opened
}

async function open(settings: Settings, progress: (what: string) => void, closers: Closers): Promise<Result<Omit<OpenHouse, 'close'>>> {
  const clock = systemClock
  const home = openHome(settings.home)
  if (!home.ok) return home
  closers.push(() => home.value.leave())
  const { path } = home.value
  const log = fileLog(path('logs/server.log'), clock)

  const tls = await readOrMakeTls({ folder: path('tls'), hosts: [...new Set([settings.host, '127.0.0.1', 'localhost'])], now: clock.now() })
  if (!tls.ok) return tls
  progress(settings.databaseUrl === undefined ? 'Starting PostgreSQL' : 'Opening the database')
  const store = await openState(settings, home.value, log, closers)
  if (!store.ok) return store
  const environment = await checkEnvironment(store.value, settings.environment)
  if (!environment.ok) return environment

  const audit = await openAudit({
    folder: path('audit'), place: auditPlace(path('audit')), clock, anchors: postgresAnchors(store.value), keys: postgresKeys(store.value), warn: (message) => log.error(message),
    ...(settings.auditAnchors !== undefined && { anchorFile: settings.auditAnchors }),
    ...(settings.auditArchive !== undefined && { archive: settings.auditArchive }),
  })
  if (!audit.ok) return audit
  closers.push(() => audit.value.close())

  const warehouse = await openWarehouse({ s3: settings.s3, folder: path('warehouse'), cacheFolder: path('cache/objects'), db: store.value.db })
  if (!warehouse.ok) return warehouse
  const objects = warehouse.value
  const catalog = postgresCatalog(store.value.db)
  const meshSecret = readOrMakeMeshSecret(path('secrets/.mesh'))
  const access = await accessControl(store.value, { secret: meshSecret, environment: settings.environment })
  closers.push(() => access.close())

  await removeStaleFolders(path('engines'))
  const engine = duckdbEngine({ folder: path('engines') })
  closers.push(() => engine.close())
  const shredding = await shreddingRoom({ settings, store: store.value, engine, clock })
  if (!shredding.ok) return shredding
  closers.push(() => shredding.value.close())
  const lake = openLake({ catalog, objects, cipher: shredding.value })
  const conditions = checkConditions(engine, clock)
  closers.push(() => conditions.close())

  const foreign = await openForeign(settings.foreign, settings.secrets, path('cache/foreign'))
  if (!foreign.ok) return foreign
  const rego = openRegoDesk({ hosts: settings.opaServers, secret: settings.secrets })
  closers.push(() => rego.close())
  const schemas = await openRegistry(store.value)
  closers.push(() => schemas.close())
  const recorder = storeRecorder(store.value, clock)
  const exportPlaces = await openExportPlaces({ places: settings.exportPlaces, s3At: settings.s3At, cacheFolder: path('cache/exports') })
  if (!exportPlaces.ok) return exportPlaces
  const foreignLineage = openForeignLineage(store.value, clock)
  const usage = openUsageRoom({ store: store.value, auditFolder: path('audit'), clock })
  const suppressedBy = erasureSecret(settings.home)
  const isKeyOfErased = await checkSecret(store.value.db, suppressedBy)
  if (!isKeyOfErased.ok) return isKeyOfErased
  const pipeline = await openPipeline({
    store: store.value, engine, catalog, objects, clock, cipher: shredding.value,
    meshFolder: settings.meshFolder,
    foreign: foreign.value,
    inputRights: inputRights({ store: store.value, access, rego, clock, environment: settings.environment }),
    sources: { network: openNetwork(settings.sources.hosts), secrets: settings.secrets, limits: settings.sources.limits, messages: readMessages(schemas) },
    doors: openDoors(settings),
    exports: exportPlaces.value,
    programs: await openPrograms({ workFolder: path('programs'), policy: settings.workflows.programs }),
    usage: usage.reports,
    suppression: suppressionList(store.value.db, suppressedBy),
    workFolder: path('runs'),
    openRuntime: (workflows, queueRules) => dbosRuntime({ workflows, queueRules, warn: (message) => log.warn(message), recorder, store: store.value, executorId: 'tulle', clock, newRunId: randomUUID }),
    warn: (message) => log.warn(message),
  })
  closers.push(() => pipeline.close())
  const cold = openColdStore({ db: store.value.db, objects, cipher: shredding.value, clock, open: coldStoreAt(settings, path('cache/cold')) })
  const maintenance = await openMaintenance({ store: store.value, lake, clock, engine, workFolder: path('maintenance'), audit: audit.value, cold, suppression: suppressionList(store.value.db, suppressedBy), warn: (message) => log.warn(message) })
  closers.push(() => maintenance.close())
  const alerts = openAlerts({
    store: store.value, clock, secrets: settings.secrets, hosts: settings.alertHosts, publicUrl: settings.publicUrl, warn: (message) => log.warn(message),
    ...(settings.mail !== undefined && { mail: settings.mail }),
  })
  closers.push(() => alerts.close())
  const cache = await fileParseCache(path('cache/parsed.json'))
  const planning = openPlanning({ store: store.value, objects, schemas, clock, cache, conditions, opaServers: settings.opaServers, allowsProcesses: settings.workflows.allowsProcesses, environment: settings.environment, mayRead: grantedPurposes({ access, clock, environment: settings.environment }), tellDestroyed: (refs) => maintenance.tellDestroyed(refs), parseSql: (sql) => conditions.parse(sql), jobs: { provider: openFlinkRoom({ settings, clock, parse: (sql) => conditions.parse(sql) }), isSet: settings.flink !== undefined }, engineAlone: (work) => conditions.alone(work), use: { engine, home: settings.home, warn: (message) => log.warn(message) } })

  const rights = { version: access.version, policy: access.policy, desk: rego }
  const exports = openExports({ store: store.value, access, clock, log, budget: settings.exportBudget })
  closers.push(() => exports.watch.close())
  const latency = countLatency(store.value, clock, (message) => log.warn(message))
  closers.push(() => latency.close())
  const counted = countingAudit(audit.value, latency)
  const authorizerOf = (port: 'sql' | 'rest' | 'files' | 'stream' | 'kafka'): Authorizer => createAuthorizer({ rights, data: servedData({ store: store.value, lake, port }), clock, environment: settings.environment })
  const openData = (port: 'sql' | 'rest' | 'stream' | 'kafka'): DataDoor => {
    const authorizer = authorizerOf(port)
    const governor = createGovernor({ authorizer, engine, audit: counted, watch: exports.watch, clock, folder: path('engines'), limits: { sliceMegabytes: settings.sliceMegabytes } })
    closers.push(() => governor.close())
    return { authorizer, governor }
  }
  const files = await openFiles({
    authorizer: authorizerOf('files'), catalogue: authorizerOf('sql'), engine, audit: audit.value, exports, clock, enginesFolder: path('engines'), folder: path('files'), keyFile: path('secrets/.file-links'),
    megabytes: settings.filesMegabytes, sliceMegabytes: settings.sliceMegabytes, warn: (message) => log.warn(message),
  })
  closers.push(() => files.close())
  const [stream, kafkaDoor] = [openData('stream'), openData('kafka')]
  const streams = await openStreamsRoom({
    store: store.value, lake, engine, clock, doors: { stream, webhook: stream, kafka: kafkaDoor }, secret: readOrMakeMeshSecret(path('secrets/.mesh')), workFolder: path('streams'), warn: (message, facts) => log.warn(message, facts),
  })
  closers.push(() => streams.close())
  const webhooks = openWebhooksRoom({ store: store.value, clock, access, rego, log, settings, streams: streams.streams }, meshSecret)
  closers.push(() => webhooks.webhooks.close())
  const kafka = openKafkaRoom({ store: store.value, clock, access, schemas, streams: streams.streams, settings, log })
  closers.push(() => kafka.close())
  const attempts = countAttempts(clock)
  const issuer = settings.oidc === undefined ? undefined : openIssuer({ ...settings.oidc, resources: [mcpAddress(settings)] }, clock)
  let ready = false
  let demoUsers: House['demoUsers'] = () => []
  const lineage = lineageDesk({ db: store.value.db, foreign: foreignLineage, settings, lake, pipeline, parse: (sql) => conditions.parse(sql), print: (statement) => conditions.print(statement) })
  const [rest, sqlDoor] = [openData('rest'), openData('sql')]
  const erasures = await erasureRoom({ settings, store: store.value, lake, cold, engine, clock, pipeline, lineage, log, access, ports: [rest.governor, sqlDoor.governor, stream.governor, kafkaDoor.governor, files, shredding.value], shredding: shredding.value, audit: audit.value })
  closers.push(() => erasures.close())
  const catalogue = { ...lake, catalog: versionedCatalog(store.value.db, announcingCatalog(store.value.db, lake)) }
  const house: House = {
    settings, clock, log, lake, access, rego, schemas, planning, pipeline, maintenance, alerts, webhooks, kafka, engine,
    usage, foreignLineage,
    lineage, erasures,
    desk: { access, conditions, clock },
    enginesFolder: path('engines'),
    store: store.value,
    db: store.value.db,
    sessions: auditedSessions(
      openSessions(store.value, { clock, attempts, issuer: issuer && settings.oidc && { at: issuer, groups: settings.oidc.groups } }),
      { audit: audit.value, store: store.value, clock },
    ),
    ...(issuer !== undefined && { issuer }),
    attempts,
    rest,
    sql: sqlDoor,
    files,
    stream,
    streams: streams.streams,
    parts: partialTables({ files: files.tables, lake: catalogue, key: readOrMakeMeshSecret(path('secrets/.file-links')), endpoint: settings.publicUrl }),
    iceberg: {
      lake: catalogue,
      views: postgresCatalog(store.value.db, 'view'),
      namespaces: postgresNamespaces(store.value.db),
      mayRemove: () => outwaitAdvisoryLock(store.value.db, OBJECT_REMOVAL, { clock, milliseconds: 30_000 }),
      warehouse: WAREHOUSE,
    },
    audit: audit.value,
    exports,
    isolation: engine.isolation,
    tls: tls.value,
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${settings.httpPort}`,
    isReady: () => ready,
    demoUsers: () => demoUsers(),
  }

  const events = followEvents({ audit: audit.value, store: store.value, clock }, (error) => log.warn('an event could not be written into the audit', { error: String(error) }))
  closers.push(() => events.stop())
  const http = await openHttpDoor(house)
  if (!http.ok) return http
  closers.push(http.value)
  const sql = await openSqlDoor(house, { audit: audit.value, catalogFolder: path('catalog-pg') })
  if (!sql.ok) return sql
  closers.push(sql.value)

  const settled = await settleMesh({ ...house, meshFolder: settings.meshFolder, secretsFolder: path('secrets'), progress })
  if (!settled.ok) return settled
  demoUsers = () => settled.value.people
  await pipeline.registerTriggers()
  maintenance.start()
  streams.start()
  erasures.start()
  alerts.start()
  webhooks.webhooks.start()
  kafka.start()
  const serviceLevels = openServiceLevels({
    store: store.value, lake, clock, warn: (message) => log.warn(message),
    followers: async (productId) => (await topicsAt(house, productId)).flatMap(({ dataSet, lag }) => (lag === undefined ? [] : [{ dataSet, milliseconds: lag.milliseconds }])),
    probe: probePorts({ clock, sql: house.sql, rest: house.rest, files: house.files, stream, kafka: { ...kafkaDoor, topics: kafka.topics }, sqlPort: settings.sqlPort, url: house.url, host: settings.host }),
  })
  closers.push(() => serviceLevels.close())
  serviceLevels.start()
  closers.push(tellExpiries(house))
  if (settled.value.isFirst) await firstBuild(house, progress)
  await cache.save()
  home.value.announce({
    pid: process.pid, url: house.url, sql: { host: settings.host, port: settings.sqlPort, database: DATABASE },
    caFile: house.tls.caPath, mesh: settings.meshFolder, home: settings.home,
  })
  ready = true
  return ok({ house, notes: settled.value.notes, diagnostics: settled.value.diagnostics })
}

const LONGEST_FIRST_BUILD_MILLISECONDS = 60_000
const PROGRESS_MILLISECONDS = 1_000

/** Waits until the products are published, or for as long as a person should have to: whatever is left goes on by itself. */
async function firstBuild({ pipeline, clock, db }: House, progress: (what: string) => void): Promise<void> {
  const enough = new AbortController()
  const limit = clock.sleep(LONGEST_FIRST_BUILD_MILLISECONDS, enough.signal).then(() => enough.abort(new Error('long enough'))).catch(() => undefined)
  const built = pipeline.settled(enough.signal).catch(() => undefined).finally(() => enough.abort(new Error('built')))
  let told = ''
  while (!enough.signal.aborted) {
    const { published } = await db.selectFrom('outbox').select((e) => e.fn.count<string>('subject').distinct().as('published')).where('type', '=', 'tulle.product.published').executeTakeFirstOrThrow()
    const { products } = await db.selectFrom('resource').select((e) => e.fn.countAll<string>().as('products')).where('kind', '=', 'data-product').where('archived_at', 'is', null).executeTakeFirstOrThrow()
    const now = `Building data products: ${published} of ${products} published`
    if (now !== told) progress(now)
    told = now
    await clock.sleep(PROGRESS_MILLISECONDS, enough.signal).catch(() => undefined)
  }
  await Promise.all([limit, built])
}

/** A room that throws while it opens is a bug, or a machine in trouble that the room did not foresee; either way a person reads a sentence. */
function whyNot(error: unknown, home: string): Diagnostic {
  const logFile = join(home, 'logs/server.log')
  fileLog(logFile, systemClock).error('the start broke', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  const words = [...causesOf(error)].map((cause) => `${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.message}`).join('\n')
  if (/ENOSPC|EDQUOT|53100|No space left on device/u.test(words) || isDiskFull(home)) return messages['disk-full']({ home })
  const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
  return messages['start-broke']({ reason: reason.replace(/\.$/u, ''), log: logFile })
}

function* causesOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause ?? (at as { error?: unknown }).error) yield at
}

async function openState(settings: Settings, home: Home, log: Log, closers: Closers): Promise<Result<Store>> {
  if (settings.databaseUrl !== undefined) return keep(await openStore({ connection: settings.databaseUrl }))
  const postgres = await startPostgres({ folder: home.path('pg'), onChange: (state, detail) => log.warn(`PostgreSQL ${state}`, { detail }) })
  if (!postgres.ok) return postgres
  closers.push(() => postgres.value.stop())
  const store = await openStore({ connection: postgres.value.connection })
  return keep(!store.ok && isDiskFull(settings.home) ? fail(messages['disk-full']({ home: settings.home })) : store)

  function keep(store: Result<Store>): Result<Store> {
    if (store.ok) closers.push(() => store.value.close())
    return store
  }
}
