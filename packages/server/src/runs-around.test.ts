// Around the runs of a whole Tulle: who is told of a failure, who waits, and what is paused, by the command line.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ORDERS_CSV, shopMesh } from './testing-mesh.ts'
import { startTulle } from './testing.ts'
import type { TestTulle } from './testing.ts'

// Every command is a process of its own, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

let tulle: TestTulle
let mesh: string
const told: { readonly id: string; readonly body: { readonly type: string; readonly data: { readonly product: string } } }[] = []
const receiver = createServer((request, reply) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
    told.push({ id: String(request.headers['webhook-id']), body: JSON.parse(Buffer.concat(parts).toString()) as (typeof told)[number]['body'] })
    reply.writeHead(204).end()
  })
})
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  mesh = shopMesh()
  const file = join(mesh, 'mesh.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^spec:\n/mu, `spec:\n  runs: { at-once: 3 }\n  alerts: [{ webhook: { url: "http://127.0.0.1:${port}/hook", secret: OPS_HOOK } }]\n`))
  tulle = await startTulle({ mesh, environment: { TULLE_ALERT_HOSTS: `127.0.0.1:${port}`, TULLE_SECRET_OPS_HOOK: `whsec_${Buffer.from('a key of at least twenty-four').toString('base64')}` } })
}, 120_000)
afterAll(async () => {
  await tulle?.stop()
  receiver.close()
  rmSync(mesh, { recursive: true, force: true })
})
const tool = (command: string) => tulle.sh(`npx --no-install tulle ${command} --as ada -o json`)
const answerOf = <T>(command: string): T => {
  const { status, stdout } = tool(command)
  expect([command, status]).toEqual([command, 0])
  return JSON.parse(stdout) as T
}

describe('around the runs of a Tulle', () => {
  it('the triggers of a product are paused and resumed, and the API says so', () => {
    expect(answerOf<{ paused: { by: string } }>('pause orders').paused.by).toBe('ada')
    const resumed = answerOf<{ paused?: unknown; product: string }>('resume orders')
    expect([resumed.product, resumed.paused]).toEqual(['orders', undefined])
  })

  it('a run has a priority, and its log is followed to its end', () => {
    const { runId } = answerOf<{ runId: string }>('run orders --force --priority 900')
    expect(answerOf<readonly unknown[]>(`runs logs ${runId} --follow`).length).toBeGreaterThan(0)
    expect(answerOf<{ priority: number; status: string }>(`runs show ${runId}`)).toMatchObject({ priority: 900, status: 'succeeded' })
    expect(tool(`runs pause ${runId}`).status).toBe(1)
  })

  it('a failed run is told to the webhook and to those who may run the product', async () => {
    rmSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV))
    tool('run orders --force --wait')
    await expect.poll(() => told.map(({ body }) => [body.type, body.data.product]), { timeout: 60_000 }).toContainEqual(['tulle.alert.failure', 'orders'])
    const { notices, unread } = answerOf<{ notices: readonly { product: string; deliveries: readonly { status: string }[] }[]; unread: number }>('notices --seen')
    expect(unread).toBeGreaterThan(0)
    expect(notices.find(({ product }) => product === 'orders')?.deliveries).toMatchObject([{ attempts: 1 }])
    expect(answerOf<{ unread: number }>('notices').unread).toBe(0)
  })
})
