// Webhooks of a whole Tulle: who holds the secret starts a run, once for each delivery; everybody else learns nothing.

import { createHmac } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ORDERS_YAML, shopMesh } from './testing-mesh.ts'
import { startTulle } from './testing.ts'
import type { TestTulle } from './testing.ts'

const KEY = Buffer.from('a key that only the sender knows')
const TOKEN = 'planted-hook-token'
let tulle: TestTulle
let mesh: string
beforeAll(async () => {
  mesh = shopMesh()
  appendFileSync(join(mesh, ORDERS_YAML), `    - name: hooks
      type: workflow
      properties: { webhooks: { erp: { secret: ERP_HOOK }, cron: { secret: CRON_HOOK, scheme: token }, unheld: { secret: NOBODY } } }
`)
  mkdirSync(join(mesh, 'domains/sales/inbox/contracts'), { recursive: true })
  writeFileSync(join(mesh, 'domains/sales/inbox/product.yaml'), `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: inbox, title: Inbox }
spec:
  components:
    - { name: inbox, type: data-product, properties: { definition: What was sent } }
    - { name: sent, type: webhook-input-port, properties: { hook: erp } }
    - { name: inbox, type: data-set, properties: { from: sent } }
    - { name: sql, type: sql-output-port }
    - { name: hooks, type: workflow, properties: { webhooks: { erp: { secret: ERP_HOOK } } } }
`)
  writeFileSync(join(mesh, 'domains/sales/inbox/contracts/inbox.odcs.yaml'), JSON.stringify({ apiVersion: 'v3.1.0', kind: 'DataContract', id: 'inbox', name: 'inbox', version: '1.0.0', status: 'active', schema: [{ name: 'inbox', properties: [{ name: 'order', logicalType: 'integer' }, { name: 'webhook_id', logicalType: 'string' }] }] }))
  tulle = await startTulle({ mesh, environment: { TULLE_SECRET_ERP_HOOK: `whsec_${KEY.toString('base64')}`, TULLE_SECRET_CRON_HOOK: TOKEN } })
}, 120_000)
afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})
async function runs(): Promise<readonly { readonly trigger: string }[]> {
  const signedIn = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'ada', password: tulle.secret('ada') }) })
  const { token } = await signedIn.json() as { readonly token: string }
  const listed = await fetch(`${tulle.url}/api/v1/runs?product=orders&limit=500`, { headers: { authorization: `Bearer ${token}` } })
  return (await listed.json() as { readonly runs: readonly { readonly trigger: string }[] }).runs
}

interface Answer { readonly status: number; readonly body: { readonly runId?: string; readonly repeated?: boolean; readonly diagnostics?: readonly { readonly code: string; readonly message: string }[] } }

async function post(path: string, headers: Readonly<Record<string, string>>, body = '{"order": 7}'): Promise<Answer> {
  const answer = await fetch(`${tulle.url}/hooks/${path}`, { method: 'POST', headers, body })
  return { status: answer.status, body: await answer.json() as Answer['body'] }
}
const now = (): number => Math.floor(Date.now() / 1000)
const signed = (id: string, body = '{"order": 7}', { at = now(), key = KEY }: { readonly at?: number; readonly key?: Buffer } = {}): Readonly<Record<string, string>> => ({
  'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`, 'content-type': 'application/json',
})

describe('a webhook', () => {
  it('that is signed starts a run that says so, and the same delivery none', async () => {
    const first = await post('orders/erp', signed('msg_1'))
    expect([first.status, first.body]).toEqual([202, { runId: expect.any(String) }])
    expect(await post('orders/erp', signed('msg_1'))).toEqual({ status: 200, body: { runId: first.body.runId, repeated: true } })
    expect((await runs()).map(({ trigger }) => trigger)).toContain('webhook erp, delivery msg_1')
  })

  it('may be signed by a token', async () => {
    expect((await post('orders/cron', { authorization: `Bearer ${TOKEN}`, 'idempotency-key': 'a1' })).status).toBe(202)
    expect((await post('orders/cron', { authorization: `Bearer ${TOKEN}` })).body.diagnostics?.[0]?.code).toBe('hook-without-id')
  })

  it('whose body a port reads is a row of it, once however often it is delivered', async () => {
    const first = await post('inbox/erp', signed('row_1'))
    const again = await post('inbox/erp', signed('row_1'))
    const list = '[{"order": 8}, {"order": 9}]'
    await post('inbox/erp', signed('row_2', list), list)
    expect([first.status, again.body]).toEqual([202, { runId: first.body.runId, repeated: true }])
    const rows = (): unknown => JSON.parse(tulle.sh(`npx tulle sql 'select "order", webhook_id from inbox.inbox order by 1' --as dora -o json`).stdout || 'null')
    await vi.waitFor(() => expect(rows()).toEqual([{ order: 7, webhook_id: 'row_1' }, { order: 8, webhook_id: 'row_2' }, { order: 9, webhook_id: 'row_2' }]), { timeout: 90_000, interval: 2_000 })
  }, 120_000)

  it.each<[string, string]>([['no JSON', 'order=7'], ['a number', '7'], ['a list of numbers', '[1]'], ['nested without end', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`]])('whose body a port reads is refused where it is %s', async (name, body) => {
    const { status, body: answer } = await post('inbox/erp', signed(`bad ${name.length}`.replace(' ', '_'), body), body)
    expect([status, answer.diagnostics?.map(({ code }) => code)]).toEqual([400, ['hook-body-unfit']])
  })

  it.each<[string, string, () => Readonly<Record<string, string>>]>([
    ['without a signature', 'orders/erp', () => ({})],
    ['signed with another key', 'orders/erp', () => signed('m', undefined, { key: Buffer.from('guessed') })],
    ['signed for another body', 'orders/erp', () => signed('m', '{"order": 8}')],
    ['of ten minutes ago', 'orders/erp', () => signed('m', undefined, { at: now() - 600 })],
    ['of the future', 'orders/erp', () => signed('m', undefined, { at: now() + 600 })],
    ['with a wrong token', 'orders/cron', () => ({ authorization: `Bearer ${TOKEN}x`, 'idempotency-key': 'b' })],
    ['with a token where a signature is wanted', 'orders/erp', () => ({ authorization: `Bearer ${KEY.toString('base64')}`, 'idempotency-key': 'b' })],
    ['whose secret nobody holds', 'orders/unheld', () => signed('m')],
    ['that is not there', 'orders/other', () => signed('m')],
    ['of a product that is not there', 'order/erp', () => signed('m')],
  ])('%s is refused, and all of them alike', async (_, path, headers) => {
    const { status, body } = await post(path, headers())
    expect([status, body.diagnostics?.map(({ code }) => code)]).toEqual([401, ['hook-not-signed']])
    expect(JSON.stringify(body)).not.toMatch(/planted|guessed/u)
  })

  it('storms against a limit that says its name, and goes on afterwards for others', async () => {
    const answers: Answer[] = []
    for (let n = 0; n < 62; n += 1) answers.push(await post('orders/erp', signed(`storm_${n}`)))
    const stopped = answers.filter(({ status }) => status === 429)
    expect(stopped.length).toBeGreaterThan(0)
    expect(stopped[0]?.body.diagnostics?.[0]).toMatchObject({ code: 'hook-storm', message: expect.stringContaining('limit: webhook deliveries per minute') })
    expect((await post('orders/cron', { authorization: `Bearer ${TOKEN}`, 'idempotency-key': 'a2' })).status).toBe(202)
    // Equal runs that wait are one.
    expect((await runs()).length).toBeLessThan(62)
  })
})
