// Reads values out of a parsed JSON document and collects, with its JSON pointer, whatever is not as it must be.

import type { Diagnostic } from '@tulle/kernel'
import type { ExactJson, JsonObject, SnapshotId } from './types.ts'
import { messages } from './messages.ts'

/** One value of the document. Where it is wrong, a finding is noted and a harmless value returned: check `findings` at the end. */
export class JsonReader {
  readonly value: ExactJson | undefined
  readonly #at: string
  readonly #file: string
  readonly findings: Diagnostic[]

  constructor(value: ExactJson | undefined, file: string, findings: Diagnostic[] = [], at = '') {
    this.value = value
    this.#file = file
    this.findings = findings
    this.#at = at
  }

  /** Null counts as absent, because some writers print it for a missing value. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null
  }

  wrong(problem: string): void {
    if (this.findings.length < 100) this.findings.push(messages['metadata-invalid']({ file: this.#file, at: this.#at === '' ? '/' : this.#at, problem }))
  }

  get(key: string): JsonReader {
    const members = this.value
    const value = isObject(members) && Object.hasOwn(members, key) ? members[key] : undefined
    return this.#inner(value, key)
  }

  object(): JsonObject {
    if (isObject(this.value)) return this.value
    this.#expected('an object')
    return {}
  }

  list(): readonly JsonReader[] {
    if (Array.isArray(this.value)) return (this.value as readonly ExactJson[]).map((item, i) => this.#inner(item, String(i)))
    this.#expected('a list')
    return []
  }

  members(): readonly (readonly [string, JsonReader])[] {
    return Object.entries(this.object()).map(([key, value]) => [key, this.#inner(value, key)] as const)
  }

  text(): string {
    if (typeof this.value === 'string') return this.value
    this.#expected('a text')
    return ''
  }

  boolean(): boolean {
    if (typeof this.value === 'boolean') return this.value
    this.#expected('true or false')
    return false
  }

  /** An integer that a double holds exactly. */
  integer(minimum = Number.MIN_SAFE_INTEGER): number {
    if (typeof this.value === 'number' && Number.isSafeInteger(this.value) && this.value >= minimum) return this.value
    this.#expected(minimum === 0 ? 'a whole number, zero or more' : 'a whole number')
    return 0
  }

  /** A 64-bit integer as decimal text. */
  long(): SnapshotId {
    const { value } = this
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value.toString()
    this.#expected('a 64-bit integer')
    return '0'
  }

  oneOf<const T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value)
    if (found === undefined) this.#expected(choices.map((c) => `"${c}"`).join(' or '))
    return found ?? (choices[0] as T)
  }

  /** A map of texts, such as properties and summaries. */
  texts(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.members().map(([key, value]) => [key, value.text()]))
  }

  /** The members that `known` does not name. */
  carried(known: ReadonlySet<string>): JsonObject {
    return Object.fromEntries(Object.entries(this.object()).filter(([key]) => !known.has(key)))
  }

  #expected(what: string): void {
    this.wrong(this.value === undefined ? `${what} is required and missing` : `${what} is expected, not ${shown(this.value)}`)
  }

  #inner(value: ExactJson | undefined, key: string): JsonReader {
    return new JsonReader(value, this.#file, this.findings, `${this.#at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

const isObject = (value: ExactJson | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(value: ExactJson): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}
