// What a probe says of a port: by real doors that answer, hang up, say nonsense or are not there, and by files that are there or not.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fail, ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { TopicState } from '@tulle/kafka'
import type { ProductDefinition } from '@tulle/providers'
import { probePorts } from './probe-ports.ts'
import type { ProbeRoom } from './probe-ports.ts'

const folder = mkdtempSync(join(tmpdir(), 'tulle-probe-'))
const FILE = join(folder, 'a.parquet')
beforeAll(() => writeFileSync(FILE, 'rows'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed)))))
async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  return (server.address() as AddressInfo).port
}
const sqlDoor = (answer: (socket: Socket) => void): Promise<number> => listen(createServer((socket) => void socket.on('error', () => undefined).once('data', () => answer(socket))))
/** A port at which nobody listens. */
async function shutDoor(): Promise<number> {
  const port = await listen(createServer())
  await new Promise((closed) => servers.pop()?.close(closed))
  return port
}

const product = { id: 'p1', product: { name: 'flights', team: 'ops', outputPorts: [
  { name: 'sql', kind: 'sql', dataSets: ['flights'] }, { name: 'rest', kind: 'rest', dataSets: ['flights'] }, { name: 'theirs', kind: 'external', dataSets: ['flights'] },
  { name: 'topics', kind: 'kafka', dataSets: ['flights'] },
] } } as unknown as ProductDefinition

interface Served { readonly denied?: string; readonly lost?: string; readonly unlisted?: string; readonly files?: readonly string[] }
/** What stands behind a door, as the gateway would say it. */
const behind = ({ denied, lost, unlisted, files = [FILE] }: Served): ProbeRoom['sql'] => {
  const refusal = (code: string) => fail({ code, severity: 'error', message: code })
  return { authorizer: {
    authorize: async () => (denied === undefined ? ok([{ dataSet: { name: 'flights' } }]) : refusal(denied)),
    snapshot: async () => (lost === undefined ? ok({ files: async () => (unlisted === undefined ? ok(files.map((path) => ({ path }))) : refusal(unlisted)) }) : refusal(lost)),
  } } as unknown as ProbeRoom['sql']
}
const probing = (served: Served, doors: { readonly sql?: number; readonly http?: number }, clock: FakeClock = fakeClock(), topics: readonly TopicState[] = []) =>
  probePorts({ clock, sql: behind(served), rest: behind(served), files: behind(served), stream: behind(served), kafka: { ...behind(served), topics: async () => topics }, sqlPort: doors.sql ?? 1, url: `http://127.0.0.1:${doors.http ?? 1}`, host: '0.0.0.0' })

describe('a probe of a SQL port', () => {
  it.each<readonly [string, (socket: Socket) => void, string | undefined]>([
    ['offers TLS', (socket) => socket.write('S'), undefined],
    ['has no TLS', (socket) => socket.write('N'), undefined],
    ['says something else', (socket) => socket.write('HTTP/1.1 400'), 'its door answers with something else'],
    ['hangs up', (socket) => socket.end(), 'its door hung up'],
  ])('says of a door that %s', async (_case, answer, trouble) => {
    const probe = probing({}, { sql: await sqlDoor(answer) })
    expect(await probe(product, 'sql')).toEqual(trouble === undefined ? { answers: true, milliseconds: 0 } : { answers: false, why: trouble })
  })

  it('says where nobody is', async () => {
    expect(await probing({}, { sql: await shutDoor() })(product, 'sql')).toEqual({ answers: false, why: 'its door cannot be reached (ECONNREFUSED)' })
  })

  it.each<readonly [string, Served, unknown]>([
    ['its own policy closes it to itself, which is no broken port', { denied: 'read-denied' }, { answers: undefined, why: 'its own service identity may not read it (read-denied)' }],
    ['nothing can be opened', { lost: 'no-such-table' }, { answers: false, why: 'flights cannot be opened (no-such-table)' }],
    ['its files cannot be listed', { unlisted: 'manifest-broken' }, { answers: false, why: 'the files of flights cannot be listed (manifest-broken)' }],
    ['its file is gone', { files: [join(folder, 'gone.parquet')] }, { answers: false, why: 'a file of flights cannot be opened' }],
    ['it has no rows', { files: [] }, { answers: true, milliseconds: 0 }],
  ])('says that %s', async (_case, served, said) => {
    expect(await probing(served, { sql: await sqlDoor((socket) => socket.write('S')) })(product, 'sql')).toEqual(said)
  })

  it('knocks once for many products, and again a little later', async () => {
    let knocks = 0
    const clock = fakeClock()
    const probe = probing({}, { sql: await sqlDoor((socket) => (knocks += 1, socket.write('S'))) }, clock)
    await Promise.all([probe(product, 'sql'), probe(product, 'sql'), probe(product, 'sql')])
    expect(knocks).toBe(1)
    await clock.advance(2_000)
    await probe(product, 'sql')
    expect(knocks).toBe(2)
  })
})

describe('a probe of another port', () => {
  it.each([[200, undefined], [404, undefined], [503, 'its door answers 503']] as const)('says of a REST door that answers %d', async (status, trouble) => {
    const probe = probing({}, { http: await listen(createHttpServer((_, response) => void response.writeHead(status).end())) })
    expect(await probe(product, 'rest')).toEqual(trouble === undefined ? { answers: true, milliseconds: 0 } : { answers: false, why: trouble })
  })

  it('says where no REST door is', async () => {
    expect(await probing({}, { http: await shutDoor() })(product, 'rest')).toEqual({ answers: false, why: 'its door cannot be reached (ECONNREFUSED)' })
  })

  it('says of topics what their brokers say', async () => {
    const topic: TopicState = { port: 'topics', dataSet: 'flights', topic: 'flights.flights', status: 'following', written: 3, changedAt: new Date(0) }
    expect(await probing({}, {}, fakeClock(), [topic])(product, 'topics')).toEqual({ answers: true, milliseconds: 0 })
    expect(await probing({}, {}, fakeClock(), [{ ...topic, status: 'waiting', trouble: { code: 'kafka-unreachable', message: 'nobody is there' } }])(product, 'topics')).toEqual({ answers: false, why: 'nobody is there' })
  })

  it.each(['theirs', 'nowhere'])('knows nothing of %s', async (name) => {
    expect(await probing({}, {})(product, name)).toEqual({ answers: undefined, why: 'there is no such port' })
  })
})
