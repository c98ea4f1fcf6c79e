// What a living mesh tells of its runs by OpenLineage, taken in by a real Marquez: its graph must be ours.
// Usage: check.ts <java> <class path of Marquez> <work folder>.

import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { freePort, startTulle } from '@tulle/server/testing'
import { testPostgres } from '@tulle/store/testing'

const [java = '', classPath = '', work = ''] = process.argv.slice(2)
let [passed, failed] = [0, 0]
function check(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) passed += 1
  else {
    failed += 1
    console.log(`✗ ${what}\n  found  ${JSON.stringify(found)?.slice(0, 2_000)}\n  wanted ${JSON.stringify(wanted)?.slice(0, 2_000)}`)
  }
}

const [port, admin, database] = [await freePort(), await freePort(), await freePort()]
await using postgres = await testPostgres({ database: 'marquez', port: database })
const { connection } = postgres.postgres
writeFileSync(join(work, 'marquez.yml'), JSON.stringify({
  server: { applicationConnectors: [{ type: 'http', port, bindHost: '127.0.0.1', httpCompliance: 'RFC7230_LEGACY' }], adminConnectors: [{ type: 'http', port: admin, bindHost: '127.0.0.1' }] },
  db: { driverClass: 'org.postgresql.Driver', url: `jdbc:postgresql://127.0.0.1:${database}/${connection.database}`, user: connection.user, password: connection.password },
  migrateOnStartup: true, graphql: { enabled: false }, search: { enabled: false }, logging: { level: 'WARN', appenders: [{ type: 'console' }] },
}))
const log = openSync(join(work, 'marquez.log'), 'a')
const marquez = spawn(java, ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'marquez.MarquezApp', 'server', join(work, 'marquez.yml')], { stdio: ['ignore', log, log] })
const base = `http://127.0.0.1:${port}/api/v1`
async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${base}${path}`)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 500)}`)
  return await answer.json() as T
}

await using tulle = await startTulle()
const authorization = `Basic ${btoa(`ada:${tulle.secret('ada')}`)}`
async function tell<T>(path: string): Promise<T> {
  const answer = await fetch(`${tulle.url}/api/v1${path}`, { headers: { authorization } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 500)}`)
  return await answer.json() as T
}

interface Place { readonly product: string; readonly kind: 'data-set' | 'port' | 'foreign'; readonly name: string; readonly column: string }
interface Edge { readonly from: Place; readonly to: Place; readonly how?: string; readonly by: readonly string[] }
interface Run { readonly id: string; readonly product: string; readonly status: string }
interface Event { readonly eventType: string; readonly inputs: readonly { name: string }[]; readonly outputs: readonly { name: string }[]; readonly job: { readonly namespace: string } }
const placeName = ({ product, kind, name }: Place): string => `${product}${kind === 'port' ? ':' : '.'}${name}`
const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].toSorted()

try {
  for (let tries = 0; tries < 600 && !(await fetch(`${base}/namespaces`).then(({ ok }) => ok, () => false)); tries += 1) await sleep(200)
  const idle = async (): Promise<readonly Run[]> => {
    for (;;) {
      const { runs } = await tell<{ runs: readonly Run[] }>('/runs?limit=500')
      if (runs.length > 5 && runs.every(({ status }) => ['succeeded', 'failed', 'cancelled', 'skipped'].includes(status))) return runs
      await sleep(500)
    }
  }
  const newest = [...new Map((await idle()).filter(({ status }) => status === 'succeeded').toReversed().map((run) => [run.product, run])).values()]
  const events: Event[] = []
  for (const { id } of newest) events.push(...(await tell<{ events: readonly Event[] }>(`/runs/${id}/lineage`)).events)
  const refused: string[] = []
  for (const event of events) {
    const answer = await fetch(`${base}/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) })
    if (answer.status !== 201) refused.push(`${answer.status} ${(await answer.text()).slice(0, 300)}`)
  }
  check(`Marquez takes each of ${events.length} events of ${newest.length} runs`, [newest.length > 5, refused], [true, []])
  const namespace = events[0]?.job.namespace ?? ''
  const within = `/namespaces/${encodeURIComponent(namespace)}`

  const jobs = (await ask<{ jobs: readonly { name: string; latestRun?: { id: string; state: string } }[] }>(`${within}/jobs?limit=500`)).jobs
  check('jobs, each with the state of its run', jobs.map(({ name, latestRun }) => `${name} ${latestRun?.id} ${latestRun?.state}`).toSorted(), newest.map(({ product, id }) => `${product} ${id} COMPLETED`).toSorted())
  const told = sorted(events.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ name }) => name)))
  const datasets = (await ask<{ datasets: readonly { name: string; fields: readonly { name: string; type: string | null }[] }[] }>(`${within}/datasets?limit=500`)).datasets
  check('data sets', sorted(datasets.map(({ name }) => name)), told)

  const ours: Edge[] = []
  for (const { product } of newest) ours.push(...(await tell<{ edges: readonly Edge[] }>(`/products/${product}/lineage?direction=upstream&depth=1`)).edges)
  const wanted = ours.filter(({ to }) => newest.some(({ product }) => product === to.product) && to.kind === 'data-set')
  interface Node { readonly id: string; readonly type: string; readonly inEdges: readonly { origin: string; destination: string }[]; readonly outEdges: readonly { origin: string; destination: string }[] }
  const met = new Set<string>()
  for (const { product } of newest) {
    const { graph } = await ask<{ graph: readonly Node[] }>(`/lineage?nodeId=${encodeURIComponent(`job:${namespace}:${product}`)}&depth=1`)
    const node = graph.find(({ id }) => id === `job:${namespace}:${product}`)
    const nameOf = (id: string): string => id.slice(`dataset:${namespace}:`.length)
    for (const { origin } of node?.inEdges ?? []) met.add(`${nameOf(origin)} → ${product}`)
    for (const { destination } of node?.outEdges ?? []) met.add(`${product} → ${nameOf(destination)}`)
  }
  check('edges between data sets and jobs', sorted(met), sorted(wanted.flatMap(({ from, to }) => [`${placeName(from)} → ${to.product}`, `${to.product} → ${placeName(to)}`])))

  interface Columns { readonly graph: readonly { readonly id: string; readonly data: { readonly dataset: string; readonly field: string; readonly inputFields: readonly { dataset: string; field: string; transformationType?: string }[] } | null }[] }
  const columns = new Set<string>()
  for (const name of sorted(wanted.map(({ to }) => placeName(to)))) {
    const { graph } = await ask<Columns>(`/column-lineage?nodeId=${encodeURIComponent(`dataset:${namespace}:${name}`)}&depth=1`)
    for (const { data } of graph) for (const from of data?.inputFields ?? []) if (data?.dataset === name) columns.add(`${from.dataset}.${from.field} → ${name}.${data.field}`)
  }
  const flows = sorted(wanted.filter(({ from, to }) => to.column !== '*' && from.column !== '*').map(({ from, to }) => `${placeName(from)}.${from.column} → ${placeName(to)}.${to.column}`))
  check(`column lineage, ${flows.length} edges`, sorted(columns), flows)
} finally {
  marquez.kill('SIGKILL')
  if (failed > 0) console.log(readFileSync(join(work, 'marquez.log'), 'utf8').slice(-3_000))
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
