// Counts what leaves, per subject and product, across statements, sessions and ports, and lets no more leave than is usual: a
// suspicious export is cut before the batch that would be too much, and the subject's way to that product is frozen. Also
// applies the limits that a policy puts on a statement, an hour and a minute, which only refuse.

import { randomUUID } from 'node:crypto'
import type { Clock, Diagnostic } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DecisionLimits } from '@tulle/policy'
import type { Asker, VisibleTable } from '../types.ts'
import { messages } from '../messages.ts'
import { judgeExport, rowsLeft } from './judge-export.ts'
import { HOUR, SLOT, sumOf } from './memory-ledger.ts'
import type { Amount, Baseline, ExportBudget, ExportLedger, ExportWatch, Freeze, PairOf, Slot, WatchedExport } from './types.ts'

export interface ExportWatchOptions {
  readonly ledger: ExportLedger
  readonly clock: Clock
  readonly budget?: Partial<ExportBudget>
  /** What is said of one product; where it is narrower than the budget, it holds. */
  readonly budgetOf?: (productId: string) => Promise<Partial<Amount>>
  /** Told once of each freeze, when it is made: whoever keeps grants may freeze them too. */
  readonly onSuspicious?: (freeze: Freeze) => Promise<void>
  readonly warn?: (message: string) => void
}

export interface RunningExportWatch extends ExportWatch {
  freezes(): Promise<readonly Freeze[]>
  /** Opens the way again, and begins to count anew; undefined where there is no such freeze in force. */
  thaw(id: string, by: string): Promise<Freeze | undefined>
  /** Keeps what was counted and not kept yet. */
  close(): Promise<void>
}

/** A whole afternoon of dashboards stays far below, a copy of a large product does not. */
export const USUAL_BUDGET: ExportBudget = {
  most: { rows: 20_000_000, bytes: 4 * 2 ** 30, statements: 30_000 },
  usual: { rows: 2_000_000, bytes: 512 * 2 ** 20, statements: 6000 },
  factor: 10,
  hours: 5,
}
/** How old what is known of other processes' doings may be. */
const STALE = 10_000
/** What was counted is kept at the end of a statement, and so often in the midst of it. */
const KEEP = 2000

interface Pair {
  readonly of: PairOf
  budget: ExportBudget
  baseline: Baseline
  frozen: Freeze | undefined
  /** Slots that are kept, of all processes. */
  kept: readonly Slot[]
  /** Counted here, and not kept yet. */
  own: Slot
  /** Slots before it do not count, and of its own not what was forgiven. */
  since: number
  forgiven: Slot | undefined
  readAt: number
  keptAt: number
  minute: readonly number[]
}

export function watchExports(options: ExportWatchOptions): RunningExportWatch {
  const { ledger, clock, onSuspicious, warn = () => undefined } = options
  const budget = { ...USUAL_BUDGET, ...options.budget }
  const pairs = new Map<string, Promise<Pair>>()

  const slotOf = (time: number): number => Math.floor(time / SLOT) * SLOT
  const emptySlot = (): Slot => ({ start: slotOf(clock.now()), rows: 0, bytes: 0, statements: 0 })
  const hourOf = (pair: Pair): Amount => {
    const { forgiven } = pair
    const counted = [...pair.kept, pair.own].filter(({ start }) => start > clock.now() - HOUR && start >= pair.since)
    const sum = sumOf(counted)
    return forgiven === undefined || !counted.some(({ start }) => start === forgiven.start) ? sum : minus(sum, forgiven)
  }

  const read = async (pair: Pair): Promise<Pair> => {
    const now = clock.now()
    const { recent, baseline, frozen, thawedAt } = await ledger.past(pair.of, now)
    pair.baseline = baseline
    pair.frozen = frozen
    pair.kept = recent
    if (thawedAt !== undefined && slotOf(thawedAt) > pair.since) startAnew(pair, thawedAt)
    // What cannot be read now is as it was; at first it is the budget of everybody.
    const most = await options.budgetOf?.(pair.of.productId).catch(() => undefined)
    if (most !== undefined) pair.budget = narrowed(budget, most)
    pair.readAt = now
    return pair
  }
  // What left before a thaw was looked at by somebody, and counts no more.
  const startAnew = (pair: Pair, at: number): void => {
    pair.since = slotOf(at)
    pair.forgiven = { start: pair.since, ...sumOf(pair.kept.filter(({ start }) => start === pair.since)) }
  }
  const keep = async (pair: Pair): Promise<void> => {
    const { own } = pair
    pair.own = emptySlot()
    pair.keptAt = clock.now()
    if (own.rows === 0 && own.bytes === 0 && own.statements === 0) return
    pair.kept = [...pair.kept, own]
    try {
      await ledger.add(pair.of, own)
    } catch (error) {
      // It still counts here; another process, and this one after a restart, know less.
      warn(`what left could not be kept: ${String(error)}`)
    }
  }
  const pairOf = (subjectId: string, productId: string): Promise<Pair> => {
    const key = `${subjectId}\0${productId}`
    let found = pairs.get(key)
    if (found === undefined) {
      const pair: Pair = { of: { subjectId, productId }, budget, baseline: { fullest: { rows: 0, bytes: 0, statements: 0 }, hours: 0 }, frozen: undefined, kept: [], own: emptySlot(), since: 0, forgiven: undefined, readAt: 0, keptAt: clock.now(), minute: [] }
      found = read(pair)
      found.catch(() => pairs.delete(key))
      pairs.set(key, found)
    }
    return found.then((pair) => (clock.now() - pair.readAt > STALE ? keep(pair).then(() => read(pair)) : pair))
  }
  const count = (pair: Pair, more: Amount): void => {
    if (pair.own.start !== slotOf(clock.now())) {
      pair.kept = pair.own.rows + pair.own.bytes + pair.own.statements === 0 ? pair.kept : [...pair.kept, pair.own]
      const { own } = pair
      pair.own = emptySlot()
      if (own.statements + own.rows + own.bytes > 0) void ledger.add(pair.of, own).catch((error: unknown) => warn(`what left could not be kept: ${String(error)}`))
    }
    pair.own = { start: pair.own.start, ...sumOf([pair.own, more]) }
  }

  const freeze = async (asker: Asker, product: VisibleTable['product'], pair: Pair, { what, amount, allowed, rule }: Pick<Freeze, 'what' | 'amount' | 'allowed' | 'rule'>): Promise<Diagnostic> => {
    await keep(pair)
    const made: Freeze = { id: randomUUID(), subjectId: asker.subject.id, subject: asker.subject.name, productId: product.id, product: product.name, at: clock.now(), what, amount, allowed, rule }
    // It is cut in any case: that it could not be told is no reason to go on.
    pair.frozen = made
    try {
      pair.frozen = await ledger.freeze(made)
      if (pair.frozen.id === made.id) await onSuspicious?.(made)
    } catch (error) {
      warn(`a suspicious export was cut, and could not be told: ${String(error)}`)
    }
    return messages['export-cut']({ product: product.name })
  }

  /** Why nothing may leave for this pair at the moment. */
  const refusal = (pair: Pair, product: VisibleTable['product'], limits: DecisionLimits): Diagnostic | undefined => {
    if (pair.frozen !== undefined) return messages['export-frozen']({ product: product.name })
    const { rowsPerHour, statementsPerMinute } = limits
    if (rowsPerHour !== undefined && hourOf(pair).rows >= rowsPerHour) return messages['limit-reached']({ what: `${rowsPerHour} rows of ${product.name} an hour` })
    pair.minute = pair.minute.filter((at) => at > clock.now() - 60_000)
    if (statementsPerMinute !== undefined && pair.minute.length >= statementsPerMinute) return messages['limit-reached']({ what: `${statementsPerMinute} statements a minute on ${product.name}` })
    return undefined
  }

  const begin: ExportWatch['begin'] = async (asker, tables) => {
    const products = [...new Map(tables.map(({ product }) => [product.id, product])).values()]
    const limits = limitsOf(tables)
    const watched: { readonly product: VisibleTable['product']; readonly pair: Pair; readonly limits: DecisionLimits }[] = []
    for (const product of products) watched.push({ product, pair: await pairOf(asker.subject.id, product.id), limits: limitsOf(tables.filter((table) => table.product.id === product.id)) })
    for (const { product, pair, limits: own } of watched) {
      const refused = refusal(pair, product, own)
      if (refused !== undefined) return fail(refused)
    }
    for (const { product, pair } of watched) {
      count(pair, { rows: 0, bytes: 0, statements: 1 })
      pair.minute = [...pair.minute, clock.now()]
      const verdict = judgeExport(hourOf(pair), pair.budget, pair.baseline)
      if (verdict.kind === 'suspicious') return fail(await freeze(asker, product, pair, verdict))
    }

    let taken = 0
    const left = (): number => Math.min(
      (limits.rows ?? Infinity) - taken,
      ...watched.map(({ pair, limits: own }) => Math.min(rowsLeft(hourOf(pair), pair.budget, pair.baseline), (own.rowsPerHour ?? Infinity) - hourOf(pair).rows)),
    )
    const watching: WatchedExport = {
      allowance: (wanted) => Math.max(1, Math.min(wanted, left())),
      async take(rows, bytes) {
        if (rows === 0 && bytes === 0) return ok(undefined)
        if (limits.rows !== undefined && taken + rows > limits.rows) return fail(messages['limit-reached']({ what: `${limits.rows} rows a statement` }))
        for (const { product, pair, limits: own } of watched) {
          if (pair.frozen !== undefined) return fail(messages['export-frozen']({ product: product.name }))
          if (own.rowsPerHour !== undefined && hourOf(pair).rows + rows > own.rowsPerHour) return fail(messages['limit-reached']({ what: `${own.rowsPerHour} rows of ${product.name} an hour` }))
        }
        for (const { product, pair } of watched) {
          const verdict = judgeExport(sumOf([hourOf(pair), { rows, bytes, statements: 0 }]), pair.budget, pair.baseline)
          if (verdict.kind === 'suspicious') return fail(await freeze(asker, product, pair, verdict))
        }
        taken += rows
        for (const { pair } of watched) {
          count(pair, { rows, bytes, statements: 0 })
          if (clock.now() - pair.keptAt > KEEP) await keep(pair)
        }
        return ok(undefined)
      },
      end: async () => {
        // What left is told before the next process could be asked; small answers wait for others.
        if (taken > 1000) for (const { pair } of watched) await keep(pair)
      },
    }
    return ok(watching)
  }

  return {
    begin,
    freezes: () => ledger.freezes(),
    async thaw(id, by) {
      const thawed = await ledger.thaw(id, by, clock.now())
      if (thawed === undefined) return undefined
      const pair = await pairs.get(`${thawed.subjectId}\0${thawed.productId}`)?.catch(() => undefined)
      if (pair !== undefined) {
        await keep(pair)
        await read(pair)
        startAnew(pair, clock.now())
      }
      return thawed
    },
    async close() {
      for (const pair of await Promise.allSettled(pairs.values())) if (pair.status === 'fulfilled') await keep(pair.value)
    },
  }
}

const narrowed = (budget: ExportBudget, { rows = Infinity, bytes = Infinity, statements = Infinity }: Partial<Amount>): ExportBudget =>
  ({ ...budget, most: { rows: Math.min(budget.most.rows, rows), bytes: Math.min(budget.most.bytes, bytes), statements: Math.min(budget.most.statements, statements) } })

const minus = (a: Amount, b: Amount): Amount => ({ rows: Math.max(0, a.rows - b.rows), bytes: Math.max(0, a.bytes - b.bytes), statements: Math.max(0, a.statements - b.statements) })

/** Where several tables have limits, the least of each. */
function limitsOf(tables: readonly VisibleTable[]): DecisionLimits {
  const least = (name: keyof DecisionLimits): number => Math.min(Infinity, ...tables.map(({ limits }) => limits?.[name] ?? Infinity))
  return Object.fromEntries((['rows', 'rowsPerHour', 'statementsPerMinute'] as const).map((name) => [name, least(name)]).filter(([, value]) => value !== Infinity)) as DecisionLimits
}
