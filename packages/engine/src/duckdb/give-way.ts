// A process that has worked for long on what it was asked gives way to the others: point queries of neighbours come before
// the rest of a scan that takes seconds anyway. When it has answered, it is as before.

import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** How nice a worker is, no less than its server, and one that has worked for long. */
export const NICE = Math.max(5, getPriority())
export const HEAVY_NICE = Math.min(19, NICE + 10)

/** Milliseconds of processors, of all threads together. */
const LONG = 100
const LOOK_EVERY = 100
/** Most work is done before anybody needs to look. */
const SHORT = 20

export interface Yielding {
  /** Work begins; the answer says that it ended. */
  begin(): () => void
}

/** To be less nice again is for the superuser; where we are not, a process stays as it is. */
const mayRestore = process.getuid?.() === 0

export function yielding(pid: number | undefined): Yielding {
  if (pid === undefined || !mayRestore) return { begin: () => () => undefined }
  /** What the process had used when the work began; nothing is known of work that has only just begun. */
  const begun = new Map<symbol, number | undefined>()
  let timer: NodeJS.Timeout | undefined
  let heavy = false
  const become = (isHeavy: boolean): void => {
    if (heavy === isHeavy) return
    heavy = isHeavy
    setNice(pid, isHeavy ? HEAVY_NICE : NICE)
  }
  const look = (): void => {
    const used = processorMilliseconds(pid)
    if (used !== undefined && [...begun.values()].some((before) => before !== undefined && used - before >= LONG)) become(true)
  }
  return {
    begin() {
      const work = Symbol('work')
      // What runs beside it counts as well: the process has its processors for all of its work.
      begun.set(work, undefined)
      const first = setTimeout(() => begun.set(work, processorMilliseconds(pid)), SHORT)
      first.unref()
      timer ??= setInterval(look, LOOK_EVERY).unref()
      return () => {
        clearTimeout(first)
        begun.delete(work)
        if (begun.size > 0) return
        clearInterval(timer)
        timer = undefined
        become(false)
      }
    },
  }
}

/** Every thread of the process has a niceness of its own. */
function setNice(pid: number, nice: number): void {
  for (const thread of threadsOf(pid)) {
    try {
      setPriority(thread, nice)
    } catch {
      // It has ended meanwhile.
    }
  }
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}

/** Of the kernel's clock, which ticks a hundred times a second for whoever asks. */
function processorMilliseconds(pid: number): number | undefined {
  try {
    // The name of the program stands in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}
