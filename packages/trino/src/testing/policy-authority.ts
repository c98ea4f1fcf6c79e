// Trino's authority over policies that a test writes down: no database, no doors; the policy is the real one.

import type { Clock } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { compilePolicy } from '@tulle/policy'
import type { PolicyInput, Resource, Subject } from '@tulle/policy'
import { messages } from '../messages.ts'
import type { SeenTable, TrinoAuthority, TrinoDeed } from '../types.ts'

export interface TestMesh extends PolicyInput {
  readonly catalog?: string
  readonly people: readonly Subject[]
  /** By product. */
  readonly tables: Readonly<Record<string, readonly NonNullable<Resource['dataSet']>[]>>
  readonly purpose?: string
}

export interface HeardAuthority extends TrinoAuthority { readonly deeds: readonly TrinoDeed[] }

export function policyAuthority(mesh: TestMesh, clock: Pick<Clock, 'now'> = { now: () => 0 }): HeardAuthority {
  const policy = compilePolicy(mesh)
  const deeds: TrinoDeed[] = []
  const resources = new Map(mesh.products.flatMap((product) => (mesh.tables[product.name] ?? []).map((dataSet): [string, Required<Resource>] => [`${product.name}.${dataSet.name}`, { product, dataSet }])))
  return {
    catalog: mesh.catalog ?? 'tulle',
    deeds,
    record: async (deed) => {
      deeds.push(deed)
      return ok(undefined)
    },
    asker: async (user, wish) => {
      const subject = mesh.people.find(({ name }) => name === user)
      if (subject === undefined) return fail(messages['trino-question-invalid']({ problem: 'nobody is called so' }))
      const purpose = wish ?? mesh.purpose
      const see = (name: string): SeenTable | undefined => {
        const resource = resources.get(name)
        const decision = resource && policy.decide(subject, 'read', resource, purpose, { now: clock.now(), environment: 'prod' })
        if (resource === undefined || decision?.effect !== 'allow') return undefined
        const { columns, masks, rowFilter, limits, reasons } = decision
        return {
          schema: resource.product.name, name: resource.dataSet.name, productId: resource.product.id, row: resource.dataSet.columns.map((column) => ({ name: column.name, type: column.type ?? 'unknown' })),
          columns: columns.map((column) => ({ name: column, ...(masks[column] !== undefined && { mask: masks[column] }) })), rules: reasons.map(({ rule }) => rule),
          ...(rowFilter !== undefined && { rowFilter }), ...(limits !== undefined && { limits }),
        }
      }
      return ok({
        name: user, id: subject.id, purpose,
        table: async (schema, name) => {
          const seen = see(`${schema}.${name}`)
          return seen === undefined ? fail(messages['trino-question-invalid']({ problem: 'nothing is seen of it' })) : ok(seen)
        },
        begins: async () => ok(undefined),
        schemas: async () => new Set([...resources.keys()].filter((name) => see(name) !== undefined).map((name) => name.split('.')[0] ?? '')),
      })
    },
  }
}
