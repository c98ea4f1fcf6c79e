// Types as people write them, `list<struct<id: long not null, "full name": string>>`, to and from the nouns. Text has no
// field ids: parsed types carry 0 everywhere until `assignFieldIds` replaces it.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Field, FieldType } from './types.ts'
import { messages } from './messages.ts'

/** The primitive types of format v2 that take no parameter. */
export const PRIMITIVE_TYPES = [
  'boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string', 'uuid', 'binary',
] as const

const PRIMITIVES: ReadonlySet<string> = new Set(PRIMITIVE_TYPES)

// What SQL and JSON people write first, and too far away for a guess by spelling.
const SYNONYMS: Readonly<Record<string, string>> = {
  bool: 'boolean', integer: 'int', int32: 'int', smallint: 'int', tinyint: 'int', bigint: 'long', int64: 'long', number: 'decimal(p, s)',
  numeric: 'decimal(p, s)', decimal: 'decimal(p, s)', real: 'float', float64: 'double', text: 'string', varchar: 'string', char: 'string',
  datetime: 'timestamp', bytes: 'binary', blob: 'binary', array: 'list<…>', list: 'list<…>', object: 'struct<…>', record: 'struct<…>', map: 'map<…, …>',
}

const MAX_DEPTH = 32
const MAX_LENGTH = 100_000

/** Reads a type; what is wrong is `unknown-type` or, with its character, `bad-type`. */
export function parseType(text: string): Result<FieldType> {
  if (text.length > MAX_LENGTH) return fail(messages['bad-type']({ text: `${text.slice(0, 40)}…`, at: MAX_LENGTH, problem: 'it is too long' }))
  try {
    return ok(new TypeReader(text).whole())
  } catch (stop) {
    if (stop instanceof Stop) return fail(stop.diagnostic)
    throw stop
  }
}

/** Prints a type so that `parseType` reads it back equal, ids and docs aside. */
export function printType(type: FieldType): string {
  if (typeof type === 'string') return type
  switch (type.type) {
    case 'list':
      return `list<${printType(type.element)}${notNull(type.elementRequired)}>`
    case 'map':
      return `map<${printType(type.key)}, ${printType(type.value)}${notNull(type.valueRequired)}>`
    case 'struct':
      return `struct<${type.fields.map((f) => `${printName(f.name)}: ${printType(f.type)}${notNull(f.required)}`).join(', ')}>`
  }
}

const notNull = (required: boolean): string => (required ? ' not null' : '')
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u
const printName = (name: string): string => (PLAIN_NAME.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

class Stop extends Error {
  readonly diagnostic: ReturnType<(typeof messages)['bad-type']>
  constructor(diagnostic: ReturnType<(typeof messages)['bad-type']>) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

class TypeReader {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }

  whole(): FieldType {
    const type = this.#type(1)
    if (this.#at < this.#text.length) this.#stop('nothing may follow the type')
    return type
  }

  #type(depth: number): FieldType {
    if (depth > MAX_DEPTH) this.#stop(`types are nested at most ${MAX_DEPTH} deep`)
    this.#match(/\s*/y)
    const start = this.#at
    const word = this.#match(/[\p{L}_][\p{L}\p{N}_]*/uy) ?? this.#stop('a type is expected')
    const name = word.toLowerCase()
    if (PRIMITIVES.has(name)) return this.#end(name)
    if (name === 'decimal' && this.#take('(')) return this.#decimal()
    if (name === 'fixed' && this.#take('[')) return this.#fixed()
    if (name === 'list' && this.#take('<')) {
      const element = this.#type(depth + 1)
      const elementRequired = this.#notNull()
      this.#expect('>')
      return { type: 'list', elementId: 0, element, elementRequired }
    }
    if (name === 'map' && this.#take('<')) {
      const key = this.#type(depth + 1)
      this.#notNull()
      this.#expect(',')
      const value = this.#type(depth + 1)
      const valueRequired = this.#notNull()
      this.#expect('>')
      return { type: 'map', keyId: 0, key, valueId: 0, value, valueRequired }
    }
    if (name === 'struct' && this.#take('<')) return { type: 'struct', fields: this.#fields(depth) }
    const instead = Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined
    throw new Stop(messages['unknown-type']({
      type: this.#text.slice(start, this.#at), known: PRIMITIVE_TYPES, ...(instead !== undefined && { instead }),
    }))
  }

  #decimal(): string {
    const precision = this.#number()
    const scale = this.#take(',') ? this.#number() : 0
    this.#expect(')')
    if (precision < 1 || precision > 38) this.#stop('a decimal has 1 to 38 digits')
    if (scale > precision) this.#stop('a decimal has at most as many digits after the point as it has digits')
    return `decimal(${precision}, ${scale})`
  }

  #fixed(): string {
    const length = this.#number()
    this.#expect(']')
    if (length < 1) this.#stop('a fixed value has at least one byte')
    return `fixed[${length}]`
  }

  #fields(depth: number): readonly Field[] {
    const fields: Field[] = []
    if (this.#take('>')) return fields
    do {
      const name = this.#name()
      this.#expect(':')
      const type = this.#type(depth + 1)
      fields.push({ id: 0, name, required: this.#notNull(), type })
    } while (this.#take(','))
    this.#expect('>')
    return fields
  }

  #name(): string {
    this.#match(/\s*/y)
    const quoted = this.#match(/"(?:[^"]|"")*"/y)
    if (quoted !== undefined) return quoted.slice(1, -1).replaceAll('""', '"')
    return this.#match(/[^\s:,<>"()[\]]+/uy) ?? this.#stop('a field name is expected')
  }

  #notNull(): boolean {
    return this.#match(/\s+not\s+null(?![\p{L}\p{N}_])/iuy) !== undefined
  }

  #number(): number {
    this.#match(/\s*/y)
    return Number(this.#match(/[0-9]{1,6}/y) ?? this.#stop('a number is expected'))
  }

  #end(name: string): string {
    this.#match(/\s+(?!not\s)/iy)
    return name
  }

  #take(token: string): boolean {
    return this.#match(new RegExp(`\\s*\\${token}`, 'y')) !== undefined
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#stop(`"${token}" is expected`)
    if (token === '>' || token === ')' || token === ']') this.#match(/\s+(?!not\s)/iy)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #stop(problem: string): never {
    throw new Stop(messages['bad-type']({ text: this.#text, at: this.#at + 1, problem }))
  }
}
