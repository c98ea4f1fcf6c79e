// What a run may see of other teams' data sets: it reads as the product that it runs for, by the grants that name that product,
// and the policies that take from everybody. Products of its own team need none.

import type { Diagnostic, Result } from '@tulle/kernel'
import { counted, fail, fingerprintOf, ok } from '@tulle/kernel'
import type { HiddenRead, Relation, RelationFilter } from '@tulle/engine'
import { readProductDefinitions } from '@tulle/providers'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { Store } from '@tulle/store'
import type { ReadPlan } from './read-plan.ts'
import type { InputRight, InputRights, PinnedInput, Workshop } from './types.ts'
import { messages } from './messages.ts'
import { relationAt } from './pin-inputs.ts'

type Room = Pick<Workshop, 'lake' | 'inputRights'>
type Reader = Pick<ReadPlan, 'definition' | 'product'>
type Input = Pick<PinnedInput, 'product' | 'dataSet'>

/** Where nobody is asked: a run reads what its own team keeps. */
export const ownTeamAlone = ({ db }: Pick<Store, 'db'>): InputRights => ({
  read: async ({ reader, input: { product, dataSet } }) => {
    const [definition] = await readProductDefinitions(db, [product])
    if (definition?.product.team === reader.team) return ok({})
    return fail(messages['input-denied']({ product: reader.name, input: `${product}.${dataSet}` }))
  },
})

/** What may be read of each input, by its address; every input that may not be read is told. */
export async function rightsOf({ inputRights }: Room, reader: Reader, inputs: readonly Input[]): Promise<Result<ReadonlyMap<string, InputRight>>> {
  const rights = new Map<string, InputRight>()
  const diagnostics: Diagnostic[] = []
  for (const input of inputs) {
    const right = await rightTo(inputRights, reader, input)
    if (right.ok) rights.set(`${input.product}.${input.dataSet}`, right.value)
    else diagnostics.push(...right.diagnostics)
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(rights)
}

function rightTo(rights: InputRights, { definition, product }: Reader, input: Input): Promise<Result<InputRight>> {
  const port = product.inputPorts.find((one) => one.kind === 'product' && one.product === input.product && (one.dataSet ?? input.dataSet) === input.dataSet)
  const purpose = port?.kind === 'product' ? port.purpose : undefined
  return rights.read({ reader: { id: definition.id, name: product.name, team: product.team }, input, ...(purpose !== undefined && { purpose }) })
}

/** Equal rights have the same; undefined: everything is seen as it is. Masks hold keys, so it is all that is kept of them. */
export const rightFingerprint = ({ purpose, limits }: InputRight): string | undefined => (limits === undefined ? undefined : fingerprintOf([purpose ?? null, limits.columns, limits.masks, limits.rowFilter?.condition ?? null]))

/** For the log of a run. */
export function describeRight({ purpose, limits }: InputRight): string {
  const masked = Object.keys(limits?.masks ?? {}).length
  const parts = [
    ...(purpose === undefined ? [] : [`for ${purpose}`]),
    ...(limits === undefined ? [] : [`${counted(limits.columns.length, 'column')}${masked === 0 ? '' : `, ${masked} of them masked`}${limits.rowFilter === undefined ? '' : ', some of the rows'}`]),
  ]
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`
}

/** A pinned input as a relation of the run's engine process, with as much of it as the product may see at this moment. */
export async function openInput(room: Room, reader: Reader, pinned: PinnedInput, inFolder: string): Promise<Result<Relation>> {
  const right = await rightTo(room.inputRights, reader, pinned)
  if (!right.ok) return right
  const relation = await relationAt(room.lake, pinned, inFolder)
  return relation.ok ? limited(room.lake, relation.value, right.value.limits, inFolder) : relation
}

/** As much of a relation as the limits let through. */
export async function limited(lake: Lake, relation: Relation, limits: InputRight['limits'], inFolder: string): Promise<Result<Relation>> {
  if (limits === undefined) return ok(relation)
  const { columns, masks, rowFilter } = limits
  const filter = await filterOf(lake, rowFilter, inFolder)
  if (!filter.ok) return filter
  const whole = relation.columns
  return ok({
    ...relation,
    columns: whole.filter(({ name }) => columns.includes(name)).map((column) => {
      const mask = masks[column.name]
      return mask === undefined ? column : { ...column, expression: mask }
    }),
    // Masks and the filter may read columns that are not shown.
    source: whole.map(({ name, type, fieldId, default: missing }) => ({ name, type, fieldId, ...(missing !== undefined && { default: missing }) })),
    ...(filter.value !== undefined && { rowFilter: filter.value }),
  })
}

async function filterOf(lake: Lake, filter: InputFilter | undefined, inFolder: string): Promise<Result<RelationFilter | undefined>> {
  if (filter === undefined) return ok(undefined)
  const reads: HiddenRead[] = []
  for (const { product, dataSet, columns, as } of filter.reads) {
    const table = await loadTable(lake, { namespace: product, name: dataSet })
    if (!table.ok) return table
    const snapshot = table.value.currentSnapshot
    if (snapshot === undefined) return fail(messages['input-unpublished']({ product, input: `${product}.${dataSet}` }))
    const relation = await relationAt(lake, { product, dataSet, snapshot: snapshot.id }, inFolder)
    if (!relation.ok) return relation
    reads.push({ as, columns: relation.value.columns.filter(({ name }) => columns.includes(name)), files: relation.value.files })
  }
  return ok({ condition: filter.condition, reads })
}

type InputFilter = NonNullable<NonNullable<InputRight['limits']>['rowFilter']>
