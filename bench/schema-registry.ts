// How many look-ups the schema registry answers in a second, over HTTP on one connection pool, of a thousand subjects: by id, the newest
// of a subject, and by the schema itself. Run: node bench/schema-registry.ts

import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openRegistry, serveRegistry } from '@tulle/schema-registry'
import { testStore } from '@tulle/store/testing'

const SUBJECTS = 1_000
const LOOKS = 10_000
const AT_ONCE = 8

const rig = await testStore()
const registry = await openRegistry(rig.store)
const everything = { mayRead: async () => true, whyNotWrite: async () => undefined, whyNotGovern: async () => undefined }
const server = createServer((asked, answer) => {
  const parts: Buffer[] = []
  asked.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
    const [path = '', query = ''] = (asked.url ?? '').split('?')
    void serveRegistry(registry, everything, { method: asked.method ?? '', path, query: new URLSearchParams(query), body: Buffer.concat(parts).toString() }).then(({ status, headers, body }) => answer.writeHead(status, headers).end(body))
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

const schemaOf = (i: number): string => JSON.stringify({ type: 'record', name: `R${i}`, fields: Array.from({ length: 20 }, (_, n) => ({ name: `f${n}`, type: ['null', 'string'], default: null })) })
const ids: number[] = []
for (let i = 0; i < SUBJECTS; i += 1) {
  const made = await registry.register(`s${i}`, { type: 'AVRO', text: schemaOf(i), references: [] })
  if (made.ok) ids.push(made.value.id)
}
const bodies = Array.from({ length: SUBJECTS }, (_, i) => JSON.stringify({ schema: schemaOf(i) }))

function ask(method: string, path: string, body?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', method, path, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${path} answered ${answer.statusCode}`))
      answer.resume().on('end', resolve)
    })
    asked.on('error', reject).end(body)
  })
}
async function measure(name: string, one: (i: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < SUBJECTS; i += 1) await one(i)
  const since = performance.now()
  const cpu = process.cpuUsage()
  let next = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let i = next++; i < LOOKS; i = next++) await one(i % SUBJECTS)
  }))
  const seconds = (performance.now() - since) / 1_000
  const used = process.cpuUsage(cpu)
  console.log(`${name}: ${Math.round(LOOKS / seconds)} a second; ${Math.round(LOOKS / ((used.user + used.system) / 1e6))} per second of processor, the client's part counted`)
}
await measure('by id', (i) => ask('GET', `/schemas/ids/${ids[i]}`))
await measure('newest of a subject', (i) => ask('GET', `/subjects/s${i}/versions/latest`))
await measure('by the schema', (i) => ask('POST', `/subjects/s${i}`, bodies[i]))
agent.destroy()
server.close()
await registry.close()
await rig.close()
