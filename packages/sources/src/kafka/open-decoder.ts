// The bytes of a record become the text of a JSON object: JSON as it is, or by the schema that its first five bytes name. The
// schema is asked for once: of this platform's own registry, or of another one that speaks Confluent's API.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ask, bodyOf } from '../http.ts'
import { messages } from '../messages.ts'
import { secretOf } from '../secret-of.ts'
import type { DrawRequest, MessageSchema, SourceRoom } from '../types.ts'

/** Throws where it cannot be read; the error says why, and nothing of the value. */
export type DecodeRecord = (bytes: Buffer) => Promise<string> | string

const LARGEST_SCHEMA = 4 * 1024 * 1024
const MOST_REFERENCES = 50

export async function openDecoder(room: SourceRoom, request: DrawRequest): Promise<Result<DecodeRecord>> {
  const { settings, port } = request
  if (settings['format'] !== 'registry') return ok((bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  const reading = room.messages
  if (reading === undefined) return fail(messages['source-refused']({ port, what: 'the schema registry', why: 'there is none here' }))
  const find = settings['registry'] === undefined ? ok((id: number) => reading.own(id)) : await elsewhere(room, request)
  if (!find.ok) return find
  const decoders = new Map<number, (bytes: Buffer) => string>()
  return ok(async (bytes) => {
    if (bytes.length < 5 || bytes[0] !== 0) throw new Error('it does not begin with the id of a schema')
    const id = bytes.readUInt32BE(1)
    const known = decoders.get(id)
    if (known !== undefined) return known(bytes)
    const schema = await find.value(id)
    if (schema === undefined) throw new Error(`the registry has no schema ${id}`)
    const decoder = reading.decoder(schema)
    if (!decoder.ok) throw new Error(`the schema ${id} cannot be read: ${decoder.diagnostics.map(({ message }) => message).join(' ')}`)
    decoders.set(id, decoder.value)
    return decoder.value(bytes)
  })
}

/** Schemas of another registry. That it cannot be reached is no fault of the record: the draw fails, and tries again as runs do. */
async function elsewhere(room: SourceRoom, request: DrawRequest): Promise<Result<(id: number) => Promise<MessageSchema | undefined>>> {
  const { url, user, password } = request.settings['registry'] as { readonly url: string; readonly user?: string; readonly password?: { readonly secret: string } }
  const secret = secretOf(room.secrets, request.port, password as never)
  if (!secret.ok) return secret
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json', ...(user !== undefined && { authorization: `Basic ${Buffer.from(`${user}:${secret.value ?? ''}`).toString('base64')}` }) }
  const get = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const answer = await ask(room, { port: request.port, url: new URL(`${url.replace(/\/$/u, '')}${path}`), headers, signal: request.signal, secrets: secret.value === undefined ? [] : [secret.value] })
    if (!answer.ok) throw new RegistryAway(answer.diagnostics.map(({ message }) => message).join(' '))
    const bytes = await bodyOf(answer.value, LARGEST_SCHEMA)
    return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8')) as Readonly<Record<string, unknown>>
  }
  const toSchema = async (said: Readonly<Record<string, unknown>>, left: { references: number }): Promise<MessageSchema> => {
    const references: { name: string; text: string }[] = []
    for (const { name, subject, version } of (said['references'] ?? []) as readonly { name: string; subject: string; version: number }[]) {
      left.references -= 1
      if (left.references < 0) throw new Error('the schema refers to too many others')
      const found = await toSchema(await get(`/subjects/${encodeURIComponent(subject)}/versions/${version}`) ?? {}, left)
      references.push(...found.references, { name, text: found.text })
    }
    return { type: (said['schemaType'] ?? 'AVRO') as MessageSchema['type'], text: String(said['schema']), references }
  }
  return ok(async (id) => {
    const said = await get(`/schemas/ids/${id}`)
    return said === undefined ? undefined : toSchema(said, { references: MOST_REFERENCES })
  })
}

export class RegistryAway extends Error {}
