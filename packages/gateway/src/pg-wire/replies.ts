// Prints what the server says: reply → bytes. Knows the layout of each message and nothing of its meaning.

import type { SqlError } from '../types.ts'
import type { Format, WireField } from './types.ts'

export const parseComplete = (): Buffer => message('1')
export const bindComplete = (): Buffer => message('2')
export const closeComplete = (): Buffer => message('3')
export const noData = (): Buffer => message('n')
export const portalSuspended = (): Buffer => message('s')
export const emptyQuery = (): Buffer => message('I')
export const commandComplete = (tag: string): Buffer => message('C', text(tag))
export const readyForQuery = (status: 'I' | 'T' | 'E'): Buffer => message('Z', Buffer.from(status, 'latin1'))
export const parameterStatus = (name: string, value: string): Buffer => message('S', text(name), text(value))
export const backendKeyData = (processId: number, secret: number): Buffer => message('K', int32(processId), int32(secret))

/** Of all columns, then of each. */
export const copyOutResponse = (formats: readonly Format[]): Buffer => message('H', Buffer.from([formats[0] ?? 0]), int16(formats.length), ...formats.map(int16))
export const copyDone = (): Buffer => message('c')

export const authenticationOk = (): Buffer => message('R', int32(0))
export const authenticationSasl = (mechanisms: readonly string[]): Buffer => message('R', int32(10), ...mechanisms.map(text), Buffer.from([0]))
export const authenticationSaslContinue = (data: string): Buffer => message('R', int32(11), Buffer.from(data))
export const authenticationSaslFinal = (data: string): Buffer => message('R', int32(12), Buffer.from(data))
export const negotiateProtocol = (minor: number, unknown: readonly string[]): Buffer => message('v', int32(minor), int32(unknown.length), ...unknown.map(text))

export const parameterDescription = (types: readonly number[]): Buffer => message('t', int16(types.length), ...types.map(int32))

export function rowDescription(fields: readonly WireField[], formats: readonly Format[]): Buffer {
  return message('T', int16(fields.length), ...fields.flatMap((field, i) => [
    text(field.name), int32(field.table ?? 0), int16(field.attribute ?? 0), int32(field.type.oid), int16(field.type.size), int32(field.type.modifier), int16(formats[i] ?? 0),
  ]))
}

export function dataRow(values: readonly (Buffer | string | null)[]): Buffer {
  return message('D', int16(values.length), ...values.flatMap((value) => {
    if (value === null) return [int32(-1)]
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return [int32(bytes.length), bytes]
  }))
}

/** What a client may show beside the answer, which goes on. */
export const noticeResponse = (notice: SqlError): Buffer => message('N', ...fieldsOf(notice))

export const errorResponse = (error: SqlError): Buffer => message('E', ...fieldsOf(error))

function fieldsOf(error: SqlError): readonly Buffer[] {
  const fields: [string, string | undefined][] = [
    ['S', error.severity], ['V', error.severity], ['C', error.sqlstate], ['M', error.message], ['D', error.detail], ['H', error.hint],
    ['P', error.position === undefined ? undefined : String(error.position)],
  ]
  const parts = fields.flatMap(([key, value]) => (value === undefined ? [] : [Buffer.from(key, 'latin1'), text(value)]))
  return [...parts, Buffer.from([0])]
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 4)
  const bytes = Buffer.allocUnsafe(size + 1)
  bytes.write(type, 0, 1, 'latin1')
  bytes.writeInt32BE(size, 1)
  let at = 5
  for (const part of parts) at += part.copy(bytes, at)
  return bytes
}

const text = (value: string): Buffer => Buffer.from(`${value.replaceAll('\0', '')}\0`)

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE((value << 16) >> 16)
  return bytes
}
