// Rules that mask → one mask per column: the strictest of those that fit.

import type { Mask } from '@tulle/model'
import type { Fitting } from './fit-rule.ts'
import { maskSql, typeOf } from './mask-sql.ts'
import type { MaskQuestion, Rank } from './mask-sql.ts'
import { takes } from './rules.ts'
import type { Reason, ResourceColumn } from './types.ts'

interface MaskedColumns extends Omit<MaskQuestion, 'column' | 'columns'> {
  /** Those that are shown, and all that a mask may ask for. */
  readonly columns: readonly ResourceColumn[]
  readonly all: readonly ResourceColumn[]
}

interface ChosenMask { readonly rule: Fitting; readonly mask: Mask }

export function chooseMasks(rules: readonly Fitting[], { columns, all, ...question }: MaskedColumns): { readonly masks: ReadonlyMap<string, string>; readonly reasons: readonly Reason[] } {
  const masks = new Map<string, string>()
  const hidden = new Map<Fitting, { readonly mask: Mask; readonly columns: string[] }>()
  const masking = rules.filter(({ live }) => live.rule.effect.kind === 'mask')
  for (const column of columns) {
    const chosen = strictestMask(masking, column)
    if (chosen === undefined) continue
    masks.set(column.name, maskSql(chosen.mask, { column, columns: all, ...question }))
    const known = hidden.get(chosen.rule)
    if (known === undefined) hidden.set(chosen.rule, { mask: chosen.mask, columns: [column.name] })
    else known.columns.push(column.name)
  }
  return { masks, reasons: [...hidden].map(([rule, { mask, columns: names }]) => takes.mask(rule, mask.kind, names)) }
}

/** Of masks that are equally strict, that of the first name. */
function strictestMask(rules: readonly Fitting[], column: ResourceColumn): ChosenMask | undefined {
  let best: (ChosenMask & { readonly rank: Rank }) | undefined
  const type = typeOf(column)
  for (const rule of rules) {
    const { effect } = rule.live.rule
    if (effect.kind !== 'mask' || !rule.fit.columns.includes(column)) continue
    const rank = rule.live.rank(type)
    if (best === undefined || rank[0] < best.rank[0] || (rank[0] === best.rank[0] && rank[1] < best.rank[1])) best = { rule, mask: effect.mask, rank }
  }
  return best
}
