import type { Inputs, Row } from './streaks.types.d.ts'

export const reads = { flights: 'flights' }

export const lineage = { origin: ['flights.origin'], began: ['flights.departure'], flights: ['flights.delay'], worst: ['flights.delay'] }

const LATE = 15
const LEAST = 3

/** Three late flights or more of one airport, none on time between them. */
export default function* streaks({ flights }: Inputs): Iterable<Row> {
  const open = new Map<string, Row>()
  const inOrder = [...flights.rows()].toSorted((a, b) => (a.departure < b.departure ? -1 : 1))
  for (const { departure, origin, delay } of inOrder) {
    const streak = open.get(origin)
    if (delay >= LATE) {
      open.set(origin, { origin, began: streak?.began ?? departure, flights: (streak?.flights ?? 0) + 1, worst: Math.max(streak?.worst ?? 0, delay) })
      continue
    }
    open.delete(origin)
    if (streak !== undefined && streak.flights >= LEAST) yield streak
  }
  for (const streak of open.values()) if (streak.flights >= LEAST) yield streak
}
