// How long 10,000 recorded statements take to be planned against a changed schema: node bench/replay.ts [statements]. Each is another
// text; a tenth of them fail. The limit is ten seconds.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duckdbEngine } from '@tulle/engine'
import { replayStatements } from '@tulle/planner'
import type { ReplayStatement, ReplayTable } from '@tulle/planner'

const count = Number(process.argv[2] ?? 10_000)
const table = (columns: number, name = 'flights'): ReplayTable => ({ schema: name, name, columns: Array.from({ length: columns }, (_, i) => ({ name: `c${i}`, type: i % 3 === 0 ? 'long' : 'string' })) })
const texts = (i: number): string => [
  `select c${i % 40}, count(*) as ?:name${i + 1} from flights.flights where c${(i * 7) % 36} = $1 group by ?:int`,
  `select ?:name.c${i % 36} as ?:name${i + 3} from flights.flights as ?:name join airports.airports as ?:name2 on ?:name.c0 = ?:name2.c${(i * 3) % 30} limit ?:int`,
  `with ?:name as (select c1, c${i % 38}, c${i % 19} as ?:name${i + 3} from flights.flights) select * from ?:name where ?:name${i + 3} is not null and c1 like ?:text or length(c1) > ?:int`,
  `select * from (select c0, c${i % 36} as ?:name, row_number() over (partition by c1 order by c${i % 39}) as ?:name${i + 3} from flights.flights) where ?:name${i + 3} <= ?:int`,
][i % 4] ?? ''
const statements = Array.from({ length: count }, (_, i): ReplayStatement => ({ text: texts(i), group: 'ana', who: ['ana'], runs: 1, last: '2026-01-01', tables: ['flights.flights'] }))

const folder = mkdtempSync(join(tmpdir(), 'tulle-replay-'))
const engine = duckdbEngine({ folder })
const begun = performance.now()
const started = await engine.start({ readPaths: [], writePaths: [], memoryMegabytes: 512, threads: 1 })
if (!started.ok) throw new Error(started.diagnostics.map(({ message }) => message).join(' '))
const replayed = await replayStatements(started.value, { before: [table(40), table(40, 'airports')], after: [table(36), table(40, 'airports')] }, statements, { milliseconds: 600_000 })
const milliseconds = performance.now() - begun
await engine.close()
rmSync(folder, { recursive: true, force: true })
if (!replayed.ok) throw new Error(replayed.diagnostics.map(({ message }) => message).join(' '))
const { planned, failing, unknown, skipped } = replayed.value
process.stdout.write(`${count} statements in ${milliseconds.toFixed(0)} ms: ${planned.length} planned, ${failing.length} would fail, ${unknown} unknown, ${skipped} left out\n`)
