// Which processes a Tulle is made of, by Linux's own books.

import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessBelow {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** A process and everything that descends from it. */
export function processesBelow(pid: number): readonly ProcessBelow[] {
  const all = allProcesses()
  const isBelow = (child: number): boolean => child === pid || (child > 1 && isBelow(all.get(child)?.parent ?? 0))
  return [...all.values()].filter((candidate) => isBelow(candidate.pid))
}

/** The command lines in which a word occurs. */
export const processesNaming = (word: string): readonly string[] =>
  [...allProcesses().values()].map(({ command }) => command).filter((command) => command.includes(word))

function allProcesses(): ReadonlyMap<number, ProcessBelow> {
  const all = new Map<number, ProcessBelow>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/u.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      all.set(Number(entry), { pid: Number(entry), parent: Number(parent), command: readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() })
    } catch {
      // It ended while we looked.
    }
  }
  return all
}

/** Proportional set size in MB; 0 where the process is gone. */
export function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
