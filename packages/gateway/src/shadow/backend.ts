// A connection to the shadow cluster at the level of the protocol: asks a statement, hands its answer on as bytes.
// Each question is parsed anew and leaves nothing behind, so a connection serves one asker after the other.

import type { Connection } from '@tulle/store'
import type { Diagnostic, Place, Result } from '@tulle/kernel'
import type { Socket } from 'node:net'
import type { Binding, WireField } from '../pg-wire/types.ts'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { fail, ok } from '@tulle/kernel'
import { foreignDiagnostic } from '../sqlstate.ts'
import { messages } from '../messages.ts'
import { frameReader } from '../pg-wire/frames.ts'
import { scramClient } from '../pg-wire/scram.ts'

export interface Backend {
  /** Runs statements of our own, as text. */
  command(text: string): Promise<Result<void>>
  /** What a statement takes and answers. */
  describe(text: string, parameterTypes: readonly number[]): Promise<Result<Described>>
  /** Its rows, all of them: a catalogue's answer is small. */
  run(text: string, parameterTypes: readonly number[], binding: Binding): Promise<Result<Ran>>
  readonly broken: boolean
  close(): void
}
export interface Described { readonly parameterTypes: readonly number[]; readonly fields: readonly WireField[] }
/** Each row is a whole DataRow message. */
export interface Ran { readonly rows: readonly Buffer[] }

export interface BackendOptions {
  readonly connection: Connection
  /** Settings of the connection, as `-c name=value` would give them. */
  readonly settings: Readonly<Record<string, string>>
  readonly timeoutMilliseconds: number
}

const LARGEST = 16 << 20

interface Message { readonly type: string; readonly body: Buffer }

export async function openBackend({ connection, settings, timeoutMilliseconds }: BackendOptions): Promise<Result<Backend>> {
  const socket = connectSocket(connection.host.startsWith('/') ? { path: join(connection.host, `.s.PGSQL.${connection.port}`) } : { host: connection.host, port: connection.port })
  const inbox = createInbox(socket, timeoutMilliseconds)
  const parameters = { user: connection.user, database: connection.database, ...settings }
  socket.write(packet('', int32(196_608), ...Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]), Buffer.from([0])))
  const signedIn = await signIn(socket, inbox, connection.password)
  if (!signedIn.ok) {
    socket.destroy()
    return signedIn
  }
  socket.unref()

  // Sends messages that end with a Sync and collects the answer up to ReadyForQuery.
  const converse = async (statement: string, ...messagesOut: readonly Buffer[]): Promise<Result<readonly Message[]>> => {
    socket.write(Buffer.concat(messagesOut))
    const answer: Message[] = []
    let failure: Diagnostic | undefined
    let size = 0
    for (;;) {
      const message = await inbox.next()
      if (!message.ok) return message
      const { type, body } = message.value
      size += body.length
      if (type === 'E') failure ??= errorOf(body, statement)
      else if (type === 'Z') return failure === undefined ? ok(answer) : fail(failure)
      else if (size > LARGEST) {
        inbox.break()
        return fail(messages['catalogue-too-large']({ megabytes: LARGEST >> 20 }))
      } else answer.push(message.value)
    }
  }
  const parse = (statement: string, types: readonly number[]): Buffer => packet('P', text(''), text(statement), int16(types.length), ...types.map(int32))

  return ok({
    async command(statement) {
      const answer = await converse(statement, packet('Q', text(statement)))
      return answer.ok ? ok(undefined) : answer
    },
    async describe(statement, types) {
      const answer = await converse(statement, parse(statement, types), packet('D', Buffer.from('S'), text('')), SYNC)
      if (!answer.ok) return answer
      const parameters = answer.value.find((m) => m.type === 't')
      const row = answer.value.find((m) => m.type === 'T')
      return ok({ parameterTypes: parameters === undefined ? [] : readParameterTypes(parameters.body), fields: row === undefined ? [] : readFields(row.body) })
    },
    async run(statement, types, { values, formats, resultFormats }) {
      const bind = packet(
        'B', text(''), text(''), int16(formats.length), ...formats.map(int16), int16(values.length),
        ...values.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])), int16(resultFormats.length), ...resultFormats.map(int16),
      )
      const answer = await converse(statement, parse(statement, types), bind, packet('E', text(''), int32(0)), SYNC)
      return answer.ok ? ok({ rows: answer.value.filter((m) => m.type === 'D').map((m) => packet('D', m.body)) }) : answer
    },
    get broken() {
      return inbox.broken
    },
    close: () => inbox.break(),
  })
}

interface Inbox {
  next(): Promise<Result<Message>>
  break(): void
  readonly broken: boolean
}

function createInbox(socket: Socket, timeoutMilliseconds: number): Inbox {
  const reader = frameReader(LARGEST)
  reader.mode = 'typed'
  let broken = false
  let reason = 'the connection ended'
  let wake: (() => void) | undefined
  const stop = (why: string): void => {
    if (!broken) reason = why
    broken = true
    socket.destroy()
    wake?.()
  }
  socket.on('data', (chunk: Buffer) => {
    reader.feed(chunk)
    wake?.()
  })
  socket.on('error', (error) => stop(error.message))
  socket.on('close', () => stop(reason))
  return {
    get broken() {
      return broken
    },
    break: () => stop('the connection was closed'),
    async next() {
      for (;;) {
        const frame = reader.next()
        if (typeof frame === 'object') return ok({ type: String.fromCharCode(frame.type), body: frame.body })
        if (frame !== undefined) stop('a message is too long')
        if (broken) return fail(messages['catalogue-unavailable']({ reason }))
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => {
            stop('it does not answer')
            resolve()
          }, timeoutMilliseconds)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
    },
  }
}

async function signIn(socket: Socket, inbox: Inbox, password: string): Promise<Result<void>> {
  let scram: ReturnType<typeof scramClient> | undefined
  for (;;) {
    const message = await inbox.next()
    if (!message.ok) return message
    const { type, body } = message.value
    if (type === 'E') return fail(messages['catalogue-unavailable']({ reason: errorOf(body, '').message }))
    if (type === 'Z') return ok(undefined)
    if (type !== 'R') continue
    switch (body.readInt32BE(0)) {
      case 0:
      case 12:
        break
      case 3:
        socket.write(packet('p', text(password)))
        break
      case 10: {
        scram = scramClient(password)
        const first = Buffer.from(scram.first)
        socket.write(packet('p', text('SCRAM-SHA-256'), int32(first.length), first))
        break
      }
      case 11: {
        const final = scram?.final(body.subarray(4).toString('utf8'))
        if (final === undefined) return fail(messages['catalogue-unavailable']({ reason: 'it does not speak SCRAM as agreed' }))
        socket.write(packet('p', Buffer.from(final)))
        break
      }
      default:
        return fail(messages['catalogue-unavailable']({ reason: 'it asks for a kind of sign-in that is not supported' }))
    }
  }
}

function errorOf(body: Buffer, statement: string): Diagnostic {
  const fields = new Map(body.toString('utf8').split('\0').filter((field) => field !== '').map((field) => [field[0], field.slice(1)]))
  const help = fields.get('H')
  const position = Number(fields.get('P') ?? Number.NaN)
  return foreignDiagnostic(fields.get('C') ?? 'XX000', fields.get('M') ?? 'The catalogue failed.', {
    ...(help !== undefined && { help }),
    ...(Number.isInteger(position) && statement !== '' && { place: placeAtCharacter(statement, position) }),
  })
}

function placeAtCharacter(statement: string, position: number): Place {
  const before = Array.from(statement).slice(0, position - 1).join('')
  return { file: 'statement', line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
}

function readParameterTypes(body: Buffer): readonly number[] {
  return Array.from({ length: body.readUInt16BE(0) }, (_, i) => body.readUInt32BE(2 + i * 4))
}

function readFields(body: Buffer): readonly WireField[] {
  let at = 2
  return Array.from({ length: body.readUInt16BE(0) }, () => {
    const end = body.indexOf(0, at)
    const name = body.subarray(at, end).toString('utf8')
    at = end + 19
    return {
      name, table: body.readUInt32BE(end + 1), attribute: body.readInt16BE(end + 5),
      type: { oid: body.readUInt32BE(end + 7), size: body.readInt16BE(end + 11), modifier: body.readInt32BE(end + 13) },
    }
  })
}

const text = (value: string): Buffer => Buffer.from(`${value.replaceAll('\0', '')}\0`)
const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}
const int16 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE((value << 16) >> 16)
  return bytes
}
function packet(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body])
}
const SYNC = packet('S')
