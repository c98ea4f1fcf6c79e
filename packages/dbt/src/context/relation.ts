// Relations and columns as macros see them.

import { raise } from '../jinja/errors.ts'
import { Func, fromJson, numberOf, print, PyObject, Space } from '../jinja/values.ts'
import type { Keywords, Value } from '../jinja/values.ts'

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

export interface RelationParts {
  readonly database?: string | undefined
  readonly schema?: string | undefined
  readonly identifier?: string | undefined
  readonly kind?: 'table' | 'view' | 'cte' | 'external' | undefined
  /** Rows that are seen, as `where` of a test or a window of a batch says. */
  readonly where?: string | undefined
  /** Which parts print. */
  readonly shown?: readonly ('database' | 'schema' | 'identifier')[]
  readonly bare?: boolean
}

/** Prints as SQL names it: schema and name, in quotes. */
export class Relation extends PyObject {
  override readonly mapping = true
  readonly parts: RelationParts
  constructor(parts: RelationParts) {
    super()
    this.parts = parts
  }

  override member(name: string): Value {
    const { parts } = this
    switch (name) {
      case 'database': return parts.database ?? null
      case 'schema': return parts.schema ?? null
      case 'identifier': case 'name': case 'table': return parts.identifier ?? null
      case 'type': return parts.kind ?? null
      case 'is_table': return parts.kind === 'table'
      case 'is_view': return parts.kind === 'view'
      case 'is_cte': return parts.kind === 'cte'
      case 'is_materialized_view': case 'is_dynamic_table': case 'is_pointer': return false
      case 'quote_character': return '"'
      case 'path': return new Space('path', { database: parts.database ?? null, schema: parts.schema ?? null, identifier: parts.identifier ?? null })
      case 'metadata': return new Map<Value, Value>([['type', 'DuckDBRelation']])
      case 'get': return new Func(name, ([key, fallback]) => this.member(print(key)) ?? fallback ?? null)
      case 'render': return new Func(name, () => this.print())
      case 'include': return new Func(name, (_args, keywords) => this.#showing((part) => (keywords.has(part) ? keywords.get(part) === true : this.#shows(part))))
      case 'quote': return new Func(name, (_args, keywords) => new Relation({ ...parts, bare: keywords.get('identifier') === false }))
      case 'without_identifier': return new Func(name, () => this.#showing((part) => part !== 'identifier'))
      case 'incorporate': return new Func(name, (_args, keywords) => this.#with(keywords))
      case 'replace_path': return new Func(name, (_args, keywords) => new Relation({ ...parts, ...partsOf(keywords) }))
      case 'matches': return new Func(name, (_args, keywords) => Object.entries(partsOf(keywords)).every(([key, value]) => value === undefined || parts[key as 'schema'] === value))
      case 'information_schema': case 'information_schema_only': return new Func(name, () => 'information_schema')
      default: return undefined
    }
  }

  #shows(part: 'database' | 'schema' | 'identifier'): boolean {
    return this.parts.shown === undefined ? part !== 'database' : this.parts.shown.includes(part)
  }
  #showing(keep: (part: 'database' | 'schema' | 'identifier') => boolean): Relation {
    return new Relation({ ...this.parts, shown: (['database', 'schema', 'identifier'] as const).filter(keep) })
  }
  #with(keywords: Keywords): Relation {
    const path = keywords.get('path')
    const type = keywords.get('type')
    return new Relation({ ...this.parts, ...(path instanceof Map && partsOf(path as Keywords)), ...(typeof type === 'string' && { kind: type as 'table' }) })
  }

  /** The relation's own name, whatever rows are seen of it. */
  get address(): string {
    const { parts } = this
    const names = (['database', 'schema', 'identifier'] as const).filter((part) => this.#shows(part) && parts[part] !== undefined && parts[part] !== '').map((part) => parts[part] as string)
    return names.map((name, i) => (parts.bare === true && i === names.length - 1 ? name : quoted(name))).join('.')
  }

  override print(): string {
    if (this.parts.kind === 'cte') return this.parts.identifier ?? ''
    return this.parts.where === undefined ? this.address : `(select * from ${this.address} where ${this.parts.where}) dbt_subquery`
  }

  override equals(other: Value): boolean {
    return other instanceof Relation && other.print() === this.print()
  }
}

function partsOf(keywords: Keywords): RelationParts {
  const text = (key: string): string | undefined => ((value) => (value === undefined || value === null ? undefined : print(value)))(keywords.get(key))
  return Object.fromEntries((['database', 'schema', 'identifier'] as const).map((part) => [part, text(part)] as const).filter(([, value]) => value !== undefined))
}

/** `api.Relation`: how macros make relations. */
export const RELATION_CLASS = new Func('Relation', (_args, keywords) => makeRelation(keywords), {
  create: new Func('create', (_args, keywords) => makeRelation(keywords)),
  create_from: new Func('create_from', (args) => args[1]),
  get_relation_type: new Space('RelationType', { Table: 'table', View: 'view', CTE: 'cte', External: 'external' }),
  Table: 'table', View: 'view', CTE: 'cte', External: 'external',
})

function makeRelation(keywords: Keywords): Relation {
  const kind = keywords.get('type')
  return new Relation({ ...partsOf(keywords), ...(typeof kind === 'string' && { kind: kind as 'table' }) })
}

const TEXTS = /^(?:VARCHAR|TEXT|CHAR|STRING|BPCHAR|CHARACTER VARYING)/iu
const INTEGERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|INT\d?|LONG)$/iu
const FLOATS = /^(?:DOUBLE|FLOAT|REAL)/iu
const DECIMALS = /^(?:DECIMAL|NUMERIC)(?:\((\d+),\s*(\d+)\))?/iu

/** A column, by name and by the engine's type. */
export class Column extends PyObject {
  readonly name: string
  readonly type: string
  constructor(name: string, type: string) {
    super()
    this.name = name
    this.type = type
  }
  override member(member: string): Value {
    const { name, type } = this
    const answer = (value: Value): Func => new Func(member, () => value)
    switch (member) {
      case 'name': case 'column': return name
      case 'quoted': return quoted(name)
      case 'data_type': case 'dtype': return TEXTS.test(type) ? 'character varying' : type
      case 'char_size': return null
      case 'numeric_precision': return ((found) => (found?.[1] === undefined ? null : Number(found[1])))(DECIMALS.exec(type))
      case 'numeric_scale': return ((found) => (found?.[2] === undefined ? null : Number(found[2])))(DECIMALS.exec(type))
      case 'is_string': return answer(TEXTS.test(type))
      case 'is_integer': return answer(INTEGERS.test(type))
      case 'is_float': return answer(FLOATS.test(type))
      case 'is_numeric': return answer(DECIMALS.test(type))
      case 'is_number': return answer(INTEGERS.test(type) || FLOATS.test(type) || DECIMALS.test(type))
      case 'string_size': return answer(256)
      case 'can_expand_to': return answer(false)
      default: return undefined
    }
  }
  override print(): string {
    return `<Column ${this.name} (${this.type})>`
  }
  override equals(other: Value): boolean {
    return other instanceof Column && other.name === this.name && other.type === this.type
  }
}

const TYPES: Readonly<Record<string, string>> = { STRING: 'TEXT', TIMESTAMP: 'TIMESTAMP', FLOAT: 'FLOAT', INTEGER: 'INT', BOOLEAN: 'BOOLEAN' }
const makeColumn = (args: readonly Value[], keywords: Keywords): Column => new Column(print(args[0] ?? keywords.get('column') ?? keywords.get('name')), print(args[1] ?? keywords.get('dtype') ?? keywords.get('label_or_dtype')))
export const COLUMN_CLASS = new Func('Column', makeColumn, {
  create: new Func('create', makeColumn),
  translate_type: new Func('translate_type', ([type]) => TYPES[print(type).toUpperCase()] ?? print(type)),
  numeric_type: new Func('numeric_type', ([type, precision, scale]) => (precision === null || precision === undefined ? print(type) : `${print(type)}(${print(precision)},${print(scale)})`)),
  string_type: new Func('string_type', () => 'TEXT'),
})

/** What a query answered, as macros of dbt expect it (agate's table). */
export class ResultTable extends PyObject {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Row[]
  constructor(columns: readonly { readonly name: string; readonly type: string }[], rows: readonly (readonly unknown[])[]) {
    super()
    this.columns = columns
    this.rows = rows.map((row) => new Row(columns.map(({ name }) => name), row.map((value, i) => valueOf(value, columns[i]?.type ?? ''))))
  }
  override member(name: string): Value {
    switch (name) {
      case 'columns': return new Listing(this.columns.map((column, i) => [column.name, new ResultColumn(column.name, this.rows.map((row) => row.values[i]))]))
      case 'column_names': return this.columns.map((column) => column.name)
      case 'column_types': return this.columns.map((column) => column.type)
      case 'rows': return this.rows
      case 'print_table': case 'print_csv': return new Func(name, () => null)
      case 'to_json': return new Func(name, () => '')
      default: return undefined
    }
  }
  override items(): readonly Value[] {
    return this.rows
  }
  override item(key: Value): Value {
    return typeof key === 'number' ? this.rows.at(key) : undefined
  }
  override print(): string {
    return `<Table ${this.columns.map((column) => column.name).join(', ')}>`
  }
}

/** Numbers come as JSON numbers or, where they are too long for one, as text. */
function valueOf(value: unknown, type: string): Value {
  if (typeof value === 'string' && (INTEGERS.test(type) || DECIMALS.test(type)) && Number.isSafeInteger(Number(value))) return Number(value)
  return fromJson(value)
}

/** By place and by name. */
class Listing extends PyObject {
  readonly pairs: readonly (readonly [string, Value])[]
  constructor(pairs: readonly (readonly [string, Value])[]) {
    super()
    this.pairs = pairs
  }
  override member(name: string): Value {
    switch (name) {
      case 'keys': return new Func(name, () => this.pairs.map(([key]) => key))
      case 'values': return new Func(name, () => this.pairs.map(([, value]) => value))
      case 'items': return new Func(name, () => this.pairs.map((pair) => [...pair]))
      case 'dict': return new Func(name, () => new Map<Value, Value>(this.pairs))
      case 'get': return new Func(name, ([key, fallback]) => this.item(key) ?? fallback ?? null)
      default: return undefined
    }
  }
  override item(key: Value): Value {
    return typeof key === 'number' ? this.pairs.at(key)?.[1] : this.pairs.find(([name]) => name === key || (typeof key === 'string' && name.toLowerCase() === key.toLowerCase()))?.[1]
  }
  override items(): readonly Value[] {
    return this.pairs.map(([, value]) => value)
  }
  override print(): string {
    return `<${this.pairs.map(([name]) => name).join(', ')}>`
  }
}

export class Row extends Listing {
  readonly values: readonly Value[]
  constructor(names: readonly string[], values: readonly Value[]) {
    super(values.map((value, i) => [names[i] ?? '', value]))
    this.values = values
  }
  override member(name: string): Value {
    return super.member(name) ?? this.item(name)
  }
}

class ResultColumn extends PyObject {
  readonly name: string
  readonly data: readonly Value[]
  constructor(name: string, data: readonly Value[]) {
    super()
    this.name = name
    this.data = data
  }
  override member(name: string): Value {
    switch (name) {
      case 'name': return this.name
      case 'values': return new Func(name, () => [...this.data])
      case 'values_distinct': return new Func(name, () => [...new Set(this.data)])
      case 'values_sorted': return new Func(name, () => this.data.toSorted())
      case 'values_without_nulls': return new Func(name, () => this.data.filter((value) => value !== null))
      default: return undefined
    }
  }
  override items(): readonly Value[] {
    return this.data
  }
  override item(key: Value): Value {
    return this.data.at(numberOf(key) ?? raise('a column is read by number'))
  }
  override print(): string {
    return `<Column ${this.name}>`
  }
}
