// Spans of time as rules are written.

const UNITS = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000]] as const

/** `30d`, `12h`, `90m`: the largest unit that leaves nothing over. */
export function printSpan(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => milliseconds >= size && milliseconds % size === 0) ?? ['ms', 1]
  return `${milliseconds / length}${unit}`
}
