// What consumers of a campaign of events have, as lines `<id> <key>:<number>`, held against what they must have: event `e<n>` is number
// n / KEYS of the key n % KEYS.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const KEYS = 1_000

export interface Look { readonly missing: number; readonly passed: number; readonly violations: readonly string[] }

/** Of several consumers together. */
export function together(looks: readonly Look[]): Look {
  const sum = (of: 'missing' | 'passed'): number => looks.reduce((so, look) => so + look[of], 0)
  return { missing: sum('missing'), passed: sum('passed'), violations: looks.flatMap(({ violations }) => violations) }
}

const PATIENCE_MILLISECONDS = 60_000

/** Waits until each consumer has all of it, or gets nothing more; then says what does not hold. What a consumer passed over comes no more. */
export async function checkWhenThere(lookAt: () => Look): Promise<readonly string[]> {
  let [found, had, since] = [lookAt(), -1, Date.now()]
  while (found.missing > 0 && found.passed === 0 && Date.now() - since < PATIENCE_MILLISECONDS / (found.missing < 2_000 ? 3 : 1)) {
    if (found.missing !== had) [had, since] = [found.missing, Date.now()]
    await pause(500)
    found = lookAt()
  }
  return found.violations
}

/** Pure. */
export function checkLines(who: string, lines: readonly string[], { from, upTo, isOnce }: { readonly from: number; readonly upTo: number; readonly isOnce: boolean }): Look {
  const texts = new Map<string, string>()
  const newest = new Map<string, number>()
  const violations: string[] = []
  for (const line of lines) {
    const [id = '', sentence = ''] = line.split(' ')
    const before = texts.get(id)
    if (before !== undefined) {
      if (before !== sentence) violations.push(`${who}: ${id} came twice, and differs`)
      if (isOnce) violations.push(`${who}: ${id} is there twice`)
      continue
    }
    texts.set(id, sentence)
    const [key = '', number = ''] = sentence.split(':')
    if (Number(number) <= (newest.get(key) ?? -1)) violations.push(`${who}: ${sentence} came after ${key}:${newest.get(key)}`)
    newest.set(key, Number(number))
  }
  const missing: number[] = []
  for (let n = from; n < upTo; n += 1) if (!texts.has(`e${n}`)) missing.push(n)
  // Of its key a later one is there: in order, it would have come before.
  const passed = missing.filter((n) => (newest.get(String(n % KEYS)) ?? -1) > Math.floor(n / KEYS)).length
  return { missing: missing.length, passed, violations: missing.length === 0 ? violations : [...violations, `${who}: ${missing.length} events are lost, the first e${missing[0]}`] }
}

export const linesOf = (path: string): readonly string[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [])

export const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds))

/** The lines of a consumer that keeps its place with what it has. */
export function storedIn(folder: string): readonly string[] {
  const path = join(folder, 'store.db')
  if (!existsSync(path)) return []
  try {
    const kept = new DatabaseSync(path, { readOnly: true })
    const rows = kept.prepare('select text from line order by number').all() as { text: string }[]
    kept.close()
    return rows.map(({ text }) => text)
  } catch {
    // It is being written.
    return []
  }
}
