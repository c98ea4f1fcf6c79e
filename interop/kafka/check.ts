// A living mesh beside a real Kafka. Usage: check.ts <java> <jars> <python> <folder with node_modules> <work folder>.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { startTulle } from '@tulle/server/testing'
import { kafkaSnippets } from '../../packages/console/src/product/snippets.ts'
import { realBroker } from './real-broker.ts'

const [java = '', jars = '', python = '', npm = '', work = ''] = process.argv.slice(2)
let [passed, failed] = [0, 0]
function check(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) passed += 1
  else {
    failed += 1
    console.log(`✗ ${what}\n  found  ${JSON.stringify(found)?.slice(0, 1_500)}\n  wanted ${JSON.stringify(wanted)?.slice(0, 1_500)}`)
  }
}

const broker = await realBroker({ java, jars, folder: join(work, 'kafka') })
const FORMATS = { a: 'avro', j: 'json', p: 'protobuf' } as const
const mesh = join(work, 'mesh')
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(mesh, path)), { recursive: true })
  writeFileSync(join(mesh, path), text)
}
const contract = (name: string, properties: readonly object[]): string => JSON.stringify({ apiVersion: 'v3.1.0', kind: 'DataContract', id: name, name, version: '1.0.0', status: 'active', schema: [{ name, properties }] })
const ROWS = 3_000
const row = (id: number, customer: string): string => `${id},${customer},${id}.50,2026-03-01,2026-03-01 12:00:00,true`
const csv = (rows: readonly string[]): string => `id,customer,amount,bought,seen,fine\n${rows.join('\n')}\n`
write('mesh.yaml', `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: shop }
spec:
  purposes: [{ name: reporting }]
  demo: { users: [{ name: ada, role: administrator }, { name: dora, role: developer, teams: [sales] }] }
`)
write('teams/sales.yaml', 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: sales }\n')
write('domains/shop/domain.yaml', 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: shop }\nspec: { owner: sales }\n')
write('applications/crm.yaml', 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crm }\nspec: { team: sales }\n')
write('grants/crm.yaml', `apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: crm_reads }\nspec: { subject: { application: crm }, product: orders, data_set: orders, purposes: [reporting], rows: "customer <> 'hidden'" }\n`)
const cluster = `brokers: ['${broker.address}'], tls: 'off'`
write('domains/shop/orders/product.yaml', `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: orders }
spec:
  components:
    - { name: orders, type: data-product, properties: { definition: What people ordered } }
    - { name: file, type: file-input-port, properties: { path: domains/shop/orders/orders.csv } }
    - { name: orders, type: data-set, properties: { from: file } }
    - { name: sql, type: sql-output-port }
${Object.entries(FORMATS).map(([suffix, format]) => `    - { name: as_${format}, type: kafka-output-port, properties: { ${cluster}, application: crm, format: ${format}, topic_suffix: ${suffix}, partitions: 2, replicas: 1 } }`).join('\n')}
`)
write('domains/shop/orders/contracts/orders.odcs.yaml', contract('orders', [
  { name: 'id', logicalType: 'integer', required: true, unique: true, primaryKey: true, primaryKeyPosition: 1 }, { name: 'customer', logicalType: 'string' },
  { name: 'amount', logicalType: 'number', physicalType: 'decimal(9,2)' }, { name: 'bought', logicalType: 'date' }, { name: 'seen', logicalType: 'timestamp' }, { name: 'fine', logicalType: 'boolean' },
]))
write('domains/shop/orders/orders.csv', csv(Array.from({ length: ROWS }, (_, i) => row(i + 1, i % 3 === 0 ? 'hidden' : `c${i}`))))
write('domains/shop/copies/product.yaml', `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: copies }
spec:
  components:
    - { name: copies, type: data-product, properties: { definition: What came back } }
    - { name: topic, type: kafka-input-port, properties: { ${cluster}, topic: orders.orders.a, format: registry } }
    - { name: copies, type: data-set, properties: { from: topic } }
    - { name: sql, type: sql-output-port }
`)
write('domains/shop/copies/contracts/copies.odcs.yaml', contract('copies', [{ name: 'id', logicalType: 'integer', required: true }, { name: 'customer', logicalType: 'string' }, { name: 'amount', logicalType: 'number', physicalType: 'decimal(9,2)' }]))

const tulle = await startTulle({ mesh, environment: { TULLE_SOURCE_HOSTS: '127.0.0.1' } })
interface Read { readonly key: { readonly id: number }; readonly value: { readonly id: number; readonly customer: string; readonly amount: unknown; readonly bought: string; readonly fine: boolean } | null; readonly op: string; readonly id: string }
const read = (suffix: string, format: string): readonly Read[] => {
  const { stdout, stderr, status } = spawnSync(python, ['-B', join(import.meta.dirname, 'read_topic.py'), broker.address, `orders.orders.${suffix}`, format, tulle.url, 'dora', tulle.secret('dora')], { encoding: 'utf8', maxBuffer: 100_000_000 })
  if (status !== 0) throw new Error(stderr.slice(-2_000))
  return stdout.trimEnd().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Read)
}
const held = (records: readonly Read[]): ReadonlyMap<number, Read['value']> => {
  const rows = new Map<number, Read['value']>()
  for (const { key, value } of records) if (value === null) rows.delete(Number(key.id)); else rows.set(Number(key.id), value)
  return rows
}
const topics = async () => {
  const answer = await fetch(`${tulle.url}/api/v1/products/orders`, { headers: { authorization: `Basic ${btoa(`ada:${tulle.secret('ada')}`)}` } })
  return ((await answer.json()) as { outputPorts: readonly { kafka?: { topics: readonly { status: string; written: number; trouble?: { message?: string } }[] } }[] }).outputPorts.flatMap(({ kafka }) => kafka?.topics ?? [])
}
const until = async (fine: () => Promise<boolean>, seconds = 60): Promise<boolean> => {
  for (let i = 0; i < seconds * 5; i += 1) {
    if (await fine().catch(() => false)) return true
    await sleep(200)
  }
  return false
}
const publish = (rows: readonly string[]): void => {
  writeFileSync(join(tulle.checkout, 'examples/skyline/domains/shop/orders/orders.csv'), csv(rows))
  const { status, stdout, stderr } = tulle.sh('npx tulle run orders --as dora --wait')
  check(`a run publishes ${stdout}${stderr}`.slice(0, status === 0 ? 14 : 500), status, 0)
}
try {
  const visible = Array.from({ length: ROWS }, (_, i) => i + 1).filter((id) => (id - 1) % 3 !== 0)
  check('all three topics hold what may be seen', await until(async () => (await topics()).filter(({ written }) => written >= visible.length).length === 3), true)
  if (failed > 0) console.log(JSON.stringify(await topics()))
  for (const [suffix, format] of Object.entries(FORMATS)) {
    const rows = held(read(suffix, format))
    check(`${format}: the rows of the process domain, and no other`, [...rows.keys()].toSorted((a, b) => a - b), visible)
    const one = rows.get(2)
    check(`${format}: the values of a row`, [one?.customer, Number(one?.amount), one?.bought.slice(0, 10), one?.fine], ['c1', 2.5, '2026-03-01', true])
  }

  const status = await (await fetch(`${tulle.url}/api/v1/status`)).json() as Parameters<typeof kafkaSnippets>[0]
  for (const [suffix, format] of Object.entries(FORMATS)) {
    const topic = `orders.orders.${suffix}`
    const snippet = kafkaSnippets(status, 'dora', { brokers: [broker.address], format, application: 'crm', topics: [] }, topic).find(({ tool }) => tool === 'Python')?.text ?? ''
    const ran = spawnSync(python, ['-B', join(import.meta.dirname, 'run_snippet.py'), tulle.secret('dora'), String(visible.length), topic, tulle.url, 'dora'], { input: snippet, encoding: 'utf8', timeout: 120_000, maxBuffer: 100_000_000 })
    const printed = ran.stdout.trimEnd().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as { id: number; customer: string })
    check(`${format}: the portal's snippet, as it is shown, prints every row ${ran.stderr.slice(-500)}`, [printed.length, printed.map(({ id }) => Number(id)).toSorted((a, b) => a - b), printed.find(({ id }) => Number(id) === 2)?.customer], [visible.length, visible, 'c1'])
  }

  publish([row(2, 'changed'), row(3, 'c2'), row(9_001, 'new')])
  check('what changed is there', await until(async () => (await topics()).every(({ written }) => written >= 2 * visible.length)), true)
  for (const [suffix, format] of Object.entries(FORMATS)) {
    const rows = held(read(suffix, format))
    check(`${format}: changes and tombstones`, [...rows].toSorted(([a], [b]) => a - b).map(([id, value]) => [id, value?.customer]), [[2, 'changed'], [3, 'c2'], [9_001, 'new']])
  }

  const granted = await fetch(`${tulle.url}/api/v1/grants`, { method: 'POST', headers: { authorization: `Basic ${btoa(`ada:${tulle.secret('ada')}`)}`, 'content-type': 'application/json' }, body: JSON.stringify({ subjectKind: 'user', subject: 'ada', product: 'copies', purposes: ['reporting'] }) })
  check('whoever reads the copy is granted it', granted.status, 201)
  const ran = tulle.sh('npx tulle run copies --as dora --wait')
  check(`the topic is read back ${ran.status === 0 ? '' : `${ran.stdout}${ran.stderr}`}`, ran.status, 0)
  if (ran.status !== 0) console.log(tulle.sh('tail -c 6000 .tulle/logs/server.log; psql --version').stdout)
  const copied = tulle.sh(`npx tulle sql "select count(*) as n, count(distinct id) as ids, min(amount) as least from copies.copies" --as ada -o json`)
  check('as rows with their values', JSON.parse(copied.stdout || copied.stderr || 'null'), [{ n: visible.length + 2, ids: visible.length + 1, least: 2.5 }])

  await broker.kill()
  publish([row(2, 'while it was away'), row(9_002, 'too')])
  check('why nothing goes on is told', await until(async () => (await topics()).every(({ status, trouble }) => status === 'waiting' && trouble !== undefined), 90), true)
  await broker.start()
  check('everything is written when the broker is back', await until(async () => (await topics()).every(({ status }) => status === 'following'), 120), true)
  for (const [suffix, format] of Object.entries(FORMATS)) {
    const records = read(suffix, format)
    check(`${format}: in step after a kill of the broker`, [...held(records)].toSorted(([a], [b]) => a - b).map(([id, value]) => [id, value?.customer]), [[2, 'while it was away'], [9_002, 'too']])
    check(`${format}: nothing twice`, new Set(records.map(({ id, key, op }) => `${id} ${key.id} ${op}`)).size, records.length)
  }

  const client = spawnSync(process.execPath, [join(import.meta.dirname, 'with-registry.mjs'), npm, `${tulle.url}/schema-registry`, 'dora', tulle.secret('dora')], { encoding: 'utf8' })
  const [, fine = '0', wrong = '1'] = /^(\d+) passed, (\d+) failed$/mu.exec(client.stdout) ?? []
  console.log(client.stdout.trimEnd().split('\n').slice(0, -1).join('\n'), client.stderr.slice(-1_000))
  passed += Number(fine)
  failed += Number(wrong)
} finally {
  await tulle.stop()
  await broker.kill()
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
