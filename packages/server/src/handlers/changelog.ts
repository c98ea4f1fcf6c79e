// How a product came to be as it is: what was applied, what its versions changed, and how two versions of a contract differ.

import type { Changelog, ContractChanges, Handlers } from '@tulle/api'
import { exportContract } from '@tulle/contracts'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { DataProduct, DataSet } from '@tulle/model'
import { compareDataSets } from '@tulle/pipeline'
import type { DataSetChanges } from '@tulle/pipeline'
import { readProductApplies } from '@tulle/planner'
import { readProductDefinition } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { unknownVersion, versionOf } from './diff-snapshots.ts'
import { findTableName } from './find-table-name.ts'
import { readAskers } from './history.ts'
import { permission } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

export function changelogHandlers(house: House): Pick<Handlers<Caller>, 'getChangelog' | 'diffContracts'> {
  return {
    getChangelog: async ({ product, limit }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const versions = await house.pipeline.versions(product, limit)
      if (!versions.ok) return versions
      const [applies, askers] = await Promise.all([readProductApplies(house.db, product, limit), readAskers(house, versions.value.map(({ runId }) => runId))])
      // What a sentence quotes may be code, or where an input port reads.
      const inside = permission(house, subject, 'run', governed(found.value)).allowed
      return ok({
        versions: versions.value.map(({ runId, publishedAt, snapshots, changes }): Changelog['versions'][number] => ({
          runId, publishedAt: publishedAt.toISOString(), snapshots: { ...snapshots },
          ...(askers.has(runId) && { requestedBy: askers.get(runId) }),
          ...(changes !== undefined && { changes: { severity: changes.severity, dataSets: changes.dataSets.map(toChanges), code: changes.code.map((one) => ({ ...one })) } }),
        })),
        applies: applies.map(({ id, status, by, at, changes }) => ({
          id, status, by, at: at.toISOString(), breaking: changes.some((change) => change.breaking),
          changes: changes.map(({ ref, action, breaking, sentences }) => ({ ref, action, breaking, ...(inside && { sentences: [...sentences] }) })),
        })),
      })
    },
    diffContracts: async ({ product, dataSet, from, to }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const inside = permission(house, subject, 'run', governed(found.value)).allowed
      const side = (version: string): Promise<Result<DataProduct>> => productAt(house, { product, dataSet, version, inside })
      const before = await side(from)
      if (!before.ok) return before
      const applied = to === undefined ? await readProductDefinition(house.db, product) : undefined
      const after = to === undefined ? (applied?.ok === true ? ok(applied.value.product) : fail(...applied?.diagnostics ?? [])) : await side(to)
      if (!after.ok) return after
      const [was, is] = [before.value, after.value].map(({ dataSets }) => dataSets.find(({ name }) => name === dataSet))
      const changes = was === undefined || is === undefined ? undefined : compareDataSets(was, is, [...before.value.outputPorts, ...after.value.outputPorts])
      return ok({ ...(changes !== undefined && { changes: toChanges(changes) }), before: textOf(was), after: textOf(is) })
    },
  }
}

interface VersionAsked { readonly product: string; readonly dataSet: string; readonly version: string; readonly inside: boolean }

async function productAt(house: House, { product, dataSet, version, inside }: VersionAsked): Promise<Result<DataProduct>> {
  const name = await findTableName(house, product, dataSet)
  if (!name.ok) return name
  const table = await loadTable(house.lake, name.value)
  if (!table.ok) return table
  const snapshot = versionOf(table.value, version, inside)
  if (snapshot === undefined) return fail(unknownVersion(table.value, version))
  const definition = await house.pipeline.definitionAt(product, snapshot.id)
  return definition.ok ? ok(definition.value.product) : definition
}

/** As ODCS in YAML, whatever it was written in. */
function textOf(dataSet: DataSet | undefined): string {
  const text = dataSet?.contract === undefined ? undefined : exportContract(inOneOrder(dataSet.contract.document), 'odcs')
  return text?.ok === true ? text.value : ''
}

// What names a thing leads; whatever else there is follows by the alphabet.
const FIRST = ['apiVersion', 'kind', 'id', 'name', 'version', 'status', 'property', 'metric', 'title', 'description', 'logicalType', 'physicalType', 'required', 'unique', 'primaryKey']
const placeOf = (member: string): number => (FIRST.includes(member) ? FIRST.indexOf(member) : FIRST.length)

/** Two stores keep members in two orders: a difference of order is none. */
function inOneOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOneOrder)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1)).map(([member, held]) => [member, inOneOrder(held as Json)]))
}

const toChanges = ({ ports, ...rest }: DataSetChanges): ContractChanges => ({ ...rest, ports: ports.map(({ changes, ...port }) => ({ ...port, changes: changes.map((change) => ({ ...change })) })) })
