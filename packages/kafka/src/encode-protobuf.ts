// A row in JSON becomes the bytes of a message of Protocol Buffers.

import { create, createFileRegistry, fromJson, ScalarType, toBinary } from '@bufbuild/protobuf'
import type { DescField, DescMessage, JsonValue } from '@bufbuild/protobuf'
import { file_google_protobuf_timestamp, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { isLosslessNumber } from 'lossless-json'
import { NotEncodable } from './not-encodable.ts'

export type EncodeRow = (row: Readonly<Record<string, unknown>>) => Buffer

/** By the first message of the file, whose fields stand for columns of these names in their order. */
export function protobufEncoder(file: FileDescriptorProto, names: readonly string[]): EncodeRow {
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file_google_protobuf_timestamp.proto, file] }))
  const { package: scope, messageType: [first] } = file
  const message = registry.getMessage(scope === '' ? (first?.name ?? '') : `${scope}.${first?.name ?? ''}`)
  if (message === undefined) throw new NotEncodable('', 'has no message')
  const columns = new Map(message.fields.map((field, i) => [field.name, names[i] ?? field.name]))
  return (row) => {
    const json = objectOf(message, (name) => row[columns.get(name) ?? name])
    try {
      return Buffer.from(toBinary(message, fromJson(message, json, { registry })))
    } catch (error) {
      // The library's words may repeat the value; the field is named before it.
      throw new NotEncodable(/field (\S+)/u.exec(String(error))?.[1] ?? '?', 'does not fit its type')
    }
  }
}

function objectOf(message: DescMessage, valueOf: (name: string) => unknown): Record<string, JsonValue> {
  return Object.fromEntries(message.fields.flatMap((field): [string, JsonValue][] => {
    const value = valueOf(field.name)
    return value === null || value === undefined ? [] : [[field.name, fieldJson(field, value)]]
  }))
}

function fieldJson(field: DescField, value: unknown): JsonValue {
  if (field.fieldKind === 'list') return (value as readonly unknown[]).map((one) => oneJson(field.listKind === 'message' ? field.message : undefined, field.listKind === 'scalar' ? field.scalar : undefined, one))
  return oneJson(field.fieldKind === 'message' ? field.message : undefined, field.fieldKind === 'scalar' ? field.scalar : undefined, value)
}

function oneJson(message: DescMessage | undefined, scalar: ScalarType | undefined, value: unknown): JsonValue {
  if (message?.typeName === 'google.protobuf.Timestamp') return /(?:Z|[+-]\d\d:?\d\d)$/u.test(String(value)) ? String(value) : `${String(value)}Z`
  if (message !== undefined) return objectOf(message, (name) => (value as Record<string, unknown>)[name])
  if (isLosslessNumber(value)) return scalar === ScalarType.STRING || scalar === ScalarType.INT64 ? value.value : Number(value.value)
  return scalar === ScalarType.STRING && typeof value !== 'string' ? JSON.stringify(value) : (value as JsonValue)
}
