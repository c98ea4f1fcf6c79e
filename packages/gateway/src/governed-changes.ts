// Answers for the rights of who reads streams: each kind of port has an authorizer and a governor of its own, as it serves what is
// offered at it and nothing else.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { GovernedChanges, StreamPort } from '@tulle/streams'
import type { Authorizer } from './authorize.ts'
import { standingOf } from './governed-relations.ts'
import { messages } from './messages.ts'
import { rightsOf } from './read-changes.ts'
import type { Governor } from './types.ts'

export interface GovernedChangesOptions {
  readonly doors: Readonly<Partial<Record<StreamPort, { readonly authorizer: Authorizer; readonly governor: Governor }>>>
  /** A segment's file on this machine. */
  readonly localFile: (address: string) => Promise<Result<string>>
}

export function governedChanges({ doors, localFile }: GovernedChangesOptions): GovernedChanges {
  return {
    async target(reader, { product, dataSet }, port) {
      const asker = await reader()
      if (!asker.ok) return asker
      const authorizer = doors[port]?.authorizer
      const allowed = await authorizer?.authorize(asker.value, [{ schema: product, name: dataSet }])
      if (allowed?.ok === false) return allowed
      const [table] = allowed?.value ?? []
      if (authorizer === undefined || allowed === undefined || table === undefined) return fail(messages['unknown-table']({ table: `${product}.${dataSet}`, suggestion: '' }))
      const standing = await standingOf(authorizer, allowed.value)
      if (!standing.ok) return standing
      return ok({ productId: table.product.id, stored: table.dataSet.version?.stored ?? table.dataSet.name, subject: asker.value.subject, rights: rightsOf(standing.value) })
    },
    async rows({ reader, address: { product, dataSet }, part, port, ...read }) {
      const governor = doors[port]?.governor
      if (governor === undefined) return fail(messages['unknown-table']({ table: `${product}.${dataSet}`, suggestion: '' }))
      return governor.readChanges(reader, {
        ...read, port, table: { schema: product, name: dataSet },
        part: part.kind === 'snapshot' ? part : { ...part, file: () => localFile(part.file) },
      })
    },
  }
}
