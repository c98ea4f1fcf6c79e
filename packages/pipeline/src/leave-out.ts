// Rows of persons who were erased do not come back with the next file: whatever a run writes passes by the list of them.

import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Target, Workshop } from './types.ts'

/** True of rows of the data set that must not come back; undefined where there can be none. A data set under a legal hold keeps its rows. */
export async function suppressedSql({ suppression }: Pick<Workshop, 'suppression'>, { contract }: Target): Promise<string | undefined> {
  if (suppression === undefined || contract.legalHold !== undefined) return undefined
  const terms: string[] = []
  for (const { name, businessKey } of contract.columns) {
    const condition = businessKey === undefined ? undefined : await suppression.condition(businessKey)
    if (condition !== undefined) terms.push(condition(`CAST(${quoteIdentifier(name)} AS VARCHAR)`))
  }
  return terms.length === 0 ? undefined : `coalesce(${terms.join(' OR ')}, false)`
}

/** The same of rows of which there is only the text: true where any word of it is the key of somebody. */
export async function suppressedWithin({ suppression }: Pick<Workshop, 'suppression'>, { contract }: Target, text: string): Promise<string | undefined> {
  if (suppression === undefined || contract.legalHold !== undefined) return undefined
  const terms: string[] = []
  for (const businessKey of new Set(contract.columns.flatMap((column) => column.businessKey ?? []))) {
    const condition = await suppression.condition(businessKey)
    if (condition !== undefined) terms.push(`len(list_filter(regexp_split_to_array(${text}, ${quoteLiteral(String.raw`[\s,;|"]+`)}), word -> coalesce(${condition('word')}, false))) > 0`)
  }
  return terms.length === 0 ? undefined : `coalesce(${terms.join(' OR ')}, false)`
}

/** The query without such rows. */
export async function withoutSuppressed(workshop: Pick<Workshop, 'suppression'>, target: Target, query: string): Promise<string> {
  const condition = await suppressedSql(workshop, target)
  return condition === undefined ? query : `SELECT * FROM (${query.replace(/;\s*$/u, '')}\n) WHERE NOT ${condition}`
}

/** Whether copies of what the product reads may hold somebody who must not come back: they are then not kept. */
export async function mayHoldSuppressed(workshop: Pick<Workshop, 'suppression'>, targets: readonly Target[]): Promise<boolean> {
  for (const target of targets) if ((await suppressedSql(workshop, target)) !== undefined) return true
  return false
}
