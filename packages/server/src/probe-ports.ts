// Asks an output port as the product's own service identity: whether its door answers, whether the decision lets the product read
// what it offers itself, and whether the version that is served can be opened. No engine is started for it.

import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import type { KafkaPorts } from '@tulle/kafka'
import type { Clock } from '@tulle/kernel'
import type { ProductDefinition } from '@tulle/providers'
import type { Probe, ProbePort } from '@tulle/service-levels'
import { asProduct } from './input-rights.ts'
import type { DataDoor } from './house.ts'

export interface ProbeRoom {
  readonly clock: Clock
  readonly sql: Pick<DataDoor, 'authorizer'>
  readonly rest: Pick<DataDoor, 'authorizer'>
  readonly files: Pick<DataDoor, 'authorizer'>
  readonly stream: Pick<DataDoor, 'authorizer'>
  readonly kafka: Pick<DataDoor, 'authorizer'> & Pick<KafkaPorts, 'topics'>
  readonly sqlPort: number
  /** Of the HTTP door, without a slash at the end. */
  readonly url: string
  readonly host: string
}

const PATIENCE_MILLISECONDS = 3_000
/** Many products stand behind one door. */
const DOOR_MILLISECONDS = 2_000

export function probePorts(room: ProbeRoom): ProbePort {
  const asked = new Map<'sql' | 'http', { readonly at: number; readonly trouble: Promise<string | undefined> }>()
  const door = (kind: 'sql' | 'http'): Promise<string | undefined> => {
    const known = asked.get(kind)
    if (known !== undefined && room.clock.now() - known.at < DOOR_MILLISECONDS) return known.trouble
    const trouble = kind === 'sql' ? sqlDoor(room) : httpDoor(room)
    asked.set(kind, { at: room.clock.now(), trouble })
    return trouble
  }
  return async (definition, name) => {
    const since = room.clock.now()
    const port = definition.product.outputPorts.find((one) => one.name === name)
    if (port === undefined || port.kind === 'external') return { answers: undefined, why: 'there is no such port' }
    // Brokers of others answer for topics; whatever else is not SQL is served by the HTTP door.
    const trouble = port.kind === 'kafka' ? await topicTrouble(room, definition, port.dataSets) : await door(port.kind === 'sql' ? 'sql' : 'http')
    if (trouble !== undefined) return { answers: false, why: trouble }
    const served = await askServed(room[port.kind], definition, port.dataSets)
    return served ?? { answers: true, milliseconds: room.clock.now() - since }
  }
}

const topicTrouble = async ({ kafka }: ProbeRoom, { id }: ProductDefinition, dataSets: readonly string[]): Promise<string | undefined> =>
  (await kafka.topics(id)).find(({ dataSet, trouble }) => dataSets.includes(dataSet) && trouble !== undefined)?.trouble?.message

/** What stands in the way; undefined where nothing does. */
async function askServed({ authorizer }: Pick<DataDoor, 'authorizer'>, { id, product }: ProductDefinition, dataSets: readonly string[]): Promise<Probe | undefined> {
  const asker = { subject: asProduct(id, product.name, [product.team]), purpose: undefined, purposes: [] }
  const tables = dataSets.map((name) => ({ schema: product.name, name }))
  const allowed = await authorizer.authorize(asker, tables)
  // Its own rules may close it for everybody: then nobody can tell from here.
  if (!allowed.ok) return { answers: undefined, why: `its own service identity may not read it (${allowed.diagnostics[0]?.code ?? 'denied'})` }
  for (const table of allowed.value) {
    const snapshot = await authorizer.snapshot(table)
    if (!snapshot.ok) return { answers: false, why: `${table.dataSet.name} cannot be opened (${snapshot.diagnostics[0]?.code ?? 'unknown'})` }
    const files = await snapshot.value.files()
    if (!files.ok) return { answers: false, why: `the files of ${table.dataSet.name} cannot be listed (${files.diagnostics[0]?.code ?? 'unknown'})` }
    const [first] = files.value
    if (first !== undefined && !(await canBeOpened(first.path))) return { answers: false, why: `a file of ${table.dataSet.name} cannot be opened` }
  }
  return undefined
}

const canBeOpened = (path: string): Promise<boolean> => open(path, 'r').then(async (file) => (await file.close(), true), () => false)

const here = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

/** PostgreSQL's question for TLS, which it answers before anybody signs in. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

const sqlDoor = ({ host, sqlPort }: ProbeRoom): Promise<string | undefined> => new Promise((resolve) => {
  const socket = connect({ host: here(host), port: sqlPort, timeout: PATIENCE_MILLISECONDS })
  const end = (trouble?: string): void => {
    socket.destroy()
    resolve(trouble)
  }
  socket.once('connect', () => socket.write(SSL_REQUEST))
  socket.once('data', (answer) => end(answer[0] === 0x53 || answer[0] === 0x4e ? undefined : 'its door answers with something else'))
  socket.once('timeout', () => end('its door does not answer'))
  socket.once('error', (error) => end(`its door cannot be reached (${(error as NodeJS.ErrnoException).code ?? 'no connection'})`))
  socket.once('close', () => end('its door hung up'))
})

async function httpDoor({ url, host }: ProbeRoom): Promise<string | undefined> {
  const address = new URL('/api/v1/status', url)
  address.hostname = here(host).includes(':') ? `[${here(host)}]` : here(host)
  try {
    const reply = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS), redirect: 'error' })
    await reply.body?.cancel()
    return reply.status < 500 ? undefined : `its door answers ${reply.status}`
  } catch (error) {
    return `its door cannot be reached (${((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).name})`
  }
}
