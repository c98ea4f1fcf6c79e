// Both readers beside each other: what flows and is not claimed, what is claimed and was never seen to move, whose tables are right,
// and how long a statement takes. A check fails where sqlglot is better, or less than ten times slower.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lineageOf, tablesOfText } from '@tulle/lineage'
import { columnOracle, ORACLE_TABLES } from '@tulle/lineage/testing'

interface Case { readonly sql: string; readonly dialect: string; readonly sources: readonly string[]; readonly targets: readonly string[] }
interface Answer { readonly version: string; readonly answers: readonly (Readonly<Record<string, readonly string[]>> | null)[]; readonly cases: readonly (readonly [readonly string[], readonly string[]] | null)[]; readonly milliseconds: number }

const [python = 'python3', work = '.'] = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const queries = JSON.parse(readFileSync(join(root, 'packages/lineage/src/cases/analytical-queries.json'), 'utf8')) as readonly string[]
const CORPUS = process.env['LINEAGE_CORPUS'] ?? join(root, '../shared/corpora/lineage-tables/cases.jsonl')
const cases = (existsSync(CORPUS) ? readFileSync(CORPUS, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Case) : []).filter(({ sources }) => !sources.some((one) => one.includes('MagicMock')))
const DIALECTS: Readonly<Record<string, string | null>> = { ansi: null, sparksql: 'spark', greenplum: 'postgres', vertica: 'postgres', db2: null, mariadb: 'mysql' }
const MODELS = 10_000
const BATCH = 260
/** The parser takes a named window of two statements of one text for one that is there twice, so such go alone. */
const NAMED_WINDOW = /\bwindow\s+\w+\s+as\b/iu

const oracle = await columnOracle()
const asked = join(work, 'asked.json')
writeFileSync(asked, JSON.stringify({ queries, schema: ORACLE_TABLES, rounds: 3, cases: cases.map(({ sql, dialect }) => ({ sql, dialect: dialect in DIALECTS ? DIALECTS[dialect] : dialect })) }))
const theirs = JSON.parse(execFileSync(python, [join(import.meta.dirname, 'read.py'), asked], { encoding: 'utf8', maxBuffer: 1 << 26 })) as Answer

const sums = { ours: { missed: 0, claimed: 0, seen: 0 }, theirs: { missed: 0, claimed: 0, seen: 0, unread: 0 }, flows: 0 }
for (const [i, sql] of queries.entries()) {
  const own = await oracle.read(sql)
  const tables = own.tables.map(({ name }) => name)
  const [flows, { moves }] = [await oracle.flowsOf(sql, tables), await oracle.movesOf(sql, tables)]
  const seen = new Set(moves.map(({ output, source }) => `${output.toLowerCase()} ${source}`))
  const claims = new Set(own.columns.flatMap(({ name, direct }) => direct.map((one) => `${name.toLowerCase()} ${one.name}.${one.column}`)))
  const answer = theirs.answers[i]
  const others = new Set(Object.entries(answer ?? {}).flatMap(([name, sources]) => sources.map((source) => `${name.toLowerCase()} ${source}`)))
  if (answer === null) sums.theirs.unread += 1
  sums.flows += flows.length
  for (const [sum, own] of [[sums.ours, claims], [sums.theirs, others]] as const) {
    sum.missed += flows.filter(({ output, source }) => !own.has(`${output.toLowerCase()} ${source}`)).length
    sum.claimed += own.size
    sum.seen += [...own].filter((one) => seen.has(one)).length
  }
}

const columnsOf = ({ name }: { readonly name: string }): readonly { readonly name: string }[] | undefined => (ORACLE_TABLES[name] === undefined ? undefined : Object.entries(ORACLE_TABLES[name]).map(([column, type]) => ({ name: column, type })))
// Every statement once more under another number, so that nothing is the same text twice.
const models = Array.from({ length: MODELS }, (_, n) => `${queries[n % queries.length] ?? ''} -- ${n}`)
const read = async (some: readonly string[]): Promise<number> => {
  const tree = await oracle.parser.parse(some.join('\n;'))
  if (!tree.ok) throw new Error(tree.diagnostics[0]?.message)
  return tree.value.statements.reduce((sum, statement) => sum + lineageOf({ text: '', statements: [statement] }, { columnsOf }).columns.length, 0)
}
await read(models.slice(0, BATCH).filter((one) => !NAMED_WINDOW.test(one)))
const began = performance.now()
for (let at = 0; at < MODELS; at += BATCH) {
  const some = models.slice(at, at + BATCH)
  await read(some.filter((one) => !NAMED_WINDOW.test(one)))
  for (const one of some.filter((model) => NAMED_WINDOW.test(model))) await read([one])
}
const ours = (performance.now() - began) / MODELS

const names = (all: readonly string[]): string => JSON.stringify([...new Set(all.map((one) => one.toLowerCase()))].toSorted())
const isRight = ({ sources, targets }: Case, found: readonly [readonly string[], readonly string[]] | null | undefined): boolean => found !== null && found !== undefined && names(found[0]) === names(sources) && names(found[1]) === names(targets)
const right = { ours: cases.filter((one) => { const found = tablesOfText(one.sql); return isRight(one, [found.sources, found.targets]) }).length, theirs: cases.filter((one, i) => isRight(one, theirs.cases[i])).length }

const share = ({ seen, claimed }: { readonly seen: number; readonly claimed: number }): string => `${((seen / claimed) * 100).toFixed(1)} %`
console.log(`columns of ${queries.length} statements, ${sums.flows} flows seen: we miss ${sums.ours.missed}, sqlglot ${theirs.version} misses ${sums.theirs.missed} (${sums.theirs.unread} statements unread)`)
console.log(`claimed as flowing and seen to move: ${sums.ours.seen} of ${sums.ours.claimed} (${share(sums.ours)}); sqlglot ${sums.theirs.seen} of ${sums.theirs.claimed} (${share(sums.theirs)})`)
console.log(cases.length === 0 ? 'tables of the shared corpus: SKIPPED, it is not there' : `tables of ${cases.length} statements of the shared corpus: ${right.ours} right; by a plain walk over sqlglot's tree ${right.theirs}`)
console.log(`time: ${ours.toFixed(3)} ms a statement in ${MODELS}; sqlglot ${theirs.milliseconds.toFixed(3)} ms in those that it reads: ${(theirs.milliseconds / ours).toFixed(1)} times`)
const checks = { 'nothing that flows is missed': sums.ours.missed === 0, 'sqlglot misses no less': sums.theirs.missed >= sums.ours.missed, 'what is claimed moves as often': sums.ours.seen / sums.ours.claimed >= sums.theirs.seen / sums.theirs.claimed - 0.01, 'tables': right.ours >= right.theirs, 'ten times the speed': theirs.milliseconds / ours >= 10 }
const failed = Object.entries(checks).filter(([, holds]) => !holds)
for (const [check] of failed) console.log(`FAILED: ${check}`)
console.log(`${Object.keys(checks).length - failed.length} passed, ${failed.length} failed`)
process.exit(failed.length === 0 ? 0 : 1)
