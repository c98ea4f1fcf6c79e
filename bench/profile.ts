// A profile of 10 million rows of 13 columns beside DuckDB's SUMMARIZE of the same Parquet files in a process of the same limits, in
// turns; answers are compared first, with what is counted exactly: node bench/profile.ts [rows].

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { duckdbEngine } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { finishProfile, profileRelation } from '@tulle/profiles'
import type { Profile } from '@tulle/profiles'

const rows = Number(process.argv[2] ?? 10_000_000)
const ROUNDS = Number(process.argv[3] ?? 3)
const FILES = 4
const COLUMNS = [
  ['id', 'long', 'i::BIGINT'], ['day', 'date', `DATE '2001-01-01' + (i * 365 // ${rows})::INTEGER`], ['departed', 'timestamp', `TIMESTAMP '2001-01-01' + to_minutes((i * 525600) // ${rows})`],
  ['origin', 'string', `chr(65 + (hash(i) % 26)::INTEGER) || chr(65 + (hash(i + 1) % 20)::INTEGER) || 'X'`], ['destination', 'string', `chr(65 + (hash(i + 2) % 26)::INTEGER) || chr(65 + (hash(i + 3) % 20)::INTEGER) || 'Y'`],
  ['delay', 'int', 'CASE WHEN hash(i + 9) % 50 = 0 THEN NULL ELSE (hash(i + 4) % 200)::INTEGER - 20 END'], ['distance', 'int', '100 + (hash(i + 5) % 3000)::INTEGER'],
  ['price', 'decimal(9, 2)', '((hash(i + 6) % 100000) / 100)::DECIMAL(9,2)'], ['tail', 'string', `'T' || lpad((hash(i + 7) % 5000)::VARCHAR, 5, '0')`],
  ['cancelled', 'boolean', 'hash(i + 10) % 3 = 0'], ['score', 'double', '(hash(i + 11) % 1000000007) / 1000000007.0::DOUBLE'], ['ticket', 'string', `'AB-' || lpad((hash(i + 12) % 100000000)::VARCHAR, 8, '0')`],
  ['channel', 'string', `(['web', 'app', 'desk', 'agent'])[1 + (hash(i + 13) % 4)::INTEGER]`],
] as const
const columns = COLUMNS.map(([name, type], i) => ({ name, type, fieldId: i + 1 }))
const relation = { schema: 'bench', name: 'flights' }

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
const rowOf = async (engine: EngineProcess, sql: string): Promise<Readonly<Record<string, Json>>> => {
  const cursor = valueOf(await engine.open(sql, { encoding: { kind: 'ndjson' } }))
  try {
    return JSON.parse(Buffer.from(valueOf(await cursor.fetch(1)).bytes).toString()) as Record<string, Json>
  } finally {
    await cursor.close()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'tulle-bench-'))
const engine = duckdbEngine({ folder: join(folder, 'engines') })
try {
  await chmod(folder, 0o711)
  const data = join(folder, 'data')
  const duckdb = valueOf(await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 1024, threads: 2 }))
  const files: { path: string }[] = []
  for (let i = 0; i < FILES; i += 1) {
    const path = join(data, `${i}.parquet`)
    valueOf(await duckdb.write(`SELECT ${COLUMNS.map(([name, , sql]) => `${sql} AS ${name}`).join(', ')} FROM range(${Math.round((rows * i) / FILES)}, ${Math.round((rows * (i + 1)) / FILES)}) t(i)`, { path, fieldIds: Object.fromEntries(columns.map(({ name, fieldId }) => [name, fieldId])) }))
    files.push({ path })
  }
  valueOf(await duckdb.define([{ ...relation, files, columns }]))
  const ours = async (): Promise<Profile> => finishProfile(valueOf(await profileRelation(duckdb, { columns, now: { files: [], isWhole: true }, before: undefined, define: async () => ok({ ...relation, columns }) })).part)
  const theirs = () => rowOf(duckdb, 'SELECT list(column_name) AS names, list(approx_unique) AS distincts, list(q50) AS medians FROM (SUMMARIZE bench.flights)')

  const profile = await ours()
  await compare(duckdb, profile)
  const [mine, other]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [work, times] of [[ours, mine], [theirs, other]] as const) {
      const begun = performance.now()
      await work()
      times.push(performance.now() - begun)
    }
  }
  const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  process.stdout.write(`profile ${Math.round(median(mine))} ms, SUMMARIZE ${Math.round(median(other))} ms: ${(median(mine) / median(other)).toFixed(2)} × (target ≤ 1 ×), median of ${ROUNDS} rounds in turns, load ${loadavg()[0]?.toFixed(1)}\n`)
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}

/** Everything that needs no memory is exact; distinct values and the ranks of quantiles are within a percent. */
async function compare(duckdb: EngineProcess, profile: Profile): Promise<void> {
  if (profile.rows !== rows) throw new Error(`${profile.rows} rows`)
  let [worstDistinct, worstRank] = [0, 0]
  for (const { name, nulls, min, max, distinct = 0, quantiles, type, kind } of profile.columns) {
    const truth = await rowOf(duckdb, `SELECT count(*) - count(${name}) AS nulls, min(${name})::VARCHAR AS a, max(${name})::VARCHAR AS b, (SELECT count(*) FROM (SELECT DISTINCT ${name} FROM bench.flights WHERE ${name} IS NOT NULL)) AS d FROM bench.flights`)
    if (nulls !== Number(truth['nulls']) || min !== truth['a'] || max !== truth['b']) throw new Error(`${name}: ${JSON.stringify({ nulls, min, max, truth })}`)
    worstDistinct = Math.max(worstDistinct, Math.abs(distinct / Number(truth['d']) - 1))
    for (const share of quantiles === undefined ? [] : [0.05, 0.25, 0.5, 0.75, 0.95]) {
      const value = quantiles?.[Math.round(share * 200)] ?? 0
      const number = kind === 'time' ? `epoch(${name})` : `${name}::DOUBLE`
      const rank = await rowOf(duckdb, `SELECT count(*) FILTER (${number} < ${value}) / count(${name}) AS below, count(*) FILTER (${number} <= ${value}) / count(${name}) AS upto FROM bench.flights`)
      const off = Math.max(0, Number(rank['below']) - share, share - Number(rank['upto']))
      worstRank = Math.max(worstRank, off)
      if (off > 0.01) throw new Error(`${name} ${String(type)}: ${share} is ${value}, which has the ranks ${JSON.stringify(rank)}`)
    }
  }
  if (worstDistinct > 0.01) throw new Error(`distinct values are off by ${(worstDistinct * 100).toFixed(2)} %`)
  process.stdout.write(`${rows} rows × ${profile.columns.length} columns: counts, nulls, smallest and largest are exact; distinct values within ${(worstDistinct * 100).toFixed(2)} %, ranks of quantiles within ${(worstRank * 100).toFixed(2)} %\n`)
}
