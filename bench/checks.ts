// How long 26 checks and a unique key take over 13 columns, beside the same by hand in one SELECT, and beside datacontract-cli where
// DATACONTRACT_PYTHON names a Python that has it: node bench/checks.ts [rows]. Goals: at most 1.2 times the SQL, a tenth of the tool.

import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportContract } from '@tulle/contracts'
import { duckdbEngine } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import type { Json, Result } from '@tulle/kernel'
import { parseContracts } from '@tulle/model'
import { compileChecks, runChecks } from '@tulle/quality'

const rows = Number(process.argv[2] ?? 10_000_000)
const ROUNDS = 5
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

const number = (name: string, low: number, high: number): Json => ({ name, logicalType: 'integer', required: true, logicalTypeOptions: { minimum: low, maximum: high } })
const text = (name: string, pattern: string): Json => ({ name, logicalType: 'string', required: true, logicalTypeOptions: { minLength: 2, pattern } })
const contract: Json = {
  apiVersion: 'v3.1.0', kind: 'DataContract', id: 'bench', version: '1.0.0', status: 'draft',
  servers: [{ server: 'local', type: 'local', path: '', format: 'parquet' }],
  schema: [{ name: 'trips', quality: [{ metric: 'rowCount', mustBeGreaterThan: 0 }], properties: [
    { name: 'id', logicalType: 'integer', unique: true },
    number('a', 0, 999), number('b', 0, 999), number('c', 0, 999), number('d', 0, 999), text('origin', '^[A-Z]+$'), text('state', '^s[0-9]$'),
    { name: 'delay', logicalType: 'integer', logicalTypeOptions: { minimum: -100 } }, { name: 'price', logicalType: 'number', logicalTypeOptions: { minimum: 0 } },
    { name: 'day', logicalType: 'date', required: true }, { name: 'departed', logicalType: 'timestamp', required: true }, { name: 'ok', logicalType: 'boolean', required: true }, { name: 'word', logicalType: 'string', required: true, logicalTypeOptions: { maxLength: 40 } },
  ] }],
}
const MADE = `select i::bigint as id, (hash(i) % 1000)::bigint as a, (hash(i + 1) % 1000)::bigint as b, (hash(i + 2) % 1000)::bigint as c, (hash(i + 3) % 1000)::bigint as d,
  chr(65 + (hash(i + 4) % 26)::int) || chr(65 + (hash(i + 5) % 26)::int) || 'X' as origin, 's' || (hash(i + 6) % 10) as state, (hash(i + 7) % 300)::bigint - 50 as delay,
  (hash(i + 8) % 100000) / 100 as price, date '2001-01-01' + (hash(i + 9) % 365)::int as day, timestamp '2001-01-01' + interval (hash(i + 10) % 500000) minute as departed, hash(i) % 2 = 0 as ok, 'word ' || (hash(i + 11) % 5000) as word from range(${rows}) r(i)`
const BY_HAND = `SELECT count(*), count(*) - count(DISTINCT id),
  ${['a', 'b', 'c', 'd'].map((c) => `count(*) FILTER (WHERE ${c} IS NULL), count(*) FILTER (WHERE ${c} < 0), count(*) FILTER (WHERE ${c} > 999)`).join(', ')},
  ${[['origin', '^[A-Z]+$'], ['state', '^s[0-9]$']].map(([c, p]) => `count(*) FILTER (WHERE ${c} IS NULL), count(*) FILTER (WHERE length(${c}) < 2), count(*) FILTER (WHERE NOT regexp_matches(${c}, '${p}'))`).join(', ')},
  count(*) FILTER (WHERE delay < -100), count(*) FILTER (WHERE price < 0), count(*) FILTER (WHERE day IS NULL), count(*) FILTER (WHERE departed IS NULL), count(*) FILTER (WHERE ok IS NULL), count(*) FILTER (WHERE word IS NULL), count(*) FILTER (WHERE length(word) > 40)
  FROM bench.trips`

async function run(process: EngineProcess, sql: string): Promise<void> {
  const cursor = valueOf(await process.open(sql, { encoding: { kind: 'ndjson' } }))
  valueOf(await cursor.fetch(2))
  await cursor.close()
}
const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

const folder = await mkdtemp(join(tmpdir(), 'tulle-bench-'))
const engine = duckdbEngine({ folder: join(folder, 'engines') })
try {
  await chmod(folder, 0o711)
  const data = join(folder, 'data')
  await mkdir(data)
  const session = valueOf(await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 4_096, threads: 2 }))
  const [object] = valueOf(parseContracts(valueOf(exportContract(contract, 'odcs')), 'bench.yaml')).objects
  if (object === undefined) throw new Error('the contract has no object')
  const columns = object.contract.columns.map(({ name, type }, i) => ({ name, type, fieldId: i + 1 }))
  const path = join(data, 'trips.parquet')
  valueOf(await session.write(MADE, { path, fieldIds: Object.fromEntries(columns.map(({ name, fieldId }) => [name, fieldId])) }))
  const relation = { schema: 'bench', name: 'trips' }
  valueOf(await session.define([{ ...relation, files: [{ path }], columns }]))
  const plan = valueOf(compileChecks(object.contract, relation))
  const [ours, hand]: [number[], number[]] = [[], []]
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [times, work] of [[ours, async () => {
      const verdicts = valueOf(await runChecks(session, { plan, relation, dataSet: 'bench.trips' }))
      const bad = verdicts.filter(({ status }) => status !== 'pass')
      if (bad.length > 0) throw new Error(bad.map(({ check, sentence }) => `${check}: ${sentence}`).join('\n'))
    }], [hand, () => run(session, BY_HAND)]] as const) {
      const begun = performance.now()
      await work()
      // The first round warms.
      if (round > 0) times.push(performance.now() - begun)
    }
  }
  const measuring = plan.checks.filter(({ measure }) => measure.kind !== 'type')
  const [a, b] = [median(ours), median(hand)]
  console.log(`${rows} rows, ${columns.length} columns, ${measuring.length} checks that read rows (one a unique key) and ${plan.checks.length - measuring.length} of types in ${plan.scans.length} scans, load ${loadavg()[0]?.toFixed(1)}: ${a.toFixed(0)} ms; by hand in one SELECT ${b.toFixed(0)} ms; ${(a / b).toFixed(2)} times (goal 1.2)`)
  const python = process.env['DATACONTRACT_PYTHON']
  if (python === undefined) console.log('DATACONTRACT_PYTHON names no Python, so the tool is not measured.')
  else {
    const own = join(folder, 'tool')
    await mkdir(own)
    await copyFile(path, join(own, 'trips.parquet'))
    await writeFile(join(own, 'contract.yaml'), valueOf(exportContract({ ...contract, servers: [{ server: 'local', type: 'local', path: join(own, '{model}.parquet'), format: 'parquet' }] }, 'odcs')))
    const script = 'import sys,time,logging;logging.disable(50)\nfrom datacontract.data_contract import DataContract\nt=time.time();r=DataContract(data_contract_file=sys.argv[1]).test();print((time.time()-t)*1000, sum(str(c.result.value)=="passed" for c in r.checks if c.result), len(r.checks))'
    const told = spawnSync(python, ['-c', script, join(own, 'contract.yaml')], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1)?.split(' ') ?? []
    console.log(`datacontract-cli: ${Number(told[0]).toFixed(0)} ms, ${told[1]} of ${told[2]} passed; ${(Number(told[0]) / a).toFixed(1)} times ours (goal 10)`)
  }
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}
