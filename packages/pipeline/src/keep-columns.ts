// Columns that a source has and the contract of its data set does not name, where the contract lets the data set evolve: they
// become optional columns of the table, with values from now on. Nobody reads them before the contract names them. A column
// only ever comes, or becomes wider: what does not fit stops the run.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { ContractColumn } from '@tulle/model'
import type { FieldType, Table } from '@tulle/lake'
import { loadTable, mayBecome, parseType, printType, schemaAt } from '@tulle/lake'
import { isKept, stageKept } from '@tulle/providers'
import type { DrawnColumn } from '@tulle/sources'
import type { Target, Workshop } from './types.ts'
import { moveTables } from './move-tables.ts'
import { messages } from './messages.ts'

/** Of one data set. A source whose columns are names of things would fill the table with them. */
export const MOST_KEPT = 200

export interface KeptColumns {
  /** Its contract has the kept columns too. */
  readonly target: Target
  /** Kept ones that the source has now. */
  readonly present: ReadonlySet<string>
  readonly told: readonly Diagnostic[]
}

type Room = Pick<Workshop, 'lake' | 'store' | 'catalog'>

/** `found` is what the source has; `runId` says who evolves the table, and without it nobody does. */
export async function keepColumns(workshop: Room, target: Target, { port, found, runId }: { readonly port: string; readonly found: readonly DrawnColumn[]; readonly runId: string | undefined }): Promise<Result<KeptColumns>> {
  const same = { target, present: new Set<string>(), told: [] }
  if (target.contract.drift !== 'evolve') return ok(same)
  const table = await loadTable(workshop.lake, target.table.name)
  if (!table.ok) return table
  const before = keptOf(table.value, target)
  if (!before.ok) return before
  const beyond = nameable(target, found)
  if (target.asOf !== undefined || runId === undefined) return ok(withKept(target, before.value, beyond, []))
  const wanted = wantedColumns(target, { port, before: before.value, beyond })
  if (!wanted.ok) return wanted
  const { added, wider } = wanted.value
  if (before.value.length + added.length > MOST_KEPT) return fail(messages['drift-too-many']({ port, dataSet: target.address, most: MOST_KEPT }))
  if (added.length + wider.length === 0) return ok(withKept(target, before.value, beyond, []))
  const evolved = await evolve(workshop, target, { port, runId, added, wider })
  if (!evolved.ok) return evolved
  const after = [...before.value.map((column) => wider.find(({ name }) => name === column.name) ?? column), ...added]
  return ok(withKept(target, after, beyond, added.length === 0 ? [] : [messages['drift-kept']({ port, dataSet: target.address, columns: added })]))
}

function keptOf(table: Table, { asOf, contract }: Target): Result<readonly DrawnColumn[]> {
  const schema = schemaAt(table, asOf)
  if (!schema.ok) return schema
  const promised = new Set(contract.columns.map(({ name }) => name.toLowerCase()))
  return ok(schema.value.fields.filter((field) => isKept(field) && !promised.has(field.name.toLowerCase())).map(({ name, type }) => ({ name, type: printType(type) })))
}

// As contracts have them; what names only differ by in case are one column to most readers.
const NAME = /^(?!_tulle_)[^.\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u

function nameable({ contract }: Target, found: readonly DrawnColumn[]): readonly DrawnColumn[] {
  const seen = new Set(contract.columns.map(({ name }) => name.toLowerCase()))
  return found.filter(({ name }) => {
    const lower = name.toLowerCase()
    if (!NAME.test(name) || seen.has(lower)) return false
    seen.add(lower)
    return true
  })
}

interface Wanted { readonly added: readonly DrawnColumn[]; readonly wider: readonly DrawnColumn[] }

function wantedColumns({ address }: Target, { port, before, beyond }: { readonly port: string; readonly before: readonly DrawnColumn[]; readonly beyond: readonly DrawnColumn[] }): Result<Wanted> {
  const diagnostics: Diagnostic[] = []
  const wider: DrawnColumn[] = []
  const names = new Set(before.map(({ name }) => name.toLowerCase()))
  const added = beyond.filter(({ name, type }) => !names.has(name.toLowerCase()) && parseType(type).ok)
  for (const { name, type } of before) {
    const now = beyond.find((column) => column.name === name)
    if (now === undefined || now.type === type || type === 'string' || now.type === 'string' || mayBecome(now.type, type)) continue
    if (mayBecome(type, now.type)) wider.push(now)
    else diagnostics.push(messages['drift-kept-type']({ port, dataSet: address, column: name, found: now.type, kept: type }))
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok({ added, wider })
}

function withKept(target: Target, kept: readonly DrawnColumn[], beyond: readonly DrawnColumn[], told: readonly Diagnostic[]): KeptColumns {
  const { contract } = target
  const columns = kept.map(({ name, type }): ContractColumn => ({ name, type, required: false, unique: false, quality: [], place: contract.place }))
  const there = new Set(beyond.map(({ name }) => name))
  return {
    target: { ...target, contract: { ...contract, columns: [...contract.columns, ...columns] } },
    present: new Set(kept.flatMap(({ name }) => (there.has(name) ? [name] : []))),
    told,
  }
}

async function evolve(workshop: Room, target: Target, { port, runId, added, wider }: Wanted & { readonly port: string; readonly runId: string }): Promise<Result<unknown>> {
  const columns = [...added, ...wider].flatMap(({ name, type }) => {
    const parsed = parseType(type)
    return parsed.ok ? [{ name, type: parsed.value as FieldType }] : []
  })
  const { namespace, name } = target.table.name
  return moveTables(workshop, {
    product: namespace, runId, targets: [target],
    stage: async ([table]) => {
      const staged = await stageKept(workshop.lake, table as Table, columns)
      if (!staged.ok) return staged
      if (staged.value === undefined) return ok({ commits: [], snapshots: {} })
      const { uuid, schema } = staged.value.table
      return ok({
        commits: [staged.value], snapshots: {},
        events: [{
          type: 'tulle.schema.changed', source: '/tulle/pipeline', subject: `data-set:${target.address}`,
          data: {
            product: namespace, dataSet: name, table: uuid, schemaId: schema.schemaId, breaking: false, runId,
            changes: [...added.map((column) => `Column ${column.name} (${column.type}) is kept since ${port} has it.`), ...wider.map((column) => `Column ${column.name} widens to ${column.type}, as ${port} has it.`)],
          },
        }],
      })
    },
  })
}
