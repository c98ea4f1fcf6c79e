// How long what of each data set is kept, and who says so: the rules in force as a person reads them.

import type { Kysely } from 'kysely'
import type { MaintenanceRules } from '@tulle/model'
import { maintainedTables, readProductDefinition } from '@tulle/providers'
import type { MaintainedTable } from '@tulle/providers'
import type { Database } from '@tulle/store'
import type { DataSetRetention, KeptFor } from './types.ts'
import { printSpan } from './print-time.ts'
import { printRetention } from './row-keeping.ts'
import { keepRunsOf, tablePolicy } from './table-policy.ts'

/** Of a product in use, data set by data set. */
export async function describeRetention(db: Kysely<Database>, product: string): Promise<readonly DataSetRetention[]> {
  const { tables } = await maintainedTables(db, product)
  const definition = await readProductDefinition(db, product)
  return tables.map((table) => {
    const contract = definition.ok ? definition.value.product.dataSets.find(({ name }) => name === table.name.name)?.contract : undefined
    const { retention, legalHold } = contract ?? {}
    return {
      dataSet: table.name.name,
      ...(retention !== undefined && { rows: { action: retention.action ?? 'delete', reason: printRetention(retention) } }),
      ...(legalHold !== undefined && { legalHold }),
      kept: keptFor(table),
    }
  })
}

function keptFor({ rules, said }: MaintainedTable): readonly KeptFor[] {
  const { expiry, keepStream } = tablePolicy(rules)
  const by = (rule: keyof MaintenanceRules): KeptFor['by'] => (said.dataSet[rule] !== undefined ? 'data set' : said.product[rule] !== undefined ? 'product' : said.mesh[rule] !== undefined ? 'mesh' : 'default')
  return [
    { what: 'versions', rule: 'expire-after', value: printSpan(expiry.maxAge), by: by('expireAfter') },
    { what: 'versions', rule: 'keep-last', value: String(expiry.minToKeep), by: by('keepLast') },
    ...(expiry.maxToKeep === undefined ? [] : [{ what: 'versions' as const, rule: 'keep-at-most', value: String(expiry.maxToKeep), by: by('keepAtMost') }]),
    { what: 'tags', rule: 'keep-tags', value: expiry.maxTagAge === undefined ? 'forever' : printSpan(expiry.maxTagAge), by: by('keepTags') },
    { what: 'changes', rule: 'keep-stream', value: printSpan(keepStream), by: by('keepStream') },
    { what: 'runs', rule: 'keep-runs', value: printSpan(keepRunsOf(rules)), by: by('keepRuns') },
  ]
}
