// A draft of a contract from CREATE TABLE statements, as databases print them: columns, types, keys, references, comments. What
// else stands in the text is passed over; a statement of another kind is no fault. Nothing is run.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { columnTypeOf } from '@tulle/model'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { logicalOf } from './logical-types.ts'
import { newContract } from './new-contract.ts'
import { placeIn } from './text-place.ts'

const LONGEST_TEXT = 2_000_000
// What does not end ends with the text, so that each character is looked at once.
const TOKEN = /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]+(?:\]|$))|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<number>\d+(?:\.\d+)?)|(?<sign>[\s\S])/uy

interface Token { readonly kind: 'text' | 'name' | 'word' | 'number' | 'sign'; readonly value: string; readonly at: number }

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0, found = TOKEN.exec(text); found !== null; at = TOKEN.lastIndex, found = TOKEN.exec(text)) {
    const { space, text: literal, quoted, word, number } = found.groups ?? {}
    if (space !== undefined) continue
    if (literal !== undefined) tokens.push({ kind: 'text', value: literal.slice(1, -1).replaceAll("''", "'"), at })
    else if (quoted !== undefined) tokens.push({ kind: 'name', value: quoted.slice(1, -1).replaceAll('""', '"'), at })
    else tokens.push({ kind: word !== undefined ? 'word' : number !== undefined ? 'number' : 'sign', value: found[0], at })
  }
  return tokens
}

interface Table { readonly name: string; readonly columns: Map<string, Record<string, Json>>; description?: string; readonly relationships: Json[] }

export function readSql(text: string, file: string): Result<Obj> {
  const malformed = (why: string, at = 0): Result<never> => fail(messages['not-this-format']({ format: 'SQL', why }, { place: placeIn(text, file, at) }))
  if (text.length > LONGEST_TEXT) return malformed('it is longer than 2 MB')
  const tables = new Map<string, Table>()
  for (const statement of statementsOf(tokensOf(text))) {
    const words = new Reader(statement)
    if (words.take('create')) {
      const table = readTable(words)
      if (table === 'other') continue
      if (table === undefined) return malformed('this table cannot be read', words.at())
      tables.set(table.name.toLowerCase(), table)
    } else if (words.take('comment')) readComment(words, tables)
    else if (words.take('alter')) readAlter(words, tables)
  }
  if (tables.size === 0) return malformed('it has no CREATE TABLE')
  return ok(newContract({ id: 'imported', objects: [...tables.values()].map(({ name, columns, description, relationships }) => ({ name, physicalName: name, physicalType: 'table', ...(description !== undefined && { description }), properties: [...columns.values()], ...(relationships.length > 0 && { relationships }) })) }))
}

function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'sign' && token.value === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0)
}

/** Reads tokens one after the other; words are compared without their capitals. */
class Reader {
  private readonly tokens: readonly Token[]
  private next = 0
  constructor(tokens: readonly Token[]) { this.tokens = tokens }
  get current(): Token | undefined { return this.tokens[this.next] }
  at(): number { return (this.current ?? this.tokens.at(-1))?.at ?? 0 }
  skip(): Token | undefined { return this.tokens[this.next++] }
  take(...words: readonly string[]): boolean {
    const all = words.every((word, i) => {
      const token = this.tokens[this.next + i]
      return token !== undefined && token.kind !== 'name' && token.kind !== 'text' && token.value.toLowerCase() === word
    })
    if (all) this.next += words.length
    return all
  }
  name(): string | undefined {
    if (this.current?.kind !== 'name' && this.current?.kind !== 'word') return undefined
    return this.skip()?.value
  }
  /** The parts of `catalogue.schema.table`. */
  path(): readonly string[] {
    const parts: string[] = []
    do {
      const name = this.name()
      if (name === undefined) return []
      parts.push(name)
    } while (this.take('.'))
    return parts
  }
  /** `(a, b)`, of names. */
  names(): readonly string[] {
    return this.group().flatMap(({ kind, value }) => (kind === 'name' || kind === 'word' ? [value] : []))
  }
  /** What stands in the parentheses that begin here; empty where none do. */
  group(): readonly Token[] {
    if (!this.take('(')) return []
    const from = this.next
    for (let depth = 1; this.current !== undefined; this.next += 1) {
      const { kind, value } = this.current
      if (kind === 'sign' && value === '(') depth += 1
      if (kind === 'sign' && value === ')') depth -= 1
      if (depth === 0) return this.tokens.slice(from, this.next++)
    }
    return this.tokens.slice(from)
  }
}

function readTable(words: Reader): Table | 'other' | undefined {
  words.take('or', 'replace')
  for (const word of ['global', 'local', 'temporary', 'temp', 'transient', 'unlogged', 'external']) words.take(word)
  if (!words.take('table')) return 'other'
  words.take('if', 'not', 'exists')
  const name = words.path().at(-1)
  // CREATE TABLE … AS SELECT says no columns.
  if (name !== undefined && words.take('as')) return 'other'
  const parts = partsOf(words.group())
  if (name === undefined || parts.length === 0) return undefined
  const table: Table = { name, columns: new Map(), relationships: [] }
  for (const part of parts) if (!readConstraint(new Reader(part), table) && !readColumn(new Reader(part), table)) return undefined
  const comment = new Reader(words.current === undefined ? [] : [words.current])
  if (comment.take('comment')) {
    words.skip()
    words.take('=')
    if (words.current?.kind === 'text') table.description = words.current.value
  }
  return table
}

/** Between commas that stand in no parentheses. */
function partsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  let [depth, angles] = [0, 0]
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'sign' && token.value === '(') depth += 1
    if (token.kind === 'sign' && token.value === ')') depth -= 1
    // `array<…>` is a type; elsewhere the sign compares.
    if (token.value === '<' && /^(?:array|struct|map)$/iu.test(tokens[i - 1]?.value ?? '')) angles += 1
    else if (token.value === '>' && angles > 0) angles -= 1
    if (depth === 0 && angles === 0 && token.kind === 'sign' && token.value === ',') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** A constraint of the table; false where it is none. */
function readConstraint(words: Reader, table: Table): boolean {
  if (words.take('constraint')) words.name()
  if (words.take('primary', 'key')) {
    for (const [i, column] of words.names().entries()) Object.assign(table.columns.get(column.toLowerCase()) ?? {}, { primaryKey: true, primaryKeyPosition: i + 1 })
    return true
  }
  if (words.take('unique', '(') || words.take('unique', 'key') || words.take('key') || words.take('index') || words.take('check') || words.take('exclude') || words.take('like')) return true
  if (!words.take('foreign', 'key')) return false
  const from = words.names()
  if (words.take('references')) addReference(table, from, words)
  return true
}

function addReference(table: Table, from: readonly string[], words: Reader): void {
  const other = words.path().at(-1)
  const to = words.names()
  if (other === undefined || to.length !== from.length || from.length === 0) return
  const targets = to.map((column) => `${other}.${column}`)
  const column = from.length === 1 ? table.columns.get(from[0]?.toLowerCase() ?? '') : undefined
  if (![...targets, ...from].every((name) => /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?$/u.test(name))) return
  if (column !== undefined) column['relationships'] = [...((column['relationships'] as Json[] | undefined) ?? []), { to: targets[0] ?? '' }]
  else table.relationships.push({ from: from.map((name) => `${table.name}.${name}`), to: targets })
}

const TYPE_ENDS = new Set(['not', 'null', 'primary', 'unique', 'default', 'references', 'check', 'constraint', 'comment', 'collate', 'generated', 'identity', 'auto_increment', 'autoincrement', 'encode', 'on', 'as', 'options'])

function readColumn(words: Reader, table: Table): boolean {
  const name = words.name()
  if (name === undefined) return false
  let type = ''
  while (words.current !== undefined && !(words.current.kind === 'word' && TYPE_ENDS.has(words.current.value.toLowerCase()))) {
    const { kind, value } = words.current
    if (kind === 'sign' && value === '(') type += `(${words.group().map((token) => token.value).join('')})`
    else {
      type += `${kind === 'word' && type !== '' && !type.endsWith('<') ? ' ' : ''}${value}`
      words.skip()
    }
  }
  if (type === '') return false
  const column: Record<string, Json> = { name, logicalType: logicalOf(columnTypeOf({ physicalType: type }) ?? 'string'), physicalType: type }
  table.columns.set(name.toLowerCase(), column)
  while (words.current !== undefined) {
    if (words.take('not', 'null')) column['required'] = true
    else if (words.take('primary', 'key')) Object.assign(column, { primaryKey: true, primaryKeyPosition: 1 })
    else if (words.take('unique')) column['unique'] = true
    else if (words.take('references')) addReference(table, [name], words)
    else if (words.take('comment')) column['description'] = words.current?.kind === 'text' ? words.current.value : ''
    else if (words.group().length === 0) words.skip()
  }
  return true
}

/** `COMMENT ON TABLE t IS '…'`, `COMMENT ON COLUMN t.c IS '…'`. */
function readComment(words: Reader, tables: ReadonlyMap<string, Table>): void {
  words.take('on')
  const isColumn = words.take('column')
  if (!isColumn) words.take('table')
  const path = words.path()
  const table = tables.get((path.at(isColumn ? -2 : -1) ?? '').toLowerCase())
  if (!words.take('is') || words.current?.kind !== 'text' || table === undefined) return
  if (!isColumn) table.description = words.current.value
  else Object.assign(table.columns.get((path.at(-1) ?? '').toLowerCase()) ?? {}, { description: words.current.value })
}

/** `ALTER TABLE t ADD CONSTRAINT …`, as dumps write keys. */
function readAlter(words: Reader, tables: ReadonlyMap<string, Table>): void {
  if (!words.take('table')) return
  words.take('if', 'exists')
  words.take('only')
  const table = tables.get((words.path().at(-1) ?? '').toLowerCase())
  if (table !== undefined && words.take('add')) readConstraint(words, table)
}
