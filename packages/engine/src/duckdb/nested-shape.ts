// Members of nested columns by field id. The engine finds them by name, so a file that calls one differently is read as its
// own footer describes it, and an expression makes of that what the column is. Never by name where a file has ids.

import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { MemberType } from '../types.ts'
import type { ParquetElement } from './protocol.ts'

/** An element of a file's schema with those below it. */
export interface ParquetNode extends ParquetElement { readonly below: readonly ParquetNode[] }

/** How a column is read from a file, and its value by what it is called there. */
export interface ReadShape { readonly type: string; readonly value: string }

/** The elements of a file, listed parents first; undefined where they make no tree. */
export function parquetTree(elements: readonly ParquetElement[]): ParquetNode | undefined {
  const open: { readonly node: ParquetNode; readonly below: ParquetNode[] }[] = []
  let root: ParquetNode | undefined
  for (const element of elements) {
    while (open.length > 0 && open.at(-1)?.below.length === open.at(-1)?.node.children) open.pop()
    const parent = open.at(-1)
    if (root !== undefined && parent === undefined) return undefined
    const below: ParquetNode[] = []
    const node = { ...element, below }
    root ??= node
    parent?.below.push(node)
    open.push({ node, below })
  }
  return open.every(({ node, below }) => below.length === node.children) ? root : undefined
}

/** The columns, by field id, that a file has in another shape than they are to have. `nameOf` says what they are called when read. */
export function readShapes(root: ParquetNode, columns: Readonly<Record<number, MemberType>>, nameOf: (fieldId: number) => string): Readonly<Record<number, ReadShape>> {
  return Object.fromEntries(Object.entries(columns).flatMap(([id, type]) => {
    const column = root.below.find(({ fieldId }) => fieldId === Number(id))
    const shape = column === undefined ? undefined : shapeOf(column, type, nameOf(Number(id)), 0)
    return shape === undefined || shape.same ? [] : [[id, { type: shape.type, value: shape.value }]]
  }))
}

/** `same`: found by name it is what it is by id. */
interface Shape extends ReadShape { readonly same: boolean }

function shapeOf(node: ParquetNode, type: MemberType, value: string, depth: number): Shape {
  const asIs = { type: duckdbTypeOf(type), value, same: true }
  if (typeof type === 'string') return asIs
  const variable = `e${depth}`
  switch (type.type) {
    case 'struct':
      return isStruct(node) ? structShape(node, type, value, depth) : asIs
    case 'list': {
      const element = elementOf(node)
      if (element === undefined) return asIs
      const shape = shapeOf(element, type.element, variable, depth + 1)
      return shape.same ? asIs : { type: `${shape.type}[]`, value: `list_transform(${value}, lambda ${variable}: ${shape.value})`, same: false }
    }
    case 'map': {
      const [key, held] = entryOf(node)
      if (key === undefined || held === undefined) return asIs
      const [keyShape, heldShape] = [shapeOf(key, type.key, `struct_extract(${variable}, 'key')`, depth + 1), shapeOf(held, type.value, `struct_extract(${variable}, 'value')`, depth + 1)]
      if (keyShape.same && heldShape.same) return asIs
      const entry = `struct_pack(k := ${keyShape.value}, v := ${heldShape.value})`
      return { type: `MAP(${keyShape.type}, ${heldShape.type})`, value: `map_from_entries(list_transform(map_entries(${value}), lambda ${variable}: ${entry}))`, same: false }
    }
  }
}

function structShape(node: ParquetNode, type: Extract<MemberType, { type: 'struct' }>, value: string, depth: number): Shape {
  // A file without any ids can only mean the names.
  const named = node.below.every(({ fieldId }) => fieldId === undefined)
  const members = type.fields.map((field) => {
    const found = node.below.find((child) => (named ? child.name === field.name : child.fieldId === field.id))
    if (found === undefined) return { field, found, shape: undefined, same: !node.below.some(({ name }) => isCalled(name, field.name)) }
    const shape = shapeOf(found, field.type, `struct_extract(${value}, ${quoteLiteral(found.name)})`, depth)
    return { field, found, shape, same: shape.same && isCalled(found.name, field.name) }
  })
  const read = members.flatMap(({ found, shape }) => (shape === undefined ? [] : [{ name: found.name, type: shape.type }]))
  if (read.length > 0 && members.every(({ same }) => same)) return { type: duckdbTypeOf(type), value, same: true }
  // Whether the struct is null is told by its members, so one is read although nobody wants it.
  const [first] = node.below
  if (read.length === 0 && first !== undefined) read.push({ name: first.name, type: anyType(first) })
  const packed = members.map(({ field, shape }) => `${quoteIdentifier(field.name)} := ${shape?.value ?? `CAST(NULL AS ${duckdbTypeOf(field.type)})`}`)
  return {
    type: `STRUCT(${read.map((member) => `${quoteIdentifier(member.name)} ${member.type}`).join(', ')})`,
    value: `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${packed.join(', ')}) END`,
    same: false,
  }
}

// The engine does not tell names apart by case.
const isCalled = (name: string, other: string): boolean => name.toLowerCase() === other.toLowerCase()

const isStruct = ({ below, kind }: ParquetNode): boolean => kind === undefined && below.length > 0

/** What a list holds, by the rules of the Parquet format for lists of old writers too. */
function elementOf({ kind, below: [repeated] }: ParquetNode): ParquetNode | undefined {
  if (kind !== 'list' || repeated === undefined) return undefined
  const [only, another] = repeated.below
  return only === undefined || another !== undefined || repeated.name === 'array' || repeated.name.endsWith('_tuple') ? repeated : only
}

const entryOf = ({ kind, below: [entries] }: ParquetNode): readonly (ParquetNode | undefined)[] => (kind === 'map' ? entries?.below ?? [] : [])

/** A type that the engine can read any values of an element as. */
function anyType(node: ParquetNode, depth = 0): string {
  const element = elementOf(node)
  const [key, held] = entryOf(node)
  const [first] = node.below
  if (depth === DEEPEST) return 'VARCHAR'
  if (element !== undefined) return `${anyType(element, depth + 1)}[]`
  if (key !== undefined && held !== undefined) return `MAP(${anyType(key, depth + 1)}, ${anyType(held, depth + 1)})`
  return first === undefined ? 'VARCHAR' : `STRUCT(${quoteIdentifier(first.name)} ${anyType(first, depth + 1)})`
}

/** A hostile file nests without end. */
const DEEPEST = 32
