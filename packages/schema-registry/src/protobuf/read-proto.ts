// The text of a .proto file, proto2 or proto3, becomes a descriptor. Options are read over, services and extensions too: they say
// nothing of a message's bytes.

import { create } from '@bufbuild/protobuf'
import {
  DescriptorProtoSchema, EnumDescriptorProtoSchema, EnumValueDescriptorProtoSchema, FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FieldDescriptorProtoSchema, FileDescriptorProtoSchema, MessageOptionsSchema, OneofDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import type { DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { SchemaFault } from '../schema-fault.ts'

const TOKEN = /\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\.?[A-Za-z_][\w.]*|[+-]?\d[\w.+-]*|[\s\S])/uy
const DEEPEST = 32
const MOST_FIELDS = 20_000

export const SCALARS: Readonly<Record<string, Type>> = {
  double: Type.DOUBLE, float: Type.FLOAT, int32: Type.INT32, int64: Type.INT64, uint32: Type.UINT32, uint64: Type.UINT64, sint32: Type.SINT32, sint64: Type.SINT64,
  fixed32: Type.FIXED32, fixed64: Type.FIXED64, sfixed32: Type.SFIXED32, sfixed64: Type.SFIXED64, bool: Type.BOOL, string: Type.STRING, bytes: Type.BYTES,
}

/** The tokens of a text, without blanks and comments. */
export function protoTokens(text: string): readonly string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) if (found[1] !== undefined) tokens.push(found[1])
  return tokens
}

/** The descriptor of a text, its types as they are written there: `resolveTypes` finds what they mean. */
export const readProto = (text: string, name: string): FileDescriptorProto => new Reader(protoTokens(text), name).file()

class Reader {
  private readonly tokens: readonly string[]
  private readonly read: FileDescriptorProto
  private next = 0
  private fields = 0

  constructor(tokens: readonly string[], name: string) {
    this.tokens = tokens
    this.read = create(FileDescriptorProtoSchema, { name, syntax: 'proto2' })
  }

  file(): FileDescriptorProto {
    while (this.next < this.tokens.length) this.statement()
    return this.read
  }

  private get current(): string { return this.tokens[this.next] ?? '' }
  private take(): string { return this.tokens[this.next++] ?? '' }
  private expect(token: string): void {
    const found = this.take()
    if (found !== token) throw new SchemaFault(`"${token}" was expected where ${found === '' ? 'the text ends' : `"${found.slice(0, 50)}" stands`}`)
  }
  private name(): string {
    const name = this.take()
    if (!/^[A-Za-z_]\w*$/u.test(name)) throw new SchemaFault(`"${name.slice(0, 50)}" is no name`)
    return name
  }
  private text(): string {
    const token = this.take()
    if (!/^["']/u.test(token)) throw new SchemaFault(`"${token.slice(0, 50)}" is no text`)
    return token.slice(1, -1)
  }

  private statement(): void {
    switch (this.take()) {
      case 'syntax': {
        this.expect('=')
        const syntax = this.text()
        if (syntax !== 'proto2' && syntax !== 'proto3') throw new SchemaFault(`the syntax "${syntax.slice(0, 50)}" is not known; write proto2 or proto3`)
        this.read.syntax = syntax
        return this.expect(';')
      }
      case 'package':
        this.read.package = this.take()
        if (!/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/u.test(this.read.package)) throw new SchemaFault(`"${this.read.package.slice(0, 50)}" is no package`)
        return this.expect(';')
      case 'import':
        if (this.current === 'public' || this.current === 'weak') this.take()
        this.read.dependency.push(this.text())
        return this.expect(';')
      case 'message': return void this.read.messageType.push(this.message(0))
      case 'enum': return void this.read.enumType.push(this.enumeration())
      case ';': return undefined
      case 'option': case 'service': case 'extend': return this.skip()
      default: throw new SchemaFault(`"${(this.tokens[this.next - 1] ?? '').slice(0, 50)}" begins nothing that is known`)
    }
  }

  /** Up to the semicolon, or the end of a block. */
  private skip(): void {
    for (let depth = 0; ;) {
      const token = this.take()
      if (token === '') throw new SchemaFault('the text ends in the middle of a statement')
      if (token === '{') depth += 1
      if (token === '}') depth -= 1
      if (depth === 0 && (token === ';' || token === '}')) return
    }
  }

  private message(depth: number): DescriptorProto {
    if (depth > DEEPEST) throw new SchemaFault(`messages lie deeper than ${DEEPEST} in each other`)
    const message = create(DescriptorProtoSchema, { name: this.name() })
    this.expect('{')
    while (this.current !== '}') this.member(message, depth)
    this.expect('}')
    // The oneofs of optional fields stand behind all others.
    for (const field of message.field) if (field.proto3Optional) field.oneofIndex = message.oneofDecl.push(create(OneofDescriptorProtoSchema, { name: `_${field.name}` })) - 1
    return message
  }

  private member(message: DescriptorProto, depth: number): void {
    const [first, , third] = this.tokens.slice(this.next, this.next + 3)
    if (first === undefined) throw new SchemaFault(`the message ${message.name} does not end`)
    if (first === ';') return void this.take()
    if (first === 'message' && third === '{') return void (this.take(), message.nestedType.push(this.message(depth + 1)))
    if (first === 'enum' && third === '{') return void (this.take(), message.enumType.push(this.enumeration()))
    if (first === 'oneof' && third === '{') return this.oneof(message)
    if (['option', 'reserved', 'extensions', 'extend'].includes(first) && third !== '=') return this.skip()
    message.field.push(this.field(message))
  }

  private oneof(message: DescriptorProto): void {
    this.take()
    const oneofIndex = message.oneofDecl.push(create(OneofDescriptorProtoSchema, { name: this.name() })) - 1
    this.expect('{')
    while (this.current !== '}') {
      if (this.current === '') throw new SchemaFault(`the message ${message.name} does not end`)
      if (this.current === 'option') this.skip()
      else if (this.current === ';') this.take()
      else message.field.push(Object.assign(this.field(message), { oneofIndex }))
    }
    this.expect('}')
  }

  private field(message: DescriptorProto): FieldDescriptorProto {
    this.fields += 1
    if (this.fields > MOST_FIELDS) throw new SchemaFault(`it has more than ${MOST_FIELDS} fields`)
    const word = ['repeated', 'optional', 'required'].includes(this.current) && this.tokens[this.next + 2] !== '=' ? this.take() : ''
    if (this.current === 'group') throw new SchemaFault('groups are not read; use a message')
    const made = this.current === 'map' && this.tokens[this.next + 1] === '<' ? this.mapField(message) : create(FieldDescriptorProtoSchema, typed(this.take()))
    made.name = this.name()
    made.jsonName = made.name.replace(/_+([A-Za-z0-9]?)/gu, (_all, letter: string) => letter.toUpperCase())
    if (made.typeName === '<map>') {
      made.typeName = `${entryName(made.name)}`
      const entry = message.nestedType.at(-1)
      if (entry !== undefined) entry.name = made.typeName
    }
    this.expect('=')
    made.number = Number(this.take())
    if (!Number.isInteger(made.number) || made.number < 1 || made.number > 536_870_911 || (made.number >= 19_000 && made.number <= 19_999)) throw new SchemaFault(`the field ${made.name} of ${message.name} has no number that a field may have`)
    if (message.field.some(({ number }) => number === made.number)) throw new SchemaFault(`the number ${made.number} is given twice in ${message.name}`)
    if (message.field.some(({ name }) => name === made.name)) throw new SchemaFault(`the field ${made.name} is there twice in ${message.name}`)
    made.label = made.label === Label.REPEATED || word === 'repeated' ? Label.REPEATED : word === 'required' ? Label.REQUIRED : Label.OPTIONAL
    if (word === 'optional' && this.read.syntax === 'proto3') made.proto3Optional = true
    this.options()
    this.expect(';')
    return made
  }

  private options(): void {
    if (this.current !== '[') return
    for (let depth = 0; ;) {
      const token = this.take()
      if (token === '') throw new SchemaFault('options do not end')
      if (token === '[') depth += 1
      if (token === ']' && (depth -= 1) === 0) return
    }
  }

  /** A map is a list of entries, whose message lies within. Its name follows from the field's, which comes later. */
  private mapField(message: DescriptorProto): FieldDescriptorProto {
    this.take()
    this.expect('<')
    const key = create(FieldDescriptorProtoSchema, { ...typed(this.take()), name: 'key', jsonName: 'key', number: 1, label: Label.OPTIONAL })
    this.expect(',')
    const value = create(FieldDescriptorProtoSchema, { ...typed(this.take()), name: 'value', jsonName: 'value', number: 2, label: Label.OPTIONAL })
    this.expect('>')
    message.nestedType.push(create(DescriptorProtoSchema, { field: [key, value], options: create(MessageOptionsSchema, { mapEntry: true }) }))
    return create(FieldDescriptorProtoSchema, { typeName: '<map>', label: Label.REPEATED })
  }

  private enumeration(): EnumDescriptorProto {
    const made = create(EnumDescriptorProtoSchema, { name: this.name() })
    this.expect('{')
    while (this.current !== '}') {
      if (this.current === '') throw new SchemaFault(`the enum ${made.name} does not end`)
      if (this.current === ';') { this.take(); continue }
      if ((this.current === 'option' || this.current === 'reserved') && this.tokens[this.next + 1] !== '=') { this.skip(); continue }
      const name = this.name()
      this.expect('=')
      const number = Number(this.take())
      if (!Number.isInteger(number)) throw new SchemaFault(`the value ${name} of ${made.name} has no number`)
      made.value.push(create(EnumValueDescriptorProtoSchema, { name, number }))
      this.options()
      this.expect(';')
    }
    this.expect('}')
    if (made.value.length === 0) throw new SchemaFault(`the enum ${made.name} has no value`)
    return made
  }
}

function typed(word: string): { readonly type?: Type; readonly typeName?: string } {
  if (!/^\.?[A-Za-z_][\w.]*$/u.test(word)) throw new SchemaFault(`"${word.slice(0, 50)}" is no type`)
  const scalar = Object.hasOwn(SCALARS, word) ? SCALARS[word] : undefined
  return scalar === undefined ? { typeName: word } : { type: scalar }
}

const entryName = (field: string): string => `${field.split('_').map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`).join('')}Entry`
