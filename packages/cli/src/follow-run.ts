// A run on the server, followed to its end.

import { ApiProblem } from '@tulle/api'
import type { Client, Run } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok, systemClock } from '@tulle/kernel'
import { followSteps } from './progress.ts'
import type { Step } from './progress.ts'
import type { World } from './types.ts'

/** How long a server may be away while a run is followed: it may be restarted under it. */
const AWAY = 60_000

/** Follows a run to its end, over broken streams and restarts of the server. */
export function followRun(world: World, client: Client, run: string): Promise<Result<Run>> {
  const show = followSteps(world.terminal)
  return follow(world, client, run, (state) => show(state.steps.map(toStep)))
}

/** The same, being shown each new line of its log once. */
export function followLog(world: World, client: Client, run: string, show: (lines: Run['log']) => void): Promise<Result<Run>> {
  let last = -1n
  return follow(world, client, run, ({ log }) => {
    const lines = log.filter(({ seq }) => BigInt(seq) > last)
    const newest = lines.at(-1)
    if (newest === undefined) return
    last = BigInt(newest.seq)
    show(lines)
  })
}

async function follow(world: World, client: Client, run: string, show: (state: Run) => void): Promise<Result<Run>> {
  world.signal.addEventListener('abort', () => world.terminal.say(`Run ${run} goes on without you; "tulle runs cancel ${run}" stops it.`), { once: true })
  let lastSeen = systemClock.now()
  for (;;) {
    const watched = await client.watchRun({ run }, { signal: world.signal })
    if (!watched.ok && watched.status !== 0 && watched.status < 500) return watched
    if (watched.ok) {
      try {
        for await (const state of watched.value) {
          lastSeen = systemClock.now()
          show(state)
          if (isFinished(state)) return ok(state)
        }
      } catch (cause) {
        if (world.signal.aborted) throw cause
        if (cause instanceof ApiProblem && cause.status >= 400 && cause.status < 500) return fail(...cause.diagnostics)
      }
    }
    if (!watched.ok && systemClock.now() - lastSeen > AWAY) return watched
    await systemClock.sleep(500, world.signal)
  }
}

const isFinished = (run: Run): boolean => run.status === 'succeeded' || run.status === 'failed' || run.status === 'cancelled'

/** A step as progress shows it: its counts and its reason behind it. */
export function toStep(step: Run['steps'][number]): Step {
  const rows = [step.rowsRead === undefined ? '' : `${counted(step.rowsRead, 'row')} read`, step.rowsWritten === undefined ? '' : `${counted(step.rowsWritten, 'row')} written`]
  return { ...step, note: [...rows, step.reason ?? ''].filter((part) => part !== '').join(', ') }
}
