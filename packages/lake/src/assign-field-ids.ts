// Declared columns to a schema with field ids. A column keeps the id of the column of the same name (or of the name that
// it had before), nested ones too; what the format forbids is refused, because files already written could not be read.

import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { Column, Field, FieldType, ListType, MapType, Schema, StructType } from './types.ts'
import { messages } from './messages.ts'
import { printType } from './type-text.ts'

/** The schema that columns are compared with. `lastColumnId` is the highest id that the table has ever given. */
export interface PreviousSchema { readonly fields: readonly Field[]; readonly lastColumnId: number; readonly identifierFieldIds?: readonly number[] }

export interface AssignedFields { readonly fields: readonly Field[]; readonly lastColumnId: number }

const MAX_FIELDS = 10_000
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u

/** Gives ids to the columns of a new table, or of the next schema of a table that has one. All findings at once. */
export function assignFieldIds(columns: readonly Column[], previous?: PreviousSchema): Result<AssignedFields> {
  const assigner = new Assigner(previous?.lastColumnId ?? 0)
  if (columns.length === 0) assigner.diagnostics.push(messages['no-columns']({ where: 'The schema' }))
  const fields = assigner.struct(columns, previous?.fields, '')
  const kept = new Set(fields.map((f) => f.id))
  for (const field of previous?.fields ?? []) {
    if (previous?.identifierFieldIds?.includes(field.id) === true && !kept.has(field.id)) {
      assigner.diagnostics.push(messages['identifier-dropped']({ column: field.name }))
    }
  }
  return resultOf({ fields, lastColumnId: assigner.lastId }, assigner.diagnostics)
}

/** The type promotions of format v2. */
export function mayBecome(from: string, to: string): boolean {
  if (from === to || (from === 'int' && to === 'long') || (from === 'float' && to === 'double')) return true
  const [was, will] = [DECIMAL.exec(from), DECIMAL.exec(to)]
  return was !== null && will !== null && was[2] === will[2] && Number(will[1]) >= Number(was[1])
}
const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/

class Assigner {
  readonly diagnostics: Diagnostic[] = []
  lastId: number
  #count = 0
  constructor(lastId: number) {
    this.lastId = lastId
  }

  /** `previous` undefined: all of it is new, and so may be required. */
  struct(columns: readonly Column[], previous: readonly Field[] | undefined, prefix: string): Field[] {
    this.#checkNames(columns, prefix)
    // An exact name first, so that in a table of a foreign writer "a" and "A" stay two columns.
    const byName = new Map(previous?.map((f) => [f.name, f]))
    const claimed = new Set(columns.flatMap((c) => (c.renamedFrom === undefined ? [] : [c.renamedFrom])))
    // Ids of a level are given before those of the levels below, as other writers do.
    const matched = columns.map((column) => {
      const before = this.#before(column, byName, claimed, prefix)
      return { column, before, id: before?.id ?? this.#next() }
    })
    return matched.map(({ column, before, id }) => {
      const path = `${prefix}${column.name}`
      const required = column.required ?? false
      if (before === undefined && previous !== undefined && required) this.diagnostics.push(messages['required-column-added']({ column: path }))
      if (before?.required === false && required) this.diagnostics.push(messages['optional-became-required']({ column: path }))
      return {
        id, name: column.name, required, type: this.#type(column.type, before?.type, path),
        ...(column.doc !== undefined && { doc: column.doc }),
        ...(before?.carried !== undefined && { carried: before.carried }),
      }
    })
  }

  #before(column: Column, byName: ReadonlyMap<string, Field>, claimed: ReadonlySet<string>, prefix: string): Field | undefined {
    if (column.renamedFrom === undefined) return claimed.has(column.name) ? undefined : byName.get(column.name)
    const before = byName.get(column.renamedFrom)
    // A rename that has already happened is no mistake: declarations stay in files after they were applied.
    if (before === undefined && byName.has(column.name)) return byName.get(column.name)
    if (before === undefined) {
      this.diagnostics.push(messages['rename-source-missing']({ column: `${prefix}${column.name}`, from: column.renamedFrom, known: [...byName.keys()] }))
    }
    return before
  }

  #type(type: FieldType, before: FieldType | undefined, path: string): FieldType {
    if (typeof type === 'string') {
      if (before !== undefined && (typeof before !== 'string' || !mayBecome(before, type))) this.#forbid(path, before, type)
      return type
    }
    if (before !== undefined && (typeof before === 'string' || before.type !== type.type)) {
      this.#forbid(path, before, type)
      return type
    }
    switch (type.type) {
      case 'struct':
        return { type: 'struct', fields: this.struct(type.fields, (before as StructType | undefined)?.fields, `${path}.`) }
      case 'list':
        return this.#list(type, before as ListType | undefined, path)
      case 'map':
        return this.#map(type, before as MapType | undefined, path)
    }
  }

  #list(type: ListType, before: ListType | undefined, path: string): ListType {
    const elementId = before?.elementId ?? this.#next()
    if (before?.elementRequired === false && type.elementRequired) this.diagnostics.push(messages['optional-became-required']({ column: `${path}.element` }))
    return { type: 'list', elementId, elementRequired: type.elementRequired, element: this.#type(type.element, before?.element, `${path}.element`) }
  }

  #map(type: MapType, before: MapType | undefined, path: string): MapType {
    const keyId = before?.keyId ?? this.#next()
    const valueId = before?.valueId ?? this.#next()
    if (before !== undefined && printType(before.key) !== printType(type.key)) this.diagnostics.push(messages['map-key-changed']({ column: path }))
    if (before?.valueRequired === false && type.valueRequired) this.diagnostics.push(messages['optional-became-required']({ column: `${path}.value` }))
    return {
      type: 'map', keyId, key: before?.key ?? this.#type(type.key, undefined, `${path}.key`),
      valueId, value: this.#type(type.value, before?.value, `${path}.value`), valueRequired: type.valueRequired,
    }
  }

  #checkNames(columns: readonly Column[], prefix: string): void {
    const seen = new Map<string, string>()
    for (const { name } of columns) {
      const problem = name.length === 0 ? 'it is empty' : name.length > 255 ? 'it is too long' : CONTROL.test(name) ? 'it holds a control character' : undefined
      if (problem !== undefined) this.diagnostics.push(messages['bad-column-name']({ column: `${prefix}${name.slice(0, 300)}`, problem }))
      const other = seen.get(name.toLowerCase())
      if (other === undefined) seen.set(name.toLowerCase(), name)
      else this.diagnostics.push(messages['duplicate-column']({ column: `${prefix}${name}`, other: `${prefix}${other}` }))
    }
  }

  #next(): number {
    this.#count += 1
    if (this.#count === MAX_FIELDS + 1) this.diagnostics.push(messages['too-many-columns']({ limit: MAX_FIELDS }))
    this.lastId += 1
    return this.lastId
  }

  #forbid(column: string, from: FieldType, to: FieldType): void {
    this.diagnostics.push(messages['type-change-forbidden']({ column, from: printType(from), to: printType(to) }))
  }
}

/** True where two schemas mean the same to a reader and a writer, their numbers aside. */
export const sameFields = <T extends Schema['fields'] | readonly number[]>(a: T, b: T): boolean => isDeepStrictEqual(a, b)
