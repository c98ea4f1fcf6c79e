// A client for tests that speaks the protocol message by message, so that they can say what no driver says.

import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { scramClient } from './scram.ts'
import { frameReader } from './frames.ts'

/** A message of the server: its type letter and its body. */
export interface Reply { readonly type: string; readonly body: Buffer }

export interface RawClient {
  readonly socket: Socket
  send(...messages: readonly Buffer[]): void
  /** Everything up to ReadyForQuery, an end of the connection, or `count` messages. */
  replies(until?: string): Promise<readonly Reply[]>
  readonly ended: Promise<void>
  /** What the sign-in ended with. */
  readonly greeting: readonly Reply[]
  /** Of BackendKeyData. */
  readonly key: Buffer
  close(): void
}

/** `folder` is that of a PostgreSQL that listens there and not on the network. */
export interface RawOptions { readonly port: number; readonly folder?: string; readonly user?: string; readonly password?: string; readonly parameters?: Readonly<Record<string, string>> }

/** Connects without saying a word. */
export async function rawSocket(port: number, folder?: string): Promise<Socket> {
  const socket = connect(folder === undefined ? { host: '127.0.0.1', port } : { path: `${folder}/.s.PGSQL.${port}` })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** Connects and signs in. */
export async function rawClient({ port, folder, user = '', password = '', parameters = {} }: RawOptions): Promise<RawClient> {
  const socket = await rawSocket(port, folder)
  const reader = frameReader(1 << 24)
  reader.mode = 'typed'
  const inbox: Reply[] = []
  let wake: (() => void) | undefined
  let over = false
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      over = true
      resolve()
      wake?.()
    })
  })
  socket.on('data', (chunk: Buffer) => {
    reader.feed(chunk)
    for (let frame = reader.next(); typeof frame === 'object'; frame = reader.next()) inbox.push({ type: String.fromCharCode(frame.type), body: Buffer.from(frame.body) })
    wake?.()
  })
  const replies = async (until = 'Z'): Promise<readonly Reply[]> => {
    for (let looked = 0; ; ) {
      const at = inbox.findIndex((reply, i) => i >= looked && reply.type === until)
      if (at >= 0 || over) return inbox.splice(0, at < 0 ? inbox.length : at + 1)
      looked = inbox.length
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const send = (...messages: readonly Buffer[]): void => void socket.write(Buffer.concat(messages))
  send(startup({ user, database: 'tulle', ...parameters }))
  const scram = scramClient(password)
  await replies('R')
  const first = Buffer.from(scram.first)
  send(frame('p', text('SCRAM-SHA-256'), int32(first.length), first))
  const [challenge] = await replies('R')
  send(frame('p', Buffer.from(scram.final(challenge?.body.subarray(4).toString() ?? '') ?? '')))
  const ready = await replies()
  return { socket, send, replies, ended, greeting: ready, key: ready.find((reply) => reply.type === 'K')?.body ?? Buffer.alloc(8), close: () => socket.destroy() }
}

export const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff])
export const int32 = (value: number): Buffer => Buffer.from([(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])
export const text = (value: string): Buffer => Buffer.from(`${value}\0`)
export function frame(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body])
}
export function startup(parameters: Readonly<Record<string, string>>, version = 196_608): Buffer {
  const body = Buffer.concat([int32(version), ...Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]), Buffer.from([0])])
  return Buffer.concat([int32(body.length + 4), body])
}

export const query = (sql: string): Buffer => frame('Q', text(sql))
export const parse = (name: string, sql: string, types: readonly number[] = []): Buffer => frame('P', text(name), text(sql), int16(types.length), ...types.map(int32))
export interface BindOptions { readonly portal?: string; readonly statement?: string; readonly formats?: readonly number[]; readonly values?: readonly (Buffer | null)[]; readonly resultFormats?: readonly number[] }
export const bind = ({ portal = '', statement = '', formats = [], values = [], resultFormats = [] }: BindOptions): Buffer =>
  frame(
    'B', text(portal), text(statement), int16(formats.length), ...formats.map(int16), int16(values.length),
    ...values.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])), int16(resultFormats.length), ...resultFormats.map(int16),
  )
export const describe = (what: 'S' | 'P', name = ''): Buffer => frame('D', Buffer.from(what), text(name))
export const execute = (portal = '', rows = 0): Buffer => frame('E', text(portal), int32(rows))
export const closeNamed = (what: 'S' | 'P', name: string): Buffer => frame('C', Buffer.from(what), text(name))
export const sync = (): Buffer => frame('S')

/** The fields of an ErrorResponse. */
export const errorOf = ({ body }: Reply): string => {
  const fields = new Map(body.toString('utf8').split('\0').map((field) => [field[0], field.slice(1)]))
  return `${fields.get('S')} ${fields.get('C')} ${fields.get('M')}`
}
/** The columns of a DataRow. */
export function columnsOf({ body }: Reply): (Buffer | null)[] {
  let at = 2
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return body.subarray(at - length, at)
  })
}
