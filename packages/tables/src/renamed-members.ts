// Which nested columns files may hold under other names than a schema's. Files are asked what they call the members of
// these alone; the others the engine finds by name, which costs nothing. In doubt a column is among them.

import type { MemberType, RelationFile } from '@tulle/engine'
import type { Field, Schema, Table } from '@tulle/lake'
import { walkFields } from '@tulle/lake'

/** Nested columns of the schema by field id; undefined where names do for all. */
export function renamedMembers(table: Table, schema: Schema): RelationFile['nested'] {
  const schemas = [schema, ...table.schemas]
  const renamed = schema.fields.filter(({ id, type }) => typeof type !== 'string' && (forgets(table) || differ(schemas.flatMap(({ fields }) => fields.filter((field) => field.id === id).map(membersOf)))))
  return renamed.length === 0 ? undefined : Object.fromEntries(renamed.map(({ id, type }): [number, MemberType] => [id, type]))
}

// Schemas are counted from 0. One that is gone may have had other names, and so may those that version 1 never listed.
const forgets = ({ schemas, metadata }: Table): boolean => metadata.formatVersion === 1 || schemas.length <= Math.max(...schemas.map(({ schemaId }) => schemaId))

/**
 * The states of one column, the wanted one first: was one of its members ever called otherwise, was another ever called like
 * one of them, or had a struct of it none of today's?
 */
const differ = ([now, ...before]: readonly (readonly Member[])[]): boolean => {
  const byId = new Map(now?.map((member) => [member.id, member]))
  const byPath = new Map(now?.map((member) => [member.path, member]))
  return now?.some(({ plain }) => !plain) === true || before.some((members) => members.some(({ id, path }) => (byId.get(id)?.path ?? path) !== path || (byPath.get(path)?.id ?? id) !== id) || sharesNone(members, byPath))
}

// The engine refuses to make a struct of one that has not a member in common with it.
function sharesNone(members: readonly Member[], now: ReadonlyMap<string, Member>): boolean {
  const structs = new Map<string, boolean>()
  for (const { parent, path } of members) structs.set(parent, structs.get(parent) === true || now.has(path))
  return [...structs].some(([parent, shares]) => !shares && (parent === '' || now.has(parent)))
}

/** A field inside a column, by its path there. The engine does not tell names apart by case, and some writers put other characters than these in place of what Avro forbids. */
interface Member { readonly id: number; readonly path: string; readonly parent: string; readonly plain: boolean }

const membersOf = ({ type }: Field): readonly Member[] =>
  typeof type === 'string' ? [] : [...walkFields({ type: 'struct', fields: [{ id: 0, name: '', required: false, type }] })].slice(1).map(({ id, path }) => ({
    id, path: path.toLowerCase(), parent: path.slice(0, path.lastIndexOf('.')).toLowerCase(), plain: /^(?:\.[a-z_][a-z0-9_]*)+$/iu.test(path),
  }))
