// Ends what an earlier life left behind on a data folder: a postmaster without a parent, backends without a postmaster, stale pid files.
// Only call it while holding the home's lock, or it ends a living neighbour.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@tulle/kernel'
import type { Place } from './find-place.ts'

const PATIENCE: readonly [NodeJS.Signals, number][] = [['SIGINT', 3000], ['SIGQUIT', 2000], ['SIGKILL', 5000]]

/** Leaves the data folder without processes and without pid files. */
export async function clearOrphans(place: Place): Promise<void> {
  const pidFile = join(place.data, 'postmaster.pid')
  const postmaster = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n', 1)[0])
  for (const [name, patience] of PATIENCE) {
    if (!processesOf(place).includes(postmaster)) break
    signal(postmaster, name)
    await untilGone(() => !processesOf(place).includes(postmaster), patience)
  }
  await endBackends(place)
  // A pid in these files may by now belong to anyone, or to a zombie that nobody reaps; PostgreSQL would refuse to start.
  await rm(pidFile, { force: true })
  for (const file of readdirSync(place.socket).filter((f) => f.startsWith('.s.PGSQL.'))) await rm(join(place.socket, file), { force: true })
}

/** Ends backends that outlived their postmaster: a busy one notices late, and until then no new server may start. */
export async function endBackends(place: Place): Promise<void> {
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    const left = processesOf(place)
    if (left.length === 0) return
    for (const pid of left) signal(pid, name)
    await untilGone(() => processesOf(place).length === 0, 2000)
  }
}

/** The server's living processes, told by title and owner. A zombie has no title. */
export function processesOf(place: Pick<Place, 'mark' | 'user'>): readonly number[] {
  return (existsSync('/proc/self/cmdline') ? fromProc() : fromPs())
    .filter((p) => p.uid === place.user.uid && p.title.includes(place.mark))
    .map((p) => p.pid)
}

interface Process { readonly pid: number; readonly uid: number; readonly title: string }

function fromProc(): readonly Process[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 1).flatMap((pid) => {
    try {
      return [{ pid, uid: statSync(`/proc/${pid}`).uid, title: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }]
    } catch {
      return []
    }
  })
}

function fromPs(): readonly Process[] {
  return execFileSync('ps', ['-axo', 'pid=,uid=,command='], { encoding: 'utf8' }).split('\n').flatMap((line) => {
    const [, pid, uid, title] = /^\s*(\d+)\s+(\d+)\s+(.*)$/u.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), uid: Number(uid), title: title ?? '' }]
  })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone in the meantime.
  }
}

async function untilGone(gone: () => boolean, patience: number): Promise<void> {
  for (const end = systemClock.now() + patience; systemClock.now() < end && !gone();) await systemClock.sleep(20)
}
