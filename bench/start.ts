// How long from `npm start` to the first answer over the SQL port, and how much memory all of Tulle holds when idle.
// `node bench/start.ts [idle seconds]`. The first start builds every product of the sample mesh in a fresh home.

import { memoryOf, processesBelow, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

const idleSeconds = Number(process.argv[2] ?? 60)

/** Waits until ana gets the number of flights, and says how long it took since `from`. */
async function firstAnswer(tulle: TestTulle, from: number): Promise<number> {
  for (;;) {
    const answer = tulle.sh("tulle sql --as ana -o json 'select count(*) as flights from flights.flights'")
    if (answer.status === 0 && answer.stdout.includes('3000000')) return (performance.now() - from) / 1000
    if (performance.now() - from > 180_000) throw new Error(`no answer: ${answer.stderr}\n${tulle.output()}`)
  }
}

async function allPublished(tulle: TestTulle, from: number): Promise<number> {
  for (;;) {
    const answer = tulle.sh('tulle runs list --as ada -o json')
    const runs = answer.status === 0 ? (JSON.parse(answer.stdout) as { product: string; status: string }[]) : []
    const done = new Set(runs.filter((run) => run.status === 'succeeded').map((run) => run.product))
    if (runs.some((run) => run.status === 'failed')) throw new Error(answer.stdout)
    if (done.size >= 8 && runs.every((run) => run.status === 'succeeded')) return (performance.now() - from) / 1000
    if (performance.now() - from > 180_000) throw new Error(`not built: ${answer.stdout}`)
    await new Promise((wake) => setTimeout(wake, 200))
  }
}

const began = performance.now()
await using tulle = await startTulle()
console.log(`first start to first answer, in a fresh home: ${(await firstAnswer(tulle, began)).toFixed(1)} s`)
console.log(`first start until every product is published: ${(await allPublished(tulle, began)).toFixed(1)} s`)

const seconds: number[] = []
for (let round = 0; round < 3; round += 1) {
  const again = performance.now()
  await tulle.killAndRestart()
  seconds.push(await firstAnswer(tulle, again))
}
console.log(`start to first answer with the mesh built, after kill -9: ${seconds.map((s) => s.toFixed(1)).join(', ')} s`)

await new Promise((wake) => setTimeout(wake, idleSeconds * 1000))
const memory = processesBelow(tulle.server.pid ?? 0).map(({ pid, command }) => ({ command: command.split(' ').slice(0, 2).map((word) => word.split('/').at(-1)).join(' '), megabytes: memoryOf(pid) }))
const total = memory.reduce((sum, { megabytes }) => sum + megabytes, 0)
console.log(`idle after ${idleSeconds} s: ${total.toFixed(0)} MB PSS in ${memory.length} processes`)
for (const { command, megabytes } of memory.toSorted((a, b) => b.megabytes - a.megabytes)) console.log(`  ${megabytes.toFixed(1).padStart(7)}  ${command}`)
