// Whether a table is as a commit requires.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { printTableName } from '@tulle/lake'
import type { Table, TableName } from '@tulle/lake'
import type { Requirement } from './parse-commit.ts'
import { messages } from './messages.ts'

/** Success where all hold; the first that does not is `requirement-failed`. Without a table only `assert-create` holds. */
export function checkRequirements(name: TableName, table: Table | undefined, requirements: readonly Requirement[]): Result<void> {
  for (const requirement of requirements) {
    const found = table === undefined ? missing(requirement) : difference(table, requirement)
    if (found !== undefined) return fail(messages['requirement-failed']({ table: printTableName(name), requirement: requirement.type, found }))
  }
  return ok(undefined)
}

const missing = ({ type }: Requirement): string | undefined => (type === 'assert-create' ? undefined : 'it does not exist')

function difference({ metadata }: Table, requirement: Requirement): string | undefined {
  const differs = (wanted: string | number, found: string | number): string | undefined => (wanted === found ? undefined : `it has ${found}, not ${wanted}`)
  switch (requirement.type) {
    case 'assert-create':
      return 'it exists already'
    case 'assert-table-uuid':
      return differs(requirement.uuid.toLowerCase(), metadata.uuid.toLowerCase())
    case 'assert-ref-snapshot-id': {
      const at = Object.hasOwn(metadata.refs, requirement.ref) ? metadata.refs[requirement.ref]?.snapshotId : undefined
      return at === requirement.snapshotId ? undefined : `"${requirement.ref.slice(0, 100)}" is at ${at ?? 'no snapshot'}, not at ${requirement.snapshotId ?? 'none'}`
    }
    case 'assert-last-assigned-field-id':
      return differs(requirement.id, metadata.lastColumnId)
    case 'assert-last-assigned-partition-id':
      return differs(requirement.id, metadata.lastPartitionId)
    case 'assert-current-schema-id':
      return differs(requirement.id, metadata.currentSchemaId)
    case 'assert-default-spec-id':
      return differs(requirement.id, metadata.defaultSpecId)
    case 'assert-default-sort-order-id':
      return differs(requirement.id, metadata.defaultSortOrderId)
  }
}
