// Every example of the specification, run: with its public hosts on this machine, and with the events that it waits for.
// The page docs/reference/workflow-examples.md lists them; it says the same as this file, or this file fails.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeftRun } from './interpret/left-run.ts'
import type { Running, WorkflowWorld } from '../testing/workflow-world.ts'
import { publicServices, workflowWorld } from '../testing/workflow-world.ts'

const CORPUS = resolve(import.meta.dirname, '../../../../../shared/corpora/serverless-workflow/examples')
const PAGE = resolve(import.meta.dirname, '../../../../docs/reference/workflow-examples.md')
const isThere = existsSync(CORPUS)

const REX = { id: 1, name: 'Rex', status: 'available' }
const asked = { asked: expect.any(String) as string }
const cloud = (type: string, data: object, more: object = {}) => ({ specversion: '1.0', id: `${type}-${JSON.stringify(data).length}`, source: 'https://my.home.com/sensor', type, data, ...more }) as never
const FEVER = cloud('com.fake-hospital.vitals.measurements.temperature', { temperature: 39 })
const COOL = cloud('com.fake-hospital.vitals.measurements.temperature', { temperature: 36 })
const SLOW = cloud('com.fake-hospital.vitals.measurements.bpm', { bpm: 50 })
const done = (output: unknown) => ({ ok: true, output })
const unavailable = (status: number) => ({ ok: false, error: { status, type: expect.stringContaining('communication') as string } })

type Case = Running & { readonly ends: object; readonly retries?: number }
const TOKEN = { token: 'secret', petId: 1 }
const CASES: Readonly<Record<string, Case>> = {
  'accumulate-room-readings': { events: [cloud('my.home.sensors.temperature', { reading: 20 }, { roomid: 'a' }), cloud('my.home.sensors.humidity', { reading: 50 }, { roomid: 'b' }), cloud('my.home.sensors.humidity', { reading: 60 }, { roomid: 'a' })], ends: { ok: false, error: { type: expect.stringContaining('expression') as string, instance: '/do/0/consumeReading' } } },
  'authentication-bearer-uri-format': { input: TOKEN, ends: done({ ...REX, ...asked }) },
  'authentication-bearer': { input: TOKEN, ends: done({ ...REX, ...asked }) },
  'authentication-oauth2-secret': { input: { petId: 1 }, ends: done({ ...REX, ...asked }) },
  'authentication-oauth2': { input: { petId: 1 }, ends: done({ ...REX, ...asked }) },
  'authentication-oidc-secret': { input: { petId: 1 }, ends: done({ ...REX, ...asked }) },
  'authentication-oidc': { input: { petId: 1 }, ends: done({ ...REX, ...asked }) },
  'authentication-reusable': { input: TOKEN, ends: done({ ...REX, ...asked }) },
  'call-asyncapi-publish': { input: { token: 't', pet: { id: 7 } }, ends: done({ published: { petId: 7 }, by: 'Bearer t' }) },
  'call-custom-function-cataloged': { ends: done({ logged: 'Hello, world!' }) },
  'call-custom-function-inline': { ends: done({ id: 69, name: 'Idefix', status: 'sold' }) },
  'call-http-endpoint-interpolation-shorthand': { input: { petId: 1 }, ends: done(REX) },
  'call-http-endpoint-interpolation': { input: { petId: 1 }, ends: done(REX) },
  'call-http-query-headers-expressions': { input: { searchQuery: 'Luke' }, ends: done({ count: 1, results: [{ name: 'Luke' }] }) },
  'call-http-query-parameters': { input: { searchQuery: 'Luke' }, ends: done({ count: 1, results: [{ name: 'Luke' }] }) },
  'call-http-redirect': { input: { searchQuery: 'Luke' }, ends: done({ count: 1, results: [{ name: 'Luke' }] }) },
  'call-openapi-redirect': { ends: done([REX, { id: 2, name: 'Milou', status: 'available' }]) },
  'call-openapi': { ends: done([REX, { id: 2, name: 'Milou', status: 'available' }]) },
  'conditional-task': { input: { customer: { age: 12 } }, ends: { ok: false, error: { title: 'Access Forbidden', status: 400, instance: '/do/0/raiseErrorIfUnderage' } } },
  'do-multiple': { input: { petId: 1 }, ends: unavailable(404) },
  'do-single': { input: { petId: 1 }, ends: done(REX) },
  emit: { ends: { ok: true, output: { type: 'com.petstore.order.placed.v1', data: { client: { firstName: 'Cruella', lastName: 'de Vil' }, items: [{ breed: 'dalmatian', quantity: 101 }] } } } },
  for: { input: { pets: [{ id: 1 }], vet: 'Ann' }, events: [cloud('com.fake.petclinic.pets.checkup.completed.v2', {})], ends: { ok: false, error: { type: expect.stringContaining('expression') as string, instance: '/do/0/checkup/do/0/waitForCheckup' } } },
  fork: { input: { patient: { fullName: 'P' }, room: { number: 1 } }, ends: { ok: true, output: { accepted: expect.stringMatching(/^\/api\/v3\/alert\/(?:nurses|doctor)$/u) as string } } },
  'listen-to-all read-envelope': { events: [COOL, FEVER, SLOW], ends: done([FEVER, SLOW]) },
  'listen-to-all': { events: [COOL, FEVER, SLOW], ends: done([{ temperature: 39 }, { bpm: 50 }]) },
  'listen-to-any-filter': { events: [COOL, SLOW, FEVER], ends: done([{ bpm: 50 }]) },
  'listen-to-any-until-condition': { events: [COOL, FEVER, SLOW, COOL, FEVER], ends: done([{ temperature: 36 }, { temperature: 39 }, { bpm: 50 }, { temperature: 36 }]) },
  'listen-to-any-until-consumed': { events: [FEVER, COOL, SLOW, cloud('com.fake-hospital.patient.checked-out', {}), FEVER], ends: done([{ temperature: 39 }, { bpm: 50 }]) },
  'listen-to-any': { events: [COOL, FEVER], ends: done([{ temperature: 36 }]) },
  'listen-to-one': { events: [COOL, cloud('com.virtual-wf-powered-race.events.race.started.v1', { carId: 7 })], ends: done({ accepted: '/api/v4/cars//start' }) },
  // Its condition asks an object whether it starts with a text, which is an error of jq.
  'mock-service-extension': { ends: { ok: false, error: { status: 400, detail: expect.stringContaining('startswith() requires string inputs') as string } } },
  'raise-inline': { ends: { ok: false, error: { type: 'https://serverlessworkflow.io/errors/not-implemented', status: 500, title: 'Not Implemented', detail: "The workflow 'raise-not-implemented:0.1.0' is a work in progress and cannot be run yet" } } },
  'raise-reusable': { ends: { ok: false, error: { type: 'https://serverlessworkflow.io/errors/not-implemented', status: 500, title: 'Not Implemented', detail: "The workflow 'raise-not-implemented:0.1.0' is a work in progress and cannot be run yet" } } },
  'run-script-with-stdin-and-arguments': { ends: done('stdin >  Hello Workflow\narg >  hello\nenv >  bar\n') },
  'run-shell-stdin-and-arguments': { ends: done('STDIN was: Hello World\nARGS are Foo Bar\n') },
  'run-subflow': { input: { user: 'Ana' }, ends: done({ registered: '.user' }) },
  'schedule-cron': { ends: done({ accepted: '/api/v1/backup/start' }) },
  'schedule-event-driven': { input: [cloud('com.example.hospital.events.patients.heartbeat.low', { patient: { id: 1, name: 'P', room: { number: 2 }, vitals: { bpm: 40 } }, timestamp: 'T' })], ends: done({ accepted: '/api/v1/notify' }) },
  'set-expression': { input: [{ id: 1 }], ends: done({ id: 1 }) },
  set: { input: [{ id: 1 }], ends: done({ startEvent: { id: 1 } }) },
  'star-wars-homeworld': { input: { id: 1 }, ends: done({ name: 'Tatooine' }) },
  'switch-then-string': { input: { orderType: 'electronic' }, ends: done({ validate: true, status: 'fulfilled' }) },
  'try-catch-retry-inline': { input: { petId: 'busy' }, retries: 5, ends: unavailable(503) },
  'try-catch-retry-reusable': { input: { petId: 'busy' }, retries: 5, ends: unavailable(503) },
  'try-catch-then': { input: { petId: 404 }, ends: done({ error: '$error' }) },
  'try-catch': { input: { petId: 404 }, ends: done({ petId: 404 }) },
  'wait-duration-inline': { input: { kept: true }, ends: done({ kept: true }) },
  'wait-duration-iso8601': { input: { kept: true }, ends: done({ kept: true }) },
}

const CONTAINER = 'needs a container engine outside of Tulle'
const NOT_RUN: Readonly<Record<string, string>> = {
  'call-asyncapi-subscribe-consume-amount': 'needs a message broker',
  'call-asyncapi-subscribe-consume-forever-foreach': 'needs a message broker', 'call-asyncapi-subscribe-consume-until': 'needs a message broker',
  'call-asyncapi-subscribe-consume-while': 'needs a message broker', 'call-grpc': 'needs a gRPC service', 'call-mcp': 'needs a server of the Model Context Protocol that it would download',
  ...Object.fromEntries(['run-container-cleanup-always', 'run-container-cleanup-eventually', 'run-container-stdin-and-arguments', 'run-container-with-name', 'run-container-with-pull-policy', 'run-container', 'run-return-all', 'run-return-code', 'run-return-none', 'run-return-stderr'].map((name) => [name, CONTAINER])),
}
/** Goes on for ever, and is stopped after what it has to show. */
const FOREVER = 'listen-to-any-forever-foreach'

let world: WorkflowWorld
beforeAll(async () => {
  world = await workflowWorld({
    answer: publicServices,
    secrets: { mySecret: { authority: 'http://keycloak/realms/fake-authority', grant: 'client_credentials', client: { id: 'workflow-runtime-id', secret: 'workflow-runtime-secret' } } },
    workflows: ["document: {dsl: '1.0.3', namespace: test, name: register-customer, version: '0.1.0'}\ndo: [{register: {set: {registered: '${ .customer }'}}}]"],
  })
})
afterAll(() => world.close())

describe.skipIf(!isThere)('the examples of the specification, run (absent where the corpus is)', () => {
  it.each(Object.entries(CASES))('%s ends as the reference says', async (name, { ends, retries = 0, ...running }) => {
    const { outcome, seen } = await world.run(readFileSync(`${CORPUS}/${name}.yaml`, 'utf8'), running)
    expect(outcome).toMatchObject(ends)
    expect(seen.filter((one) => one.status === 'retried').length).toBe(retries)
  })

  it(`${FOREVER} tells of every event until it is stopped`, async () => {
    const stop = new AbortController()
    const before = world.requests.length
    const running = world.run(readFileSync(`${CORPUS}/${FOREVER}.yaml`, 'utf8'), { input: { roomId: 5 }, events: [FEVER, SLOW], signal: stop.signal }).catch((error: unknown) => error)
    await expect.poll(() => world.requests.slice(before).map((one) => one.body), { timeout: 10_000 }).toEqual([{ event: { temperature: 39 } }, { event: { bpm: 50 } }].map((body) => JSON.stringify(body)))
    stop.abort(new Error('enough'))
    expect(await running).toBeInstanceOf(LeftRun)
  })

  it.each(Object.keys(NOT_RUN))('%s says why it does not run here', async (name) => {
    const { outcome } = await world.run(readFileSync(`${CORPUS}/${name}.yaml`, 'utf8'), { input: { token: 't', pet: { id: 1 }, user: { preferredDisplayName: 'a' }, workflow: { id: 1, document: { name: 'a' } }, task: { name: 'b' } } })
    expect(outcome).toMatchObject({ ok: false, error: { type: expect.stringContaining('configuration') as string, status: 400 } })
  })

  it('are listed on a page, all of them, as they are here', () => {
    const rows = readdirSync(CORPUS).filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -5)).toSorted()
      .map((name) => `| ${name} | ${CASES[name] !== undefined || name === FOREVER ? 'runs' : `does not run: ${NOT_RUN[name] ?? 'nobody knows'}` } |`)
    expect(rows.length).toBe(66)
    expect(readFileSync(PAGE, 'utf8').split('\n').filter((line) => line.startsWith('| ')).slice(1)).toEqual(rows)
  })
})
