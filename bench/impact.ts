// The impact of a change by HTTP, in a graph of 100,000 columns and 400,000 edges: node bench/impact.ts. The route, its sign-in, its
// rights and its grants are the server's own, on a PostgreSQL with 1,000 products and 5,000 grants; the client is a process of its own.
// Before anything is measured the answers are compared, page by page, with a plain walk.

import { spawn } from 'node:child_process'
import { accessControl, createAccount, openSessions } from '@tulle/access'
import { ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { LineageGraph } from '@tulle/lineage'
import type { ColumnAt, Edge } from '@tulle/lineage'
import { testStore } from '@tulle/store/testing'
import { lineageHandlers } from '../packages/server/src/handlers/lineage.ts'
import type { House } from '../packages/server/src/house.ts'
import { openApp } from '../packages/server/src/http/app.ts'
import { mountApi } from '../packages/server/src/http/routes.ts'
import type { ApiRoutes } from '../packages/server/src/http/routes.ts'

const GOAL_MILLISECONDS = 15
const ROUNDS = Number(process.argv[2] ?? 1_000)

// 1,000 data sets of 100 columns in layers, each column made of four or five of the layer before; half of them also take rows by a
// column of it. Every fiftieth product is none that is applied, so nobody may know of it.
const [LAYERS, WIDTH, COLUMNS] = [20, 50, 100]
const productOf = (layer: number, at: number): string => `p${layer}_${at}`
const column = (layer: number, at: number, n: number): ColumnAt => ({ product: productOf(layer, at), kind: 'data-set', name: 'd', column: `c${n}` })
const columns: ColumnAt[] = []
const edges: Edge[] = []
for (let layer = 0; layer < LAYERS; layer += 1) {
  for (let at = 0; at < WIDTH; at += 1) {
    for (let n = 0; n < COLUMNS; n += 1) {
      const to = column(layer, at, n)
      columns.push(to)
      if (layer > 0) for (let k = 0; k < (n % 5 === 0 ? 5 : 4); k += 1) edges.push({ from: column(layer - 1, (at * 7 + k * 13 + n) % WIDTH, (n * 3 + k) % COLUMNS), to, how: 'transformation', by: [] })
    }
    if (layer > 0 && at % 2 === 0) edges.push({ from: column(layer - 1, (at * 3) % WIDTH, 99), to: { ...column(layer, at, 0), column: '*' }, by: ['filter'] })
  }
}
const isApplied = (layer: number, at: number): boolean => (layer * WIDTH + at) % 50 !== 49

/** Plainly: a queue of names. */
function walk(start: ColumnAt): ReadonlySet<string> {
  const key = ({ product, column: name }: ColumnAt): string => `${product}.${name}`
  next ??= Map.groupBy(edges, ({ from }) => key(from))
  const [met, queue] = [new Set<string>(), [start]]
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    for (const { to } of next.get(key(one)) ?? []) {
      for (const name of to.column === '*' ? Array.from({ length: COLUMNS }, (_, n) => `c${n}`) : [to.column]) {
        const reached = { ...to, column: name }
        if (met.has(key(reached)) || key(reached) === key(start)) continue
        met.add(key(reached))
        queue.push(reached)
      }
    }
  }
  return met
}
let next: ReadonlyMap<string, readonly Edge[]> | undefined

await using rig = await testStore()
const { store } = rig
await fill()
const access = await accessControl(store)
await createAccount(store, { name: 'ana', password: 'a long password', role: 'consumer' })
const sessions = openSessions(store)
const [begun, used] = [performance.now(), process.cpuUsage()]
const graph = await LineageGraph.drawn([{ columns, edges }], () => new Promise((wake) => setImmediate(wake)))
console.log(`${graph.size.columns} columns, ${graph.size.edges} edges, drawn in ${Math.round(performance.now() - begun)} ms (${Math.round(process.cpuUsage(used).user / 1000)} of the processor)`)
const house = { db: store.db, store, clock: systemClock, access, lineage: { graph: () => Promise.resolve(graph) } } as unknown as House
const log = { info() {}, warn() {}, error: console.error, findings() {} }
const app = openApp(log)
mountApi(app, { handlers: lineageHandlers(house) as ApiRoutes['handlers'], accounts: { authenticateToken: (token) => sessions.authenticateToken(token) } as ApiRoutes['accounts'], port: 0, secure: false, log, record: async () => ok(undefined) })
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const { token } = valueOf(await sessions.signIn('ana', 'a long password'))

interface Answer { readonly columns: readonly ColumnAt[]; readonly total: number; readonly products: readonly { readonly grants: number }[]; readonly cut: boolean }
const known = new Set(Array.from({ length: LAYERS * WIDTH }, (_, i) => [Math.floor(i / WIDTH), i % WIDTH] as const).filter(([layer, at]) => isApplied(layer, at)).map(([layer, at]) => productOf(layer, at)))
for (let n = 0; n < 40; n += 1) {
  const [layer, at, of] = [n % LAYERS, (n * 31) % (WIDTH - 1), (n * 17) % COLUMNS]
  const expected = new Set([...walk(column(layer, at, of))].filter((key) => known.has(key.slice(0, key.indexOf('.')))))
  const got = new Set<string>()
  for (let offset = 0; offset === 0 || offset < expected.size; offset += 5_000) {
    const answer = (await (await fetch(`${url}/api/v1/products/${productOf(layer, at)}/impact?dataSet=d&column=c${of}&limit=5000&offset=${offset}`, { headers: { authorization: `Bearer ${token}` } })).json()) as Answer
    if (answer.cut || answer.total !== expected.size) throw new Error(`The plain walk finds ${expected.size} columns from ${productOf(layer, at)}.c${of}, the answer says ${answer.total}.`)
    for (const one of answer.columns) got.add(`${one.product}.${one.column}`)
  }
  if (got.size !== expected.size || [...got].some((key) => !expected.has(key))) throw new Error(`The pages hold others than the plain walk finds from ${productOf(layer, at)}.c${of}.`)
}
console.log('40 answers are those of a plain walk, with products left out that are not to be known')

const CLIENT = `
const [url, token, rounds] = process.argv.slice(1)
const times = []
let [most, bytes] = [0, 0]
for (let n = 0; n < Number(rounds) + 100; n += 1) {
  const from = performance.now()
  const answer = await fetch(url + '/api/v1/products/p' + n % ${LAYERS} + '_' + (n * 31) % ${WIDTH - 1} + '/impact?dataSet=d&column=c' + (n * 17) % ${COLUMNS}, { headers: { authorization: 'Bearer ' + token } })
  const body = await answer.arrayBuffer()
  if (n >= 100) times.push(performance.now() - from)
  if (answer.status !== 200) throw new Error(Buffer.from(body).toString())
  bytes = Math.max(bytes, body.byteLength)
  if (n < 100) most = Math.max(most, JSON.parse(Buffer.from(body)).total)
  // Questions do not come one upon the other.
  if (n % 4 === 0) await new Promise((wake) => setTimeout(wake, 1))
}
times.sort((a, b) => a - b)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), longest: at(1), most, bytes }))
`
const cpu = process.cpuUsage()
const told = await new Promise<string>((resolve, reject) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CLIENT, url, token, String(ROUNDS)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (piece: Buffer) => { out += piece.toString() })
  child.on('error', reject).on('close', () => resolve(out))
})
const { p50, p99, longest, most, bytes } = JSON.parse(told) as { p50: number; p99: number; longest: number; most: number; bytes: number }
const { user, system } = process.cpuUsage(cpu)
console.log(`Impact by HTTP: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (goal ${GOAL_MILLISECONDS}), longest ${longest.toFixed(1)} ms; ${((user + system) / 1000 / (ROUNDS + 100)).toFixed(2)} ms of the server's processor each; at most ${most} columns, pages up to ${Math.round(bytes / 1000)} KB`)
if (p99 > GOAL_MILLISECONDS) process.exitCode = 1
await app.close()
await access.close()

async function fill(): Promise<void> {
  const resources: object[] = []
  const grants: object[] = []
  for (let layer = 0; layer < LAYERS; layer += 1) {
    for (let at = 0; at < WIDTH; at += 1) {
      if (!isApplied(layer, at)) continue
      const product = productOf(layer, at)
      const contract = { id: product, version: '1.0.0', columns: Array.from({ length: COLUMNS }, (_, n) => ({ name: `c${n}`, type: 'long', required: false, unique: false, quality: [] })) }
      resources.push(
        { id: product, kind: 'data-product', ref: `data-product:${product}`, product, spec: { name: product, title: product, domain: `domain_${layer}`, team: `team_${at}`, tags: [], certified: false }, fingerprint: 'x' },
        { id: `${product}.d`, kind: 'data-set', ref: `data-set:${product}.d`, product, spec: { product, name: 'd', title: 'd', contract }, fingerprint: 'x' },
        { id: `${product}.w`, kind: 'workflow', ref: `workflow:${product}`, product, spec: {}, fingerprint: 'x' },
      )
      for (let n = 0; n < 5; n += 1) grants.push({ id: `${product}.g${n}`, subject_kind: 'user', subject: `u${(at * 5 + n) % 500}`, product_id: product, data_set: n < 2 ? null : 'd', columns: n === 4 ? ['c1', 'c7', 'c50'] : null, purposes: ['care'], granted_by: 'system', granted_at: new Date().toISOString() })
    }
  }
  for (const [table, rows] of [['resource', resources], ['access_grant', grants]] as const) {
    for (let from = 0; from < rows.length; from += 1_000) {
      const names = Object.keys(rows[0] ?? {}).join(', ')
      await store.pool.query(`insert into ${table} (${names}) select ${names} from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [JSON.stringify(rows.slice(from, from + 1_000))])
    }
  }
  await store.pool.query('analyze')
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics[0]?.message)
  return result.value
}
