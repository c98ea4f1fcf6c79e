// What left, in memory: for tests, and one process that nobody restarts.

import type { Amount, Baseline, ExportLedger, Freeze, PairOf, Slot } from './types.ts'

export const HOUR = 3_600_000
/** Hours are counted by slots of this length: the oldest leaves the hour as a whole. */
export const SLOT = 300_000
/** So long is a subject's past. */
export const PAST = 14 * 24 * HOUR

export function memoryLedger(): ExportLedger {
  const slots = new Map<string, Slot[]>()
  const freezes: Freeze[] = []
  const keyOf = ({ subjectId, productId }: PairOf): string => `${subjectId}\0${productId}`
  const of = (pair: PairOf): readonly Freeze[] => freezes.filter(({ subjectId, productId }) => subjectId === pair.subjectId && productId === pair.productId)
  return {
    past: async (pair, now) => {
      const all = slots.get(keyOf(pair)) ?? []
      const frozen = of(pair).find(({ thawedAt }) => thawedAt === undefined)
      const thawedAt = of(pair).findLast((one) => one.thawedAt !== undefined)?.thawedAt
      return {
        recent: all.filter(({ start }) => start > now - HOUR), baseline: baselineOf(all, now),
        ...(frozen !== undefined && { frozen }), ...(thawedAt !== undefined && { thawedAt }),
      }
    },
    add: async (pair, slot) => {
      const all = slots.get(keyOf(pair)) ?? []
      const known = all.find(({ start }) => start === slot.start)
      slots.set(keyOf(pair), [...all.filter((one) => one !== known), { start: slot.start, ...sumOf([slot, ...(known === undefined ? [] : [known])]) }])
    },
    freeze: async (freeze) => {
      const known = of(freeze).find(({ thawedAt }) => thawedAt === undefined)
      if (known !== undefined) return known
      freezes.push(freeze)
      return freeze
    },
    thaw: async (id, by, at) => {
      const place = freezes.findIndex((freeze) => freeze.id === id && freeze.thawedAt === undefined)
      const freeze = freezes[place]
      return freeze === undefined ? undefined : (freezes[place] = { ...freeze, thawedAt: at, thawedBy: by })
    },
    freezes: async () => freezes.toReversed(),
  }
}

export const sumOf = (amounts: readonly Amount[]): Amount => amounts.reduce<Amount>((sum, { rows, bytes, statements }) => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes, statements: sum.statements + statements }), { rows: 0, bytes: 0, statements: 0 })

/** By whole hours before the one that is under way. */
function baselineOf(slots: readonly Slot[], now: number): Baseline {
  const past = slots.filter(({ start }) => start <= now - HOUR && start > now - PAST)
  const hours = [...Map.groupBy(past, ({ start }) => Math.floor(start / HOUR)).values()].map(sumOf)
  const fullest = (['rows', 'bytes', 'statements'] as const).map((what) => Math.max(0, ...hours.map((hour) => hour[what])))
  return { fullest: { rows: fullest[0] ?? 0, bytes: fullest[1] ?? 0, statements: fullest[2] ?? 0 }, hours: hours.length }
}
