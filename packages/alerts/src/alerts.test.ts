import { spawn } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { systemClock } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { bundledProgram, fakeClock } from '@tulle/kernel/testing'
import type { AlertRule, RunRules } from '@tulle/model'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { openAlerts } from './alerts.ts'
import { WAITS } from './deliver.ts'
import { MESSAGES_AN_HOUR, raiseAlert } from './raise-alert.ts'
import { mailReceiver, webhookReceiver } from './testing/receivers.ts'
import type { AlertOptions, Alerts } from './types.ts'
import { waysOf } from './who-is-told.ts'

const SECRET = `whsec_${Buffer.from('a key of at least twenty-four bytes').toString('base64')}`
const MAIL = { isTls: false, from: 'Tulle <tulle@mesh.test>' }

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

beforeEach(async () => {
  for (const table of ['alert', 'alert_seen', 'run', 'resource', 'outbox_cursor'] as const) await rig.store.db.deleteFrom(table).execute()
})

const applied = async (kind: string, name: string, spec: Record<string, unknown>, product?: string): Promise<void> => {
  await rig.store.db.insertInto('resource').values({ id: `${kind}-${name}`, kind, ref: `${kind}:${name}`, product: product ?? null, spec: JSON.stringify({ name, ...spec }), fingerprint: '', updated_at: new Date(Date.UTC(2026, 0, 1)) }).execute()
}
const product = (alerts: readonly AlertRule[], runs?: RunRules): Promise<void> => applied('data-product', 'flights', { team: 'ops', alerts, ...(runs !== undefined && { runs }) }, 'flights')
const toHook = (url: string): AlertRule => ({ on: ['failure', 'lateness'], webhook: { url, secret: 'HOOK' } })
const toMail = (...mail: string[]): AlertRule => ({ on: ['failure', 'lateness'], mail })

const failRun = async (id: string, status = 'failed', workflow = 'run-product'): Promise<void> => {
  await rig.store.db.insertInto('run').values({ id, product: 'flights', status, trigger: '{}', parameters: JSON.stringify({ workflow }), requested_by: 'ana', requested_at: new Date(), diagnostics: '[]' }).execute()
  await rig.store.db.insertInto('run_step').values({ run_id: id, ordinal: 0, name: 'check', status: 'failed', attempt: 1 }).execute()
  await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.run.failed', source: '/test', subject: 'flights', data: { runId: id, status, codes: ['check-failed'] as unknown as Json } }))
}
const open = (clock: FakeClock, options: Partial<AlertOptions> = {}): Alerts =>
  openAlerts({ store: rig.store, clock, secrets: (name) => (name === 'HOOK' ? SECRET : undefined), hosts: ['127.0.0.1'], publicUrl: 'https://mesh.test', ...options })
const deliveries = () => rig.store.db.selectFrom('alert_delivery').selectAll().orderBy('id').execute()
const raise = (clock: FakeClock, id: string) => raiseAlert(rig.store, clock, { id, reason: 'failure', product: 'flights', runId: id, sentence: 'A run failed.', facts: {} })

describe('a run that fails', () => {
  it('is told to a webhook, signed as Standard Webhooks has it', async () => {
    await using hook = disposable(await webhookReceiver(() => 204))
    await product([toHook(hook.url)])
    const alerts = open(fakeClock(Date.now()))
    alerts.start()
    await alerts.settle()
    await failRun('r1')
    await expect.poll(async () => (await alerts.settle(), hook.received.length)).toBe(1)
    await alerts.close()
    const [{ headers, body }] = hook.received as [(typeof hook.received)[number]]
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'tulle.alert.failure',
      data: { alert: 'failure:r1', product: 'flights', runId: 'r1', step: 'check', codes: ['check-failed'], url: 'https://mesh.test/runs/r1' },
    })
    expect(headers['webhook-id']).toMatch(/^alert_[0-9a-f]{32}$/u)
    expect(await deliveries()).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('is told once, however often its event is handled', async () => {
    await product([toMail('ops@example.com')])
    const clock = fakeClock()
    expect([await raise(clock, 'r2'), await raise(clock, 'r2')]).toEqual([true, false])
    expect(await deliveries()).toHaveLength(1)
  })

  it('is not told where somebody cancelled it', async () => {
    await product([toMail('ops@example.com')])
    const alerts = open(fakeClock(Date.now()))
    alerts.start()
    await alerts.settle()
    await failRun('r3', 'cancelled')
    await alerts.settle()
    await alerts.close()
    expect(await deliveries()).toEqual([])
  })

  it('is not told where it built beside production: a rehearsal, or a version again', async () => {
    await product([toMail('ops@example.com')])
    const alerts = open(fakeClock(Date.now()))
    alerts.start()
    await alerts.settle()
    await failRun('r5', 'failed', 'rehearse-product')
    await failRun('r6', 'failed', 'reproduce-snapshot')
    // The control: the next one is told.
    await failRun('r7')
    await expect.poll(async () => (await alerts.settle(), (await rig.store.db.selectFrom('alert').select('run_id').execute()).map((one) => one.run_id))).toEqual(['r7'])
    await alerts.close()
  })

  it('is told to those whom mesh, team and product name, each once', async () => {
    await applied('mesh', 'mesh', { alerts: [toMail('all@example.com')] })
    await applied('technical-team', 'ops', { alerts: [toMail('ops@example.com', 'ALL@example.com')] })
    await applied('technical-team', 'others', { alerts: [toMail('others@example.com')] })
    await product([toMail('ops@example.com')])
    await raise(fakeClock(), 'r4')
    expect((await deliveries()).map(({ way }) => (way as { to: string }).to.toLowerCase()).toSorted()).toEqual(['all@example.com', 'ops@example.com'])
  })

  it('is told only to those who want failures', () => {
    expect(waysOf([{ on: ['lateness'], mail: ['a@example.com'] }, { on: ['failure'], mail: ['b@example.com'] }], 'failure')).toEqual([{ by: 'mail', to: 'b@example.com' }])
  })
})

describe('rows that were set aside', () => {
  const tell = (type: string, data: Readonly<Record<string, Json>>) => rig.store.db.transaction().execute((tx) => appendEvent(tx, { type, source: '/test', subject: 'flights', data: { dataSet: 'legs', runId: 'r9', ...data } }))

  it('are told with count and rules to those who read them, who do not learn whom else it was told to', async () => {
    await product([{ on: ['quarantine'], mail: ['ops@example.com'] }, { on: ['failure'], mail: ['others@example.com'] }])
    const alerts = open(fakeClock(Date.now()))
    alerts.start()
    await alerts.settle()
    await tell('tulle.rows.quarantined', { rows: 3, rules: { 'required(name)': 3, 'unique(id)': 1 } })
    await tell('tulle.rows.replayed', { rows: 1 })
    await tell('tulle.rows.repaired', { rows: 1 })
    await expect.poll(async () => (await alerts.settle(), (await alerts.notices('ana', [], 10, { quarantine: ['flights'] })).notices.map(({ sentence, deliveries }) => [sentence, deliveries]).toSorted())).toEqual([
      ['3 rows of flights.legs were set aside, because they break its contract (required(name), unique(id)). The others are published.', []],
      ['flights.legs has 1 row more that had been set aside and was corrected.', []],
    ])
    expect((await alerts.notices('ana', [], 10, { incident: ['flights'], quarantine: ['airports'] })).notices).toEqual([])
    expect((await alerts.notices('dora', ['flights'], 10)).notices.map(({ deliveries }) => deliveries.map(({ to }) => to))).toEqual([['ops@example.com'], ['ops@example.com']])
    await alerts.close()
  })
})

describe('a message', () => {
  it('comes again, later and later and under the same id, until it is taken', async () => {
    let tries = 0
    await using hook = disposable(await webhookReceiver(() => (++tries < 3 ? (tries === 1 ? 500 : undefined) : 200)))
    await product([toHook(hook.url)])
    const clock = fakeClock()
    const alerts = open(clock)
    await raise(clock, 'again')
    await alerts.settle()
    await alerts.settle()
    expect(hook.received).toHaveLength(1)
    await clock.advance(WAITS[0] as number)
    await alerts.settle()
    await clock.advance(WAITS[1] as number)
    await alerts.settle()
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(await deliveries()).toMatchObject([{ status: 'delivered', attempts: 3, trouble: null }])
    await alerts.close()
  })

  it.each([
    ['a redirect, which is not followed', 302, 'waiting', 'it answered 302'],
    ['410, which is the last word', 410, 'given up', 'it answered 410: it is gone'],
  ])('is not delivered by %s', async (_case, status, ends, trouble) => {
    await using hook = disposable(await webhookReceiver(() => status))
    await product([toHook(hook.url)])
    const clock = fakeClock()
    const alerts = open(clock)
    await raise(clock, `answered-${status}`)
    await alerts.settle()
    expect(await deliveries()).toMatchObject([{ status: ends, trouble }])
    await alerts.close()
  })

  it('is given up in the end, and says so', async () => {
    await product([toMail('ops@example.com')])
    const clock = fakeClock()
    const alerts = open(clock)
    await raise(clock, 'never')
    for (const wait of [0, ...WAITS]) {
      await clock.advance(wait)
      await alerts.settle()
    }
    expect(await deliveries()).toMatchObject([{ status: 'given up', attempts: WAITS.length + 1, trouble: expect.stringContaining('TULLE_SMTP') as unknown }])
    await alerts.close()
  })

  it.each([
    ['http://169.254.169.254/latest', 'it has no TLS'], ['https://127.0.0.1:9/x', 'inside of a network'], ['https://[::ffff:10.0.0.1]/x', 'inside of a network'], ['https://localhost:9/x', 'inside of a network'],
  ])('goes nowhere inside: %s', async (url, trouble) => {
    await product([toHook(url)])
    const clock = fakeClock()
    const alerts = open(clock, { hosts: [] })
    await raise(clock, url)
    await alerts.settle()
    expect(await deliveries()).toMatchObject([{ status: 'given up', trouble: expect.stringContaining(trouble) as unknown }])
    await alerts.close()
  })

  it('goes by mail with an id that stays the same while the server is busy', async () => {
    await using mail = disposable(await mailReceiver((to) => to.startsWith('nobody')))
    await product([toMail('ops@example.com', 'nobody@example.com')])
    const clock = fakeClock()
    const alerts = open(clock, { mail: { ...MAIL, host: '127.0.0.1', port: mail.port } })
    mail.state.isBusy = true
    await raise(clock, 'mailed')
    await alerts.settle()
    mail.state.isBusy = false
    await clock.advance(WAITS[0] as number)
    await alerts.settle()
    const all = await deliveries()
    const delivered = all.find(({ status }) => status === 'delivered')
    expect(all.map(({ way, status, trouble }) => [(way as { to: string }).to, status, trouble]).toSorted()).toEqual([['nobody@example.com', 'given up', 'the mail server answered 550'], ['ops@example.com', 'delivered', null]])
    expect(mail.mails).toHaveLength(1)
    expect(mail.mails[0]?.text).toContain(`Message-ID: <${delivered?.id}@mesh.test>`)
    expect(mail.mails[0]?.text).toContain('https://mesh.test/runs/mailed')
    await alerts.close()
  })

  it('is held back beyond a number an hour, and the console still tells', async () => {
    await product([toMail('ops@example.com')])
    const clock = fakeClock()
    for (let i = 0; i <= MESSAGES_AN_HOUR; i += 1) await raise(clock, `storm-${i}`)
    expect((await deliveries()).filter(({ status }) => status === 'held back')).toHaveLength(1)
    const alerts = open(clock)
    expect((await alerts.notices('ana', ['flights'], 100)).notices).toHaveLength(MESSAGES_AN_HOUR + 1)
    await clock.advance(3_600_001)
    await raise(clock, 'after the storm')
    expect((await deliveries()).filter(({ status }) => status === 'held back')).toHaveLength(1)
    await alerts.close()
  })
})

describe('a process that is killed between a delivery and the note of it', () => {
  const deliverAndDie = async (ids: 'same' | 'fresh'): Promise<readonly (string | undefined)[]> => {
    const seen: (string | undefined)[] = []
    await using hook = disposable(await webhookReceiver(async ({ headers }) => {
      seen.push(headers['webhook-id'] as string)
      if (seen.length > 1) return 200
      process.kill(child.pid as number, 'SIGKILL')
      await died
      return undefined
    }))
    await product([toHook(hook.url)])
    const clock = fakeClock(systemClock.now())
    await raise(clock, `killed-${ids}`)
    const program = await bundledProgram('packages/alerts/src/testing/deliver-child.ts')
    const start = () => spawn(process.execPath, ['--no-warnings', program, rig.connectionString, hook.host, SECRET, ids], { stdio: 'inherit' })
    let child = start()
    const died = new Promise((resolve) => child.once('exit', resolve))
    await died
    child = start()
    await new Promise((resolve) => child.once('exit', resolve))
    return seen
  }

  it('leaves a duplicate with the same id, and nothing worse', async () => {
    const seen = await deliverAndDie('same')
    expect(seen).toHaveLength(2)
    expect(new Set(seen).size).toBe(1)
    expect(await deliveries()).toMatchObject([{ status: 'delivered' }])
  })

  it('would leave two messages without that id (control)', async () => {
    expect(new Set(await deliverAndDie('fresh')).size).toBe(2)
  })
})

describe('a product that is late', () => {
  it('is told once for each time that it was due, with what came last', async () => {
    await product([toMail('ops@example.com')], { expectEvery: 3_600_000, lateAfter: 60_000 })
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    const alerts = open(clock)
    await clock.advance(3_660_000)
    await alerts.settle()
    expect((await alerts.notices('ana', ['flights'], 10)).notices).toEqual([])
    await clock.advance(1)
    await alerts.settle()
    await alerts.settle()
    expect((await alerts.notices('ana', ['flights'], 10)).notices).toMatchObject([{ id: 'lateness:flights:2026-01-01T01:00:00.000Z', reason: 'lateness', sentence: expect.stringContaining('no run of it has succeeded yet') as unknown }])
    await alerts.close()
  })
})

describe('the console', () => {
  it('says what is new to an account until it has seen it, and nothing of products that it may not run', async () => {
    await product([])
    const clock = fakeClock()
    const alerts = open(clock)
    await raise(clock, 'n1')
    expect(await alerts.notices('ana', ['flights'], 10)).toMatchObject({ unread: 1, notices: [{ isNew: true, runId: 'n1' }] })
    await alerts.markSeen('ana')
    expect(await alerts.notices('ana', ['flights'], 10)).toMatchObject({ unread: 0, notices: [{ isNew: false }] })
    expect(await alerts.notices('bo', ['flights'], 10)).toMatchObject({ unread: 1 })
    expect(await alerts.notices('bo', ['airports'], 10)).toEqual({ unread: 0, notices: [] })
    await alerts.close()
  })
})

const disposable = <T extends { close(): Promise<void> }>(one: T): T & AsyncDisposable => Object.assign(one, { [Symbol.asyncDispose]: () => one.close() })
