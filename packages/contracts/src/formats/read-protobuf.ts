// A draft of a contract from Protocol Buffers, proto2 or proto3: each message that no other one holds or names is an object. Imports
// are opened by nobody; a type that is not in the text travels as text.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { newContract } from './new-contract.ts'
import { placeIn } from './text-place.ts'

const LONGEST_TEXT = 2_000_000
const DEEPEST = 20
const LARGEST = 20_000
// What does not end ends with the text, so that each character is looked at once.
const TOKEN = /(?<space>\s+)|\/\/(?<line>[^\n]*)|\/\*(?<block>[\s\S]*?)(?:\*\/|$)|(?<token>"(?:[^"\\]|\\[\s\S])*\\?(?:"|$)|'(?:[^'\\]|\\[\s\S])*\\?(?:'|$)|\.?[A-Za-z_][\w.]*|[\d.+-][\w.+-]*|[\s\S])/uy

interface Token { readonly value: string; readonly at: number; /** Comment lines right before it. */ readonly comment: string }
interface Field { readonly name: string; readonly type: string; readonly label: string; readonly map?: string; readonly description: string }
interface Message { readonly name: string; readonly description: string; readonly fields: Field[]; readonly outer: string }

export function readProtobuf(text: string, file: string): Result<Obj> {
  const malformed = (why: string, at = 0): Result<never> => fail(messages['not-this-format']({ format: 'Protocol Buffers', why }, { place: placeIn(text, file, at) }))
  if (text.length > LONGEST_TEXT) return malformed('it is longer than 2 MB')
  const parsed = new Parser(tokensOf(text))
  const wrong = parsed.read()
  if (wrong !== undefined) return malformed(wrong.why, wrong.at)
  if (parsed.messages.size === 0) return malformed('it has no message')
  const shapes = new Shapes(parsed)
  const used = new Set([...parsed.messages.values()].flatMap(({ fields, name, outer }) => fields.map(({ type, map }) => shapes.resolve(map ?? type, full(outer, name)) ?? '')))
  const roots = [...parsed.messages].filter(([path, { outer }]) => outer === '' && !used.has(path))
  const objects = (roots.length > 0 ? roots : [...parsed.messages].slice(0, 1)).map(([path, { name, description }]) => ({ name, ...(description !== '' && { description }), properties: shapes.propertiesOf(path, []) }))
  const fault = shapes.fault
  return fault === undefined ? ok(newContract({ id: 'imported', objects })) : malformed(fault)
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let comment: string[] = []
  TOKEN.lastIndex = 0
  for (let at = 0, found = TOKEN.exec(text); found !== null; at = TOKEN.lastIndex, found = TOKEN.exec(text)) {
    const { space, line, block, token } = found.groups ?? {}
    if (line !== undefined || block !== undefined) comment.push(...(line ?? block ?? '').split('\n').map((one) => one.replace(/^[\s*/]+/u, '').trim()).filter((one) => one !== ''))
    else if (space !== undefined && space.split('\n').length > 2) comment = []
    else if (token !== undefined) {
      tokens.push({ value: token, at, comment: comment.join('\n') })
      comment = []
    }
  }
  return tokens
}

const full = (outer: string, name: string): string => (outer === '' ? name : `${outer}.${name}`)

class Parser {
  readonly messages = new Map<string, Message>()
  readonly enums = new Map<string, readonly string[]>()
  package = ''
  private readonly tokens: readonly Token[]
  private next = 0
  constructor(tokens: readonly Token[]) { this.tokens = tokens }

  /** Undefined where all was read. */
  read(): { readonly why: string; readonly at: number } | undefined {
    while (this.next < this.tokens.length) {
      const { value, comment, at } = this.tokens[this.next] as Token
      if (value === 'message') {
        const why = this.message('', comment, 0)
        if (why !== undefined) return { why, at: this.tokens[this.next]?.at ?? at }
      } else if (value === 'enum') this.enumeration('')
      else if (value === 'package') {
        this.package = this.tokens[this.next + 1]?.value ?? ''
        this.skipStatement()
      } else this.skipStatement()
    }
    return undefined
  }

  private take(): string { return this.tokens[this.next++]?.value ?? '' }
  private get current(): string { return this.tokens[this.next]?.value ?? '' }

  /** Up to the semicolon, or the end of a block. */
  private skipStatement(): void {
    for (let depth = 0; this.next < this.tokens.length;) {
      const value = this.take()
      if (value === '{') depth += 1
      if (value === '}') depth -= 1
      if (depth <= 0 && (value === ';' || value === '}')) return
    }
  }

  private message(outer: string, description: string, depth: number): string | undefined {
    if (depth > DEEPEST) return `messages lie deeper than ${DEEPEST} in each other`
    this.take()
    const name = this.take()
    if (!/^[A-Za-z_]\w*$/u.test(name) || this.take() !== '{') return 'this message cannot be read'
    const path = full(outer, name)
    const fields: Field[] = []
    this.messages.set(path, { name, description, fields, outer })
    return this.body(path, fields, depth)
  }

  private body(path: string, fields: Field[], depth: number): string | undefined {
    while (this.next < this.tokens.length && this.current !== '}') {
      const { comment } = this.tokens[this.next] as Token
      const first = this.current
      if (first === 'message' && this.tokens[this.next + 2]?.value === '{') {
        const why = this.message(path, comment, depth + 1)
        if (why !== undefined) return why
      } else if (first === 'enum' && this.tokens[this.next + 2]?.value === '{') this.enumeration(path)
      else if (first === 'oneof' && this.tokens[this.next + 2]?.value === '{') {
        this.next += 3
        const why = this.body(path, fields, depth)
        if (why !== undefined) return why
      } else if (['option', 'reserved', 'extensions', 'extend', ';'].includes(first) && this.tokens[this.next + 2]?.value !== '=') this.skipStatement()
      else {
        const why = this.field(fields, comment)
        if (why !== undefined) return why
      }
    }
    return this.take() === '}' ? undefined : 'a message does not end'
  }

  private field(fields: Field[], description: string): string | undefined {
    const label = ['repeated', 'optional', 'required'].includes(this.current) ? this.take() : ''
    let type = this.take()
    let map: string | undefined
    if (type === 'map' && this.current === '<') {
      this.take()
      type = this.take()
      this.take()
      map = this.take()
      this.take()
    }
    const name = this.take()
    if (!/^[A-Za-z_]\w*$/u.test(name) || !/^\.?[A-Za-z_][\w.]*$/u.test(type) || this.take() !== '=') return 'this field cannot be read'
    fields.push({ name, type, label, description, ...(map !== undefined && { map }) })
    this.skipStatement()
    return fields.length > LARGEST ? `a message has more than ${LARGEST} fields` : undefined
  }

  private enumeration(outer: string): void {
    this.take()
    const name = this.take()
    this.take()
    const values: string[] = []
    while (this.next < this.tokens.length && this.current !== '}') {
      if (this.tokens[this.next + 1]?.value === '=' && this.current !== 'option') values.push(this.current)
      this.skipStatement()
    }
    this.take()
    this.enums.set(full(outer, name), values)
  }
}

const SCALARS: Readonly<Record<string, Obj>> = {
  double: { logicalType: 'number' }, float: { logicalType: 'number', physicalType: 'float' }, bool: { logicalType: 'boolean' }, string: { logicalType: 'string' }, bytes: { logicalType: 'string', physicalType: 'binary' },
  int32: { logicalType: 'integer', physicalType: 'int' }, sint32: { logicalType: 'integer', physicalType: 'int' }, sfixed32: { logicalType: 'integer', physicalType: 'int' }, uint32: { logicalType: 'integer' }, fixed32: { logicalType: 'integer' },
  int64: { logicalType: 'integer' }, sint64: { logicalType: 'integer' }, sfixed64: { logicalType: 'integer' }, uint64: { logicalType: 'number', physicalType: 'decimal(20, 0)' }, fixed64: { logicalType: 'number', physicalType: 'decimal(20, 0)' },
  'google.protobuf.Timestamp': { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } }, 'google.type.Date': { logicalType: 'date' }, 'google.type.TimeOfDay': { logicalType: 'time' },
  'google.protobuf.StringValue': { logicalType: 'string' }, 'google.protobuf.BoolValue': { logicalType: 'boolean' }, 'google.protobuf.Int32Value': { logicalType: 'integer', physicalType: 'int' }, 'google.protobuf.Int64Value': { logicalType: 'integer' }, 'google.protobuf.DoubleValue': { logicalType: 'number' }, 'google.protobuf.FloatValue': { logicalType: 'number', physicalType: 'float' },
}

/** Messages as the properties of objects; those that hold themselves, and those that multiply, are a fault. */
class Shapes {
  fault: string | undefined
  private readonly parsed: Parser
  private count = 0
  constructor(parsed: Parser) { this.parsed = parsed }

  /** A name within a message is looked for in it, then further out. */
  resolve(type: string, from: string): string | undefined {
    const { messages: known, enums, package: own } = this.parsed
    const plain = type.replace(/^\./u, '')
    const name = own !== '' && plain.startsWith(`${own}.`) ? plain.slice(own.length + 1) : plain
    const scopes = from.split('.')
    for (let i = scopes.length; i >= 0; i -= 1) {
      const path = full(scopes.slice(0, i).join('.'), name)
      if (known.has(path) || enums.has(path)) return path
    }
    return undefined
  }

  propertiesOf(path: string, within: readonly string[]): readonly Json[] {
    if (within.includes(path)) this.fault ??= `the message ${path} holds itself`
    this.count += this.parsed.messages.get(path)?.fields.length ?? 0
    if (this.count > LARGEST) this.fault ??= `its messages come to more than ${LARGEST} columns`
    if (this.fault !== undefined) return []
    return (this.parsed.messages.get(path)?.fields ?? []).map(({ name, type, label, map, description }): Json => {
      const shape = map !== undefined ? { logicalType: 'object', physicalType: `map<${type}, ${map}>` } : this.shapeOf(type, path, [...within, path])
      const property = label === 'repeated' ? { logicalType: 'array', items: shape } : shape
      return { name, ...property, ...(label === 'required' && { required: true }), ...(description !== '' && { description }) }
    })
  }

  private shapeOf(type: string, from: string, within: readonly string[]): Obj {
    const plain = type.replace(/^\./u, '')
    const scalar = Object.hasOwn(SCALARS, plain) ? SCALARS[plain] : undefined
    const path = scalar === undefined ? this.resolve(type, from) : undefined
    if (path === undefined) return scalar ?? { logicalType: 'string' }
    const values = this.parsed.enums.get(path)
    if (values !== undefined) return { logicalType: 'string', ...(values.length > 0 && { quality: [{ metric: 'invalidValues', mustBe: 0, arguments: { validValues: [...values] } }] }) }
    return { logicalType: 'object', properties: [...this.propertiesOf(path, within)] }
  }
}
