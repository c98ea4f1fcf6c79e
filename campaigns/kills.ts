// Kills a living Tulle at random moments during applies, runs and grants, and checks after each that nothing acknowledged
// is lost and that the next apply converges.
//
//   node campaigns/kills.ts [--cycles 200] [--seed 1] [--control]
//
// Seeded, resumable (it goes on where .test-output/kills-<seed>.json stopped), one line of progress. The control counts
// an action as acknowledged when it is sent, not when it is answered: it must find losses, or the checks are blind.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { processesBelow, startTulle } from '@tulle/server/testing'
import { ShopMesh } from './kills-mesh.ts'
import { randomFrom } from './random-from.ts'

export interface KillCampaign {
  readonly cycles: number
  readonly seed: number
  readonly control: boolean
  readonly done?: number
  readonly progress?: (done: number, found: readonly string[]) => void
}

export interface KillOutcome {
  readonly cycles: number
  readonly acknowledged: number
  /** What was acknowledged and is not there, or what did not converge. */
  readonly violations: readonly string[]
}

const VICTIMS = ['server', 'server', 'postgres', 'backend', 'engine'] as const
type Victim = (typeof VICTIMS)[number]

/** Runs the campaign on a Tulle of its own. */
export async function killAtRandom({ cycles, seed, control, done = 0, progress }: KillCampaign): Promise<KillOutcome> {
  const random = randomFrom(seed)
  for (let skipped = 0; skipped < done * 4; skipped += 1) random()
  const folder = ShopMesh.folder()
  await using tulle = await startTulle({ mesh: folder })
  rmSync(folder, { recursive: true })
  const mesh = await ShopMesh.open(tulle)
  const violations: string[] = []
  let acknowledged = 0
  for (let cycle = done; cycle < cycles; cycle += 1) {
    const pick = <T>(options: readonly T[]): T => options[Math.floor(random() * options.length)] as T
    const action = pick(['apply', 'run', 'grant'] as const)
    const victim = pick(VICTIMS)
    // Losses of what was never answered happen early, so the control kills early.
    const delay = Math.floor(random() ** 2 * (control ? 40 : 900))
    random()
    const started = mesh.start(action, cycle)
    await new Promise((wake) => setTimeout(wake, delay))
    kill(victim, tulle.server.pid ?? 0)
    const answered = await Promise.race([started.answered, mesh.gone(tulle.server)])
    if (answered || control) acknowledged += 1
    if (victim === 'server') await tulle.restart()
    await mesh.ready()
    const found = await mesh.check(started, answered || control).catch((error: unknown) => [`the check broke: ${String(error)}`])
    if (tulle.server.exitCode !== null || tulle.server.signalCode !== null) {
      found.push(`the server is gone, and nobody killed it: ${tulle.output().slice(-1500)}`)
      await tulle.restart()
      await mesh.ready()
    }
    violations.push(...found.map((what) => `cycle ${cycle} (${action}, ${victim} killed after ${delay} ms): ${what}`))
    progress?.(cycle + 1, violations)
    // One loss that is seen shows that losses are seen.
    if (control && violations.length > 0) return { cycles: cycle + 1 - done, acknowledged, violations }
  }
  return { cycles: cycles - done, acknowledged, violations }
}

function kill(victim: Victim, server: number): void {
  const below = processesBelow(server)
  const chosen: Record<Victim, (command: string) => boolean> = {
    server: () => false,
    postgres: (command) => /(^|\/)postgres .*-D/u.test(command),
    backend: (command) => command.startsWith('postgres: ') && !/(checkpointer|writer|launcher|io worker)/u.test(command),
    engine: (command) => command.includes('duckdb/worker.ts'),
  }
  const targets = victim === 'server' ? [{ pid: server }] : below.filter(({ command }) => chosen[victim](command)).slice(0, victim === 'backend' ? 1 : 5)
  for (const { pid } of targets) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { cycles: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' }, control: { type: 'boolean', default: false } } })
  const [cycles, seed] = [Number(values.cycles), Number(values.seed)]
  const folder = join(import.meta.dirname, '../.test-output')
  const file = join(folder, `kills-${seed}${values.control ? '-control' : ''}.json`)
  mkdirSync(folder, { recursive: true })
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { done: number; violations: string[] }) : { done: 0, violations: [] }
  const outcome = await killAtRandom({
    cycles, seed, control: values.control, done: Math.min(before.done, cycles),
    progress: (done, found) => {
      writeFileSync(file, JSON.stringify({ done, violations: [...before.violations, ...found] }))
      process.stderr.write(`\r[${'#'.repeat(Math.round((done / cycles) * 40)).padEnd(40)}] ${done}/${cycles} cycles, ${before.violations.length + found.length} violations `)
    },
  })
  const violations = [...before.violations, ...outcome.violations]
  process.stderr.write('\n')
  for (const violation of violations) console.log(violation)
  const failed = values.control ? Number(violations.length === 0) : violations.length
  console.log(`${cycles - (values.control ? 0 : failed)} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
