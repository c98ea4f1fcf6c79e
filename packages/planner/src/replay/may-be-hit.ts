// Which statements a change of tables could hit at all: those that name something of it, or that take columns without naming them. The
// others ran, and mean the same afterwards. Pure; a generous answer, which the engine then makes exact.

import type { ReplayTable, Worlds } from './types.ts'

/** Words by which a statement takes columns that it does not name. */
const TAKES_ALL: ReadonlySet<string> = new Set(['natural', 'columns', 'pivot', 'pivot_wider', 'unpivot', 'summarize', 'describe', 'table'])

export function mayBeHit({ before, after }: Pick<Worlds, 'before' | 'after'>): (text: string) => boolean {
  const [was, is] = [byAddress(before), byAddress(after)]
  const words = new Set<string>()
  let tablesGo = false
  for (const address of new Set([...was.keys(), ...is.keys()])) {
    const [old, next] = [was.get(address), is.get(address)]
    if (next === undefined) tablesGo = true
    if (old === undefined || next === undefined) continue
    for (const name of new Set([...old.keys(), ...next.keys()])) if (old.get(name) !== next.get(name)) words.add(name)
  }
  const isOdd = [...words].some((word) => !/^[a-z_][a-z0-9_]*$/u.test(word))
  return (text) => tablesGo || isOdd || (words.size > 0 && takes(text.toLowerCase(), words))
}

function takes(text: string, words: ReadonlySet<string>): boolean {
  if (/[*#]/u.test(text.replaceAll(/count\s*\(\s*\*\s*\)/gu, ''))) return true
  return (text.match(/[a-z_][a-z0-9_]*/gu) ?? []).some((word) => words.has(word) || TAKES_ALL.has(word))
}

const byAddress = (tables: readonly ReplayTable[]): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  new Map(tables.map(({ schema, name, columns }) => [`${schema}.${name}`, new Map(columns.map((column) => [column.name.toLowerCase(), column.type]))]))
