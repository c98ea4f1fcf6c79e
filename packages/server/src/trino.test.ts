// Trino's questions to a running Tulle: who may ask, by what, and that the answers are those of every other port.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { listEntries } from '@tulle/audit'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let opa: Server
/** What the policy server answers; undefined: it hangs up. */
let opinion: object | undefined = { allow: true }
let mesh: string
let secret: string

const policyOf = (address: string): string => `apiVersion: tulle.dev/v1
kind: Policy
metadata: { name: shop }
spec:
  status: enforced
  rules:
    - { name: large, on: { products: [orders] }, except: { own-team: true }, rows: { where: amount > 5 } }
    - { name: names, on: { products: [orders], columns: [customer] }, except: { own-team: true }, mask: { kind: partial, first: 1, with: '.' } }
    - { name: board, on: { products: [totals] }, rego: { entrypoint: tulle/decision, server: '${address}' } }
`

beforeAll(async () => {
  mesh = shopMesh()
  mkdirSync(join(mesh, 'policies'))
  opa = createServer((request, response) => void (opinion === undefined ? request.destroy() : response.end(JSON.stringify({ result: opinion }))))
  await new Promise<void>((up) => opa.listen(0, '127.0.0.1', up))
  const host = `127.0.0.1:${(opa.address() as AddressInfo).port}`
  writeFileSync(join(mesh, 'policies/shop.yaml'), policyOf(`http://${host}`))
  tulle = await startTulle({ mesh, environment: { TULLE_OPA_SERVERS: host } })
  secret = ((await (await api('ada', 'POST', '/tokens', { label: 'trino', scope: 'decide' })).json()) as { secret: string }).secret
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  opa?.close()
  rmSync(mesh, { recursive: true, force: true })
})

const basic = (user: string, password = tulle.secret(user)): string => `Basic ${btoa(`${user}:${password}`)}`
const api = (who: string, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization: basic(who), ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })

const table = (columns?: readonly string[], schema = 'orders', name = 'orders') => ({ table: { catalogName: 'tulle', schemaName: schema, tableName: name, ...(columns !== undefined && { columns }) } })
interface Answer { readonly status: number; readonly result: unknown }
async function ask(question: string, user: string, action: object, authorization = `Bearer ${secret}`): Promise<Answer> {
  const response = await fetch(`${tulle.url}/opa/v1/data/trino/${question}`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ input: { context: { identity: { user, groups: ['sales_team'] }, queryId: '20260101_000000_00001_abcde', softwareStack: { trinoVersion: '480' } }, action } }),
  })
  return { status: response.status, result: ((await response.json()) as { result?: unknown }).result }
}
const select = (user: string, columns: readonly string[], authorization?: string) => ask('allow', user, { operation: 'SelectFromColumns', resource: table(columns) }, authorization)

describe('whoever asks', () => {
  it('holds a token for it, as a bearer or as a password', async () => {
    expect(await select('ana', ['id'])).toEqual({ status: 200, result: true })
    expect(await select('ana', ['id'], basic('whatever', secret))).toEqual({ status: 200, result: true })
  })

  it.each(['read', 'full'] as const)('is refused by a token of the scope %s', async (scope) => {
    const { secret: other } = (await (await api('ada', 'POST', '/tokens', { label: 'x', scope })).json()) as { secret: string }
    expect((await select('ana', ['id'], `Bearer ${other}`)).status).toBe(401)
  })

  it('is refused without one, with a password, and with a session', async () => {
    const { token } = (await (await fetch(`${tulle.url}${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'ada', password: tulle.secret('ada') }) })).json()) as { token: string }
    for (const authorization of ['', basic('ada'), `Bearer ${token}`, `Bearer ${secret}x`, 'Bearer tulle_api_']) expect((await select('ana', ['id'], authorization)).status, authorization.slice(0, 12)).toBe(401)
  })

  it('opens nothing else by it', async () => {
    const bearer = { authorization: `Bearer ${secret}` }
    for (const path of [`${API_ROOT}/me`, `${API_ROOT}/accounts`, '/data/v1/orders/orders', '/iceberg/v1/namespaces']) {
      expect((await fetch(`${tulle.url}${path}`, { headers: bearer })).status, path).toBe(401)
      expect((await fetch(`${tulle.url}${path}`, { headers: { authorization: basic('ada', secret) } })).status, path).toBe(401)
    }
  })

  it('gets it from an administrator alone', async () => {
    expect((await api('olga', 'POST', '/tokens', { label: 'x', scope: 'decide' })).status).toBe(403)
  })

  it('reads on the command line what it is', () => {
    const { stdout } = tulle.sh('tulle token create more --scope decide --as ada')
    expect([stdout.includes('opens nothing itself'), stdout.includes('password')]).toEqual([true, false])
  }, 120_000)

  it('is not asked for a body before that', async () => {
    const response = await fetch(`${tulle.url}/opa/v1/data/trino/allow`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' })
    expect(response.status).toBe(401)
    expect((await fetch(`${tulle.url}/opa/v1/data/trino/allow`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }, body: '{' })).status).toBe(400)
    expect((await fetch(`${tulle.url}/opa/v1/data/trino/allow`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }, body: '{}' })).status).toBe(400)
  })
})

describe('the answers', () => {
  it('are those of the accounts here, whatever groups Trino knows', async () => {
    expect(await Promise.all([['ana', ['id', 'customer']], ['bo', ['id']], ['dora', ['id', 'amount']], ['ada', ['id']], ['nobody', ['id']], ['ana', ['secret']]].map(([who, columns]) => select(who as string, columns as string[]))))
      .toEqual([true, false, true, false, false, false].map((result) => ({ status: 200, result })))
  })

  it('filter and mask as the policy says', async () => {
    const rows = (user: string) => ask('rowFilters', user, { operation: 'GetRowFilters', resource: table() })
    const masks = (user: string) => ask('batchColumnMasks', user, { operation: 'GetColumnMask', filterResources: ['id', 'customer'].map((columnName) => ({ column: { catalogName: 'tulle', schemaName: 'orders', tableName: 'orders', columnName, columnType: 'varchar' } })) })
    expect(await Promise.all([rows('ana'), rows('dora'), rows('bo')])).toMatchObject([{ result: [{ expression: '("amount" > 5)' }] }, { result: [] }, { result: [{ expression: 'false' }] }])
    expect(await Promise.all([masks('ana'), masks('dora')])).toMatchObject([{ result: [{ index: 1, viewExpression: { expression: expect.stringContaining(`(substr("customer", 1, 1) || '.')`) } }] }, { result: [] }])
  })

  it('take a purpose from behind the name, where it is open', async () => {
    expect(await Promise.all(['ana+reporting', 'ana+marketing'].map((user) => select(user, ['id'])))).toMatchObject([{ result: true }, { result: false }])
  })

  it('change at once with a grant, and back', async () => {
    const given = await api('olga', 'POST', '/grants', { subjectKind: 'user', subject: 'bo', product: 'orders', dataSet: 'orders', columns: ['id'], purposes: ['reporting'] })
    expect([(await select('bo', ['id'])).result, (await select('bo', ['amount'])).result, (await ask('batch', 'bo', { operation: 'FilterColumns', filterResources: [table(['amount', 'id', 'customer'])] })).result]).toEqual([true, false, [1]])
    await api('olga', 'DELETE', `/grants/${((await given.json()) as { id: string }).id}`)
    expect((await select('bo', ['id'])).result).toBe(false)
  })

  it('list what is seen', async () => {
    const filter = (user: string) => ask('batch', user, { operation: 'FilterTables', filterResources: [table(undefined, 'orders', 'orders'), table(undefined, 'totals', 'totals'), table(undefined, 'orders', 'orders$files')] })
    expect(await Promise.all(['ana', 'bo'].map(filter))).toMatchObject([{ result: [0, 1] }, { result: [] }])
  })
})

describe('a rule that asks a policy server', () => {
  const seen = async (): Promise<readonly unknown[]> => {
    // What was asked a moment ago is remembered for less than half a second.
    await new Promise((wake) => setTimeout(wake, 500))
    const rows = await fetch(`${tulle.url}${API_ROOT}/products/totals/datasets/totals/sample`, { headers: { authorization: basic('ana') } })
    const trino = await ask('batch', 'ana', { operation: 'FilterColumns', filterResources: [table(['customer', 'total'], 'totals', 'totals')] })
    const iceberg = await fetch(`${tulle.url}/iceberg/v1/namespaces/totals/tables/totals`, { headers: { authorization: basic('ana') } })
    const explained = await (await api('ana', 'GET', '/policies/explanation?user=ana&product=totals')).json() as { dataSets: { effect: string; columns: string[]; reasons: { text: string }[] }[] }
    const [{ effect, columns, reasons } = { effect: '', columns: [], reasons: [] }] = explained.dataSets
    return [rows.status, trino.result, iceberg.status, effect, columns, reasons.map(({ text }) => text).join(' ')]
  }

  it('opens, narrows and closes every door by what the server says, and all of them where it is gone', async () => {
    opinion = { allow: true }
    expect(await seen()).toEqual([200, [0, 1], 200, 'allow', ['customer', 'total'], expect.any(String)])
    opinion = { allow: true, hide: ['total'] }
    expect(await seen()).toEqual([200, [0], 200, 'allow', ['customer'], expect.stringContaining('shop.board hides total')])
    opinion = { allow: false, deny: ['Not before the board met.'] }
    expect(await seen()).toEqual([403, [], 404, 'deny', [], expect.stringContaining('Not before the board met.')])
    opinion = undefined
    expect(await seen()).toEqual([403, [], 404, 'deny', [], expect.stringMatching(/shop\.board gives no answer, so nothing is given: http:\/\/127\.0\.0\.1:\d+ cannot be reached/u)])
  })
})

describe('the audit', () => {
  it('holds each read and each refusal, and nothing that somebody made up', async () => {
    await ask('allow', 'Robert"); drop', { operation: 'SelectFromColumns', resource: table(['id'], 'my secret', 'my table') })
    await ask('allow', 'ana', { operation: 'DropTable', resource: table() })
    const lines = (await listEntries(join(tulle.home, 'audit'), { kind: 'line', limit: 1000 })).entries.map(({ body }) => body as { readonly port: string }).filter(({ port }) => port === 'trino')
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'ana', purpose: 'reporting', decision: 'allow', outcome: 'ok', reads: [expect.objectContaining({ product: 'orders', dataSet: 'orders', columns: ['id', 'customer'] })], rules: expect.arrayContaining(['policy shop.large', 'policy shop.names']), deed: { operation: 'SelectFromColumns', queryId: '20260101_000000_00001_abcde' } }))
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'bo', decision: 'deny', outcome: 'trino-denied', reasons: [expect.stringContaining('bo')] }))
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'ana', decision: 'deny', deed: expect.objectContaining({ operation: 'DropTable' }) }))
    expect(JSON.stringify(lines)).not.toMatch(/Robert|my secret|my table/u)
  })
})
