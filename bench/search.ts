// How long a search takes: 10,000 products of nine columns each (100,000 names), the viewer's rights asked of a compiled policy;
// node bench/search.ts [products] [--others]. With --others, where minisearch and @orama/orama can be found they are measured beside it, and PostgreSQL.

import { setTimeout as wait } from 'node:timers/promises'
import { compilePolicy } from '@tulle/policy'
import type { Grant, Subject } from '@tulle/policy'
import { buildIndex, searchProducts } from '@tulle/search'
import type { SearchDocument, Standing } from '@tulle/search'
import { openStore, startPostgres } from '@tulle/store'
import { mkdtempSync, rmSync } from 'node:fs'

const size = Number(process.argv[2] ?? 10_000)
const others = process.argv.includes('--others')
let seed = 7
const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff
const pick = (from: readonly string[]): string => from[Math.floor(random() ** 1.6 * from.length)] ?? ''
const NOUNS = 'customer order invoice payment shipment flight airport booking passenger aircraft route crew delay weather ticket seat loyalty campaign product price stock warehouse supplier contract claim policy account transaction balance ledger budget forecast employee salary shift location region country city address device sensor reading event session click page visit cart refund return review rating message call agent case incident asset machine part recipe plant energy meter tariff patient diagnosis drug trial lab sample study course student grade exam room schedule vehicle trip driver fuel toll parking parcel container vessel port berth crop field harvest soil rain'.split(' ')
const KINDS = 'daily monthly yearly hourly raw clean master golden historic current active lost open closed planned actual net gross total average regional global local online retail wholesale public private internal external first last latest best'.split(' ')
const COLUMNS = 'id name code date time amount currency status type city country region email phone birth_date first_name last_name latitude longitude created_at updated_at valid_from valid_to quantity price discount tax weight volume iata icao airline origin destination delay_minutes score rank category channel source target comment flag'.split(' ')
const VERBS = 'which carry hold list describe each with by per from between for every what where'.split(' ')

const documents = Array.from({ length: size }, (_, i): SearchDocument => {
  const [kind, noun, other] = [pick(KINDS), pick(NOUNS), pick(NOUNS)]
  return {
    id: `p${i}`, name: `${kind}_${noun}_${i}`, title: `${kind} ${noun}s of ${other}s`, domain: `domain_${i % 40}`, type: ['source-aligned', 'aggregate', 'consumer-aligned'][i % 3] ?? '',
    description: Array.from({ length: 14 }, () => (random() < 0.5 ? pick(VERBS) : pick(NOUNS))).join(' '), people: [`team_${i % 300}`, `owner${i % 200}`], tags: [pick(NOUNS), pick(KINDS)], terms: [`${noun}_id`],
    columns: Array.from({ length: 9 }, () => ({ name: random() < 0.6 ? pick(COLUMNS) : `${pick(NOUNS)}_${pick(COLUMNS)}` })), classifications: i % 4 === 0 ? ['personal'] : ['public'], ports: i % 2 === 0 ? ['sql'] : ['sql', 'rest'],
  }
})
const standing = documents.map((_, i): Standing => ({ certified: i % 5 === 0, uses: i % 977, quality: (i % 11) / 10, publishedAt: Date.now() - (i % 500) * 3_600_000 }))
const QUERIES = ['customer', 'custommer orders', 'flight delay', 'which airports have the longest delays', 'passport', 'cust', 'c', 'city', 'monthly invoice', 'owner17', 'golden patient', 'valid_from', 'shipmnt container', 'daily', 'delay_minutes', 'energy meter tariff by region', 'x', 'wareh', 'invoice_amount', 'id']

const products = documents.map(({ id, name, domain }, i) => ({ id, name, domain, team: `team_${i % 300}` }))
const subjects = Array.from({ length: 500 }, (_, i): Subject => ({ id: `u${i}`, name: `user_${i}`, kind: 'user', role: 'consumer', teams: [`team_${i % 30}`] }))
const grants = Array.from({ length: 5_000 }, (_, i): Grant => ({ id: `g${i}`, subjectKind: 'user', subject: `u${i % 500}`, productId: `p${(i * 7) % size}`, purposes: ['care'] }))
const policy = compilePolicy({ grants, products, policies: [], secret: 'bench' })
/** As the server remembers it until rights change: 0 not asked, 1 known, 2 not. */
const knowledge = new Map<Subject, Uint8Array>()
const NOBODYS = { id: '', name: '', domain: '', team: '' }
const context = { now: Date.now(), environment: 'prod' }

const report = (name: string, times: number[]): void => {
  times.sort((a, b) => a - b)
  const at = (share: number): string => `${(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)} ms`
  console.log(`${name.padEnd(44)} p50 ${at(0.5)}  p99 ${at(0.99)}  longest ${at(1)}  (${times.length} searches)`)
}

const begun = performance.now()
const index = await buildIndex(documents, standing)
console.log(`${size} products, ${size * 10} names; index built in ${((performance.now() - begun) / 1000).toFixed(1)} s, ${index.dictionary.words.length} words`)
const times: number[] = []
const busy: number[] = []
for (let round = 0; round < 30; round += 1) {
  for (const [i, words] of QUERIES.entries()) {
    const subject = subjects[(round * 31 + i) % 50]
    if (subject === undefined) continue
    const before = process.cpuUsage()
    const from = performance.now()
    const known = knowledge.get(subject) ?? new Uint8Array(size)
    knowledge.set(subject, known)
    const mayKnow = (at: number): boolean => {
      if (known[at] === 0) known[at] = policy.decide(subject, 'describe', { product: products[at] ?? NOBODYS }, undefined, context).effect === 'allow' ? 1 : 2
      return known[at] === 1
    }
    const answer = searchProducts(index, { words, facets: round % 3 === 0 ? { domain: ['domain_3', 'domain_4'] } : {}, limit: 20, offset: 0, now: context.now, mayKnow })
    for (const { id } of answer.hits) policy.openPurposes(subject, id, context)
    times.push(performance.now() - from)
    const cpu = process.cpuUsage(before)
    busy.push((cpu.user + cpu.system) / 1000)
  }
  // Searches do not come one upon the other.
  await wait(1)
}
report('tulle, facets and rights included', times)
report('  processor time of them', busy)
for (const words of QUERIES) {
  const from = performance.now()
  const { total, corrected } = searchProducts(index, { words, facets: {}, limit: 20, offset: 0, now: context.now, mayKnow: () => true })
  console.log(`  ${words.padEnd(42)} ${(performance.now() - from).toFixed(1).padStart(6)} ms ${String(total).padStart(7)} found ${corrected.map(({ word, to }) => `${word} → ${to}`).join(', ')}`)
}
if (others) await measureOthers()

async function measureOthers(): Promise<void> {
  const { default: MiniSearch } = (await import('minisearch' as string).catch(() => ({}))) as { default?: new (options: object) => { addAll(documents: readonly object[]): void; search(words: string, options: object): unknown[] } }
  if (MiniSearch !== undefined) {
    const mini = new MiniSearch({ fields: ['name', 'title', 'description', 'columns', 'tags', 'people'], extractField: (document: Record<string, unknown>, field: string) => { const value = document[field]; return Array.isArray(value) ? value.map((one: unknown) => (typeof one === 'string' ? one : (one as { name: string }).name)).join(' ') : value }, tokenize: (text: string) => text.split(/[\s_]+/u) })
    mini.addAll(documents)
    const of: number[] = []
    for (let round = 0; round < 3; round += 1) for (const words of QUERIES) { const from = performance.now(); mini.search(words, { prefix: true, fuzzy: 0.2, combineWith: 'AND', boost: { name: 3, title: 3 } }); of.push(performance.now() - from) }
    report('MiniSearch, without rights', of)
  }
  const orama = (await import('@orama/orama' as string).catch(() => undefined)) as { create(options: object): object; insertMultiple(db: object, documents: readonly object[], batch: number): Promise<unknown>; search(db: object, options: object): Promise<unknown> } | undefined
  if (orama !== undefined && size <= 20_000) {
    const db = orama.create({ schema: { name: 'string', title: 'string', description: 'string', columns: 'string[]', tags: 'string[]' } })
    await orama.insertMultiple(db, documents.map(({ id, name, title, description, columns, tags }) => ({ id, name, title, description, tags, columns: columns.map((column) => column.name) })), 1000)
    const of: number[] = []
    for (let round = 0; round < 3; round += 1) for (const words of QUERIES) { const from = performance.now(); await orama.search(db, { term: words, tolerance: 1, limit: 20, threshold: 0 }); of.push(performance.now() - from) }
    report('Orama, without rights', of)
  }
  const folder = mkdtempSync('/tmp/tulle-bench-search-')
  const postgres = await startPostgres({ folder: `${folder}/pg` })
  if (!postgres.ok) throw new Error(postgres.diagnostics[0]?.message)
  const store = await openStore({ connection: postgres.value.connection })
  if (!store.ok) throw new Error(store.diagnostics[0]?.message)
  const { sql } = await import('kysely')
  const { db } = store.value
  await sql`create extension if not exists pg_trgm`.execute(db)
  await sql`create table found (id text, name text, body text, document tsvector)`.execute(db)
  for (let i = 0; i < size; i += 2_000) {
    const rows = documents.slice(i, i + 2_000).map((d) => ({ id: d.id, name: `${d.name} ${d.title}`.replaceAll('_', ' '), body: [d.description, ...d.tags, ...d.people, ...d.columns.map(({ name }) => name)].join(' ').replaceAll('_', ' ') }))
    await sql`insert into found select r->>'id', r->>'name', r->>'body', setweight(to_tsvector('english', r->>'name'), 'A') || setweight(to_tsvector('english', r->>'body'), 'C') from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) r`.execute(db)
  }
  await sql`create index on found using gin (document)`.execute(db)
  await sql`create index on found using gin (name gin_trgm_ops)`.execute(db)
  await sql`analyze found`.execute(db)
  const of: number[] = []
  for (let round = 0; round < 3; round += 1) {
    for (const words of QUERIES) {
      const from = performance.now()
      const prefixes = words.split(/[\s_]+/u).map((word) => `${word}:*`).join(' & ')
      const { rows } = await sql`select id, ts_rank(document, q) as rank from found, to_tsquery('english', ${prefixes}) q where document @@ q order by rank desc limit 20`.execute(db)
      if (rows.length === 0) await sql`select id, similarity(name, ${words}) as rank from found where name % ${words} order by rank desc limit 20`.execute(db)
      of.push(performance.now() - from)
    }
  }
  report('PostgreSQL, without rights and facets', of)
  await store.value.close()
  await postgres.value.stop()
  rmSync(folder, { recursive: true, force: true })
}
