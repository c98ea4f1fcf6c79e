// Days that were counted, rights and products → what the use of them comes to. Pure: who may see it is asked elsewhere.

import type { Cost, KnownGrant, KnownProduct, Usage, UsageDay, Window } from './types.ts'

export interface ReckonInput {
  readonly window: Window
  /** Of these products, or of the mesh (`*`); all that were ever counted, since a grant may have been used long ago. */
  readonly days: readonly UsageDay[]
  readonly grants: readonly KnownGrant[]
  readonly products: readonly KnownProduct[]
}

export function reckon({ window, days, grants, products }: ReckonInput): Usage {
  const length = window.to.getTime() - window.from.getTime()
  const own = days.filter((one) => isWithin(one, window))
  const before = days.filter((one) => isWithin(one, { from: new Date(window.from.getTime() - length), to: window.from }))
  const cost = costOf(own)
  const active = activeOf(own)
  const inactive = new Set(grants.flatMap(({ accounts }) => accounts).filter((account) => !active.has(account)))
  const uses = grants.map((grant) => ({ grant, first: firstUse(grant, days) }))
  const waits = uses.flatMap(({ grant, first }) => (first === undefined ? [] : [Math.max(0, first.getTime() - grant.grantedAt.getTime()) / 1000]))
  const crossing = own.reduce((sum, one) => sum + one.crossing, 0)
  const all = (count: (product: KnownProduct) => number): number => products.reduce((sum, product) => sum + count(product), 0)
  return {
    ...cost,
    consumers: { active: active.size, inactive: inactive.size, byPurpose: byPurpose(own, grants) },
    firstUse: { used: waits.length, never: uses.length - waits.length, ...(waits.length > 0 && { medianSeconds: median(waits) }) },
    reuse: { products: [...new Set(products.flatMap(({ readBy }) => readBy))].toSorted() },
    interoperability: { crossing, share: share(crossing, cost.queries, 0) },
    coverage: {
      contracted: share(all((p) => p.contracted), all((p) => p.dataSets), 1), documented: share(all((p) => p.documented), all((p) => p.columns), 1),
      classified: share(all((p) => p.classified), all((p) => p.columns), 1), withServiceLevel: share(all((p) => (p.withServiceLevel ? 1 : 0)), products.length, 1),
    },
    neverUsed: uses.filter(({ first }) => first === undefined).map(({ grant }) => grant),
    before: { ...costOf(before), active: activeOf(before).size },
    trend: trendOf(own, window),
  }
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)
const isWithin = ({ day }: UsageDay, { from, to }: Window): boolean => day >= dayOf(from) && day < dayOf(to)
const share = (part: number, whole: number, ofNothing: number): number => (whole === 0 ? ofNothing : part / whole)

function costOf(days: readonly UsageDay[]): Cost {
  const sum = (measure: 'statements' | 'refused' | 'rows' | 'bytes' | 'milliseconds'): number => days.reduce((total, one) => total + one[measure], 0)
  return { queries: sum('statements'), refused: sum('refused'), rows: sum('rows'), bytes: sum('bytes'), milliseconds: sum('milliseconds') }
}

/** Whoever was let in at least once; who only was refused uses nothing. */
const activeOf = (days: readonly UsageDay[]): ReadonlySet<string> => new Set(days.filter(({ statements }) => statements > 0).map(({ subjectId }) => subjectId))

/** A right is used where one whom it reaches read its product since it was given, for one of its purposes. */
function firstUse({ productId, accounts, purposes, grantedAt }: KnownGrant, days: readonly UsageDay[]): Date | undefined {
  const uses = days.filter((one) => one.productId === productId && one.statements > 0 && accounts.includes(one.subjectId) && purposes.includes(one.purpose) && one.last >= grantedAt)
  return uses.map(({ first }) => (first < grantedAt ? grantedAt : first)).toSorted((a, b) => a.getTime() - b.getTime())[0]
}

function byPurpose(days: readonly UsageDay[], grants: readonly KnownGrant[]): Usage['consumers']['byPurpose'] {
  const purposes = new Set([...days.filter(({ statements }) => statements > 0).map(({ purpose }) => purpose), ...grants.flatMap((grant) => grant.purposes)])
  return [...purposes].toSorted().map((purpose) => {
    const own = days.filter((one) => one.purpose === purpose)
    const active = activeOf(own)
    const may = new Set(grants.filter((grant) => grant.purposes.includes(purpose)).flatMap(({ accounts }) => accounts))
    return { purpose, active: active.size, inactive: [...may].filter((account) => !active.has(account)).length, queries: own.reduce((sum, one) => sum + one.statements, 0) }
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Every day of the window, those without use too. */
function trendOf(days: readonly UsageDay[], { from, to }: Window): Usage['trend'] {
  const byDay = Map.groupBy(days, ({ day }) => day)
  const trend: Usage['trend'][number][] = []
  for (let at = Date.parse(dayOf(from)); at < Date.parse(dayOf(to)); at += 86_400_000) {
    const day = dayOf(new Date(at))
    const own = byDay.get(day) ?? []
    trend.push({ day, queries: own.reduce((sum, one) => sum + one.statements, 0), rows: own.reduce((sum, one) => sum + one.rows, 0), active: activeOf(own).size })
  }
  return trend
}
