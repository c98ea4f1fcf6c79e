// Rows of people who were erased stay out wherever rows are moved to.

import type { DataContract } from '@tulle/model'
import { quoteIdentifier } from '@tulle/sql'

/** Port: for a business key, SQL that is true of a value (SQL, as text) of somebody who was erased; undefined where nobody was. */
export interface SuppressionList { condition(businessKey: string): Promise<((value: string) => string) | undefined> }

/** True of rows that name one of them in a column that the contract calls a key; undefined where there can be none. */
export async function erasedSql(suppression: SuppressionList | undefined, { columns }: DataContract): Promise<string | undefined> {
  const terms: string[] = []
  for (const { name, businessKey } of columns) {
    const condition = businessKey === undefined ? undefined : await suppression?.condition(businessKey)
    if (condition !== undefined) terms.push(`coalesce(${condition(`CAST(${quoteIdentifier(name)} AS VARCHAR)`)}, false)`)
  }
  return terms.length === 0 ? undefined : terms.join(' OR ')
}
