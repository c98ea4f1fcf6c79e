// What clients send, checked.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import { isJsonObject } from './schema-fault.ts'
import type { JsonObject } from './schema-fault.ts'
import { COMPATIBILITIES, MODES, SCHEMA_TYPES } from './types.ts'
import type { CompatibilityLevel, Draft, Mode, Reference, SchemaType } from './types.ts'

/** A schema, and the numbers that it has elsewhere. */
export interface Sent { readonly draft: Draft; readonly id?: number; readonly version?: number }

function readObject(body: string): Result<JsonObject> {
  let value: Json
  try {
    value = JSON.parse(body) as Json
  } catch {
    return fail(messages['registry-request-invalid']({ problem: 'The request body is no JSON.' }))
  }
  return isJsonObject(value) ? ok(value) : fail(messages['registry-request-invalid']({ problem: 'The request body is no object.' }))
}

const isGiven = (value: Json | undefined): value is NonNullable<Json> => value !== undefined && value !== null
const isNumber = (value: Json | undefined): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2_147_483_647

export function readSent(body: string): Result<Sent> {
  const read = readObject(body)
  if (!read.ok) return read
  const { schema, schemaType = 'AVRO', references, id, version, metadata, ruleSet } = read.value
  const type = schemaType ?? 'AVRO'
  if (!SCHEMA_TYPES.includes(type as SchemaType)) return fail(messages['schema-type-unknown']({ type: String(type) }))
  if (typeof schema !== 'string' || schema.trim() === '') return fail(messages['schema-invalid']({ type: String(type), why: 'there is none' }))
  if (isGiven(metadata) || isGiven(ruleSet)) return fail(messages['registry-request-invalid']({ problem: 'Metadata and rule sets are not kept by this registry; send the schema without them.' }))
  const list = references ?? []
  if (!Array.isArray(list) || list.length > 100) return fail(messages['registry-request-invalid']({ problem: 'The references are no list of at most 100.' }))
  const found: Reference[] = []
  for (const one of list as readonly Json[]) {
    if (!isJsonObject(one) || typeof one['name'] !== 'string' || typeof one['subject'] !== 'string' || !(isNumber(one['version']) || one['version'] === -1)) return fail(messages['registry-request-invalid']({ problem: 'A reference has a name, a subject and a version.' }))
    found.push({ name: one['name'], subject: one['subject'], version: one['version'] as number })
  }
  return ok({ draft: { type: type as SchemaType, text: schema, references: found }, ...(isNumber(id) && { id: Number(id) }), ...(isNumber(version) && { version: Number(version) }) })
}

export function readCompatibility(body: string): Result<CompatibilityLevel> {
  const read = readObject(body)
  if (!read.ok) return read
  const { compatibility, normalize: _normalize, ...others } = read.value
  const strange = Object.entries(others).find(([, value]) => isGiven(value))
  if (strange !== undefined) return fail(messages['registry-request-invalid']({ problem: `"${strange[0].slice(0, 100)}" cannot be set in this registry.` }))
  const level = String(compatibility).toUpperCase()
  return COMPATIBILITIES.includes(level as CompatibilityLevel) ? ok(level as CompatibilityLevel) : fail(messages['compatibility-invalid']({}))
}

export function readMode(body: string): Result<Mode> {
  const read = readObject(body)
  if (!read.ok) return read
  const mode = String(read.value['mode']).toUpperCase()
  return MODES.includes(mode as Mode) ? ok(mode as Mode) : fail(messages['mode-invalid']({}))
}
