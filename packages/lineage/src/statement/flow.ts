// What flows into a value. Columns of tables are numbers while a statement is read, so that thousands of sets are cheap.

import type { Directness, Influence, SourceColumn } from '../types.ts'

/** 0 as it is, 1 computed, 2 out of many. */
export type Rank = 0 | 1 | 2
export const DIRECTNESS: readonly Directness[] = ['identity', 'transformation', 'aggregation']

/** One bit each, so that several fit into a number. */
export const INFLUENCES: readonly Influence[] = ['join', 'filter', 'group', 'order', 'window', 'condition']
export const JOIN = 1, FILTER = 2, GROUP = 4, ORDER = 8, WINDOW = 16, CONDITION = 32

export interface Flow {
  readonly direct: ReadonlyMap<number, Rank>
  /** Bits of influence by column. */
  readonly indirect: ReadonlyMap<number, number>
  /** Of a struct that was made in sight: what flows into each member. */
  readonly members?: ReadonlyMap<string, Flow>
}

export const NOTHING: Flow = { direct: new Map(), indirect: new Map() }

export const flowOf = (id: number): Flow => ({ direct: new Map([[id, 0]]), indirect: new Map() })

/** All of them together; the rank is raised to `least` at least. */
export function join(flows: readonly Flow[], least: Rank = 0): Flow {
  const told = flows.filter(({ direct, indirect }) => direct.size > 0 || indirect.size > 0)
  const [only] = told
  if (only === undefined) return NOTHING
  if (told.length === 1 && least === 0) return only
  const direct = new Map<number, Rank>()
  const indirect = new Map<number, number>()
  for (const flow of told) {
    for (const [id, rank] of flow.direct) direct.set(id, Math.max(direct.get(id) ?? least, rank) as Rank)
    for (const [id, bits] of flow.indirect) indirect.set(id, (indirect.get(id) ?? 0) | bits)
  }
  return { direct, indirect }
}

/** What flowed now only decides. */
export function deciding(flows: readonly Flow[], bits: number): Flow {
  const indirect = new Map<number, number>()
  for (const flow of flows) {
    for (const id of flow.direct.keys()) indirect.set(id, (indirect.get(id) ?? 0) | bits)
    for (const [id, before] of flow.indirect) indirect.set(id, (indirect.get(id) ?? 0) | before)
  }
  return indirect.size === 0 ? NOTHING : { direct: NOTHING.direct, indirect }
}

export const isSame = (a: Flow, b: Flow): boolean => sameMap(a.direct, b.direct) && sameMap(a.indirect, b.indirect)

const sameMap = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)

/** Columns of tables by number, one number each. */
export class Columns {
  readonly #ids = new Map<string, number>()
  readonly #columns: SourceColumn[] = []

  idOf(column: SourceColumn): number {
    const key = `${column.schema}\u0000${column.name}\u0000${column.column.toLowerCase()}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#ids.set(key, this.#columns.length)
    return this.#columns.push(column) - 1
  }

  of(id: number): SourceColumn {
    return this.#columns[id] as SourceColumn
  }
}
