// Files of a table on their way in and out, where some of its columns lie enciphered in them.

import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { WrittenFile } from '@tulle/engine'
import type { DataFile, Field, FieldType, Lake, Table } from '@tulle/lake'

/** `file` is what a manifest may say of it. */
export interface TakenIn { readonly address: string; readonly file: WrittenFile }

const PLAIN = /(?:\.sealed)?\.parquet$/u
const SEALED = '.sealed.parquet'

/** Whether columns of a file are sealed is said by its name, which stays with it wherever it is referred to. */
export const isSealed = ({ path }: Pick<DataFile, 'path'>): boolean => path.endsWith(SEALED)

/**
 * Takes a written file of a table's rows in as an object at `path`, or beside it where it is sealed. `reuse`: what lies there already, of an earlier
 * try, is what is meant.
 */
export async function takeIn(lake: Lake, table: Table, file: WrittenFile, path: string, { reuse = false }: { readonly reuse?: boolean } = {}): Promise<Result<TakenIn>> {
  const sealedPath = path.replace(PLAIN, SEALED)
  const sealed = lake.cipher === undefined ? ok(undefined) : await lake.cipher.seal(table, { path: file.path, rows: file.rows, fieldIds: fieldsIn(table, file.columns.map(({ fieldId }) => fieldId)).map(({ id }) => id) }, basename(sealedPath))
  if (!sealed.ok) return sealed
  const at = sealed.value === undefined ? path : sealedPath
  const adopted = await lake.objects.adopt(at, sealed.value?.path ?? file.path)
  if (sealed.value !== undefined) await rm(sealed.value.path, { force: true })
  if (!adopted.ok && !(reuse && adopted.diagnostics.some(({ code }) => code === 'object-exists'))) return adopted
  const address = lake.objects.address(at)
  if (sealed.value === undefined) return ok({ address, file })
  // Sealed anew it would have other bytes than what lies there.
  const facts = await lake.objects.facts(address)
  if (!facts.ok) return facts
  const { hides } = sealed.value
  const hidden = new Set(fieldsIn(table, [...hides]).flatMap(({ id, type }) => [id, ...leavesOf(type)]))
  return ok({ address, file: { ...file, bytes: facts.value.bytes, columns: file.columns.map((column) => (hidden.has(column.fieldId) ? { fieldId: column.fieldId, bytes: column.bytes } : column)) } })
}

/** A local copy of a data file that whoever may read all of it can read. */
export async function localRows(lake: Lake, table: Table, file: DataFile): Promise<Result<string>> {
  const local = await lake.objects.localFile(file.path)
  if (!local.ok || lake.cipher === undefined || !isSealed(file)) return local
  return lake.cipher.open(table, file, local.value)
}

/** Top-level columns, by whatever version of the schema, that these ids are of or lie in. */
export function fieldsIn({ schema, schemas }: Pick<Table, 'schema' | 'schemas'>, ids: readonly number[]): readonly Field[] {
  const wanted = new Set(ids)
  const fields = new Map<number, Field>()
  for (const { fields: own } of [...schemas, schema]) for (const field of own) if (wanted.has(field.id) || leavesOf(field.type).some((id) => wanted.has(id))) fields.set(field.id, field)
  return [...fields.values()]
}

function leavesOf(type: FieldType): readonly number[] {
  if (typeof type === 'string') return []
  if (type.type === 'struct') return type.fields.flatMap((field) => [field.id, ...leavesOf(field.type)])
  if (type.type === 'list') return [type.elementId, ...leavesOf(type.element)]
  return [type.keyId, type.valueId, ...leavesOf(type.key), ...leavesOf(type.value)]
}
