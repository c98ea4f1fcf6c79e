// Functions that encipher and decipher texts, for statements of Tulle's own in processes that run nothing of anybody else.

import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import duckdb from '@duckdb/node-bindings'
import type { Connection, DataChunk, Vector } from '@duckdb/node-bindings'
import { bytesAt, isNull, openVector } from '../encode/vector.ts'
import type { OpenVector } from '../encode/vector.ts'
import type { KeyEntry } from './protocol.ts'

const NONCE = 12
const TAG = 16

/** Every seal that was made by a name begins with the name that its key has for whoever opens it. */
const SEPARATOR = '.'

const DuckdbType = { VARCHAR: 17 } as const

interface Key { readonly as: string; readonly object: KeyObject | undefined }

/**
 * Registers `tulle_seal(name, place, text)` and `tulle_open(place, sealed)`, with these keys and no others. What is opened with a key
 * that is known to be gone is null; with one that nobody told of, at another place, or altered: an error.
 */
export function registerSeals(connection: Connection): { learn(entries: readonly KeyEntry[]): void } {
  let byName = new Map<string, Key>()
  let byAlias = new Map<string, Key>()
  register(connection, 'tulle_seal', 3, ([name, place, text]) => {
    const key = byName.get(name as string)
    if (key?.object === undefined) throw new Error('there is no key by that name')
    return sealText(key.object, key.as, place as string, text as string)
  })
  register(connection, 'tulle_open', 2, ([place, sealed]) => {
    const at = (sealed as string).indexOf(SEPARATOR)
    const key = byAlias.get((sealed as string).slice(0, at))
    if (key === undefined) throw new Error('it is sealed with a key that is not known')
    return key.object === undefined ? null : openText(key.object, key.as, place as string, (sealed as string).slice(at + 1))
  })
  return {
    learn(entries) {
      const keys = entries.map(({ name, as, key }): readonly [string, Key] => [name, { as, object: key === null ? undefined : createSecretKey(key, 'base64') }])
      byName = new Map(keys)
      byAlias = new Map(keys.map(([, key]) => [key.as, key]))
    },
  }
}

// Many at once: to ask for each takes longer than to seal.
const nonces = Buffer.alloc(NONCE * 1_024)
let used = nonces.length
function nextNonce(): Buffer {
  if (used === nonces.length) {
    randomFillSync(nonces)
    used = 0
  }
  used += NONCE
  return nonces.subarray(used - NONCE, used)
}

/** AES-256-GCM, a fresh nonce each time; who holds the key and where it stands are authenticated with it. */
function sealText(key: KeyObject, as: string, place: string, text: string): string {
  const nonce = nextNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(JSON.stringify([place, as])))
  return `${as}${SEPARATOR}${Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')}`
}

function openText(key: KeyObject, as: string, place: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < NONCE + TAG) throw new Error('it is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG }).setAAD(Buffer.from(JSON.stringify([place, as]))).setAuthTag(bytes.subarray(-TAG))
  return decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8')
}

/** A function of texts. It is null where one of them is. */
function register(connection: Connection, name: string, parameters: number, work: (texts: readonly string[]) => string | null): void {
  const made = duckdb.create_scalar_function()
  const text = duckdb.create_logical_type(DuckdbType.VARCHAR as Parameters<typeof duckdb.create_logical_type>[0])
  duckdb.scalar_function_set_name(made, name)
  for (let i = 0; i < parameters; i += 1) duckdb.scalar_function_add_parameter(made, text)
  duckdb.scalar_function_set_return_type(made, text)
  // A seal is another one each time.
  duckdb.scalar_function_set_volatile(made)
  duckdb.scalar_function_set_special_handling(made)
  duckdb.scalar_function_set_function(made, (info, input, output) => {
    try {
      fill(input, output, parameters, work)
    } catch (error) {
      duckdb.scalar_function_set_error(info, `Invalid Input Error: a sealed text could not be read or made: ${error instanceof Error ? error.message : ''}`)
    }
  })
  duckdb.register_scalar_function(connection, made)
  duckdb.destroy_scalar_function_sync(made)
}

function fill(input: DataChunk, output: Vector, parameters: number, work: (texts: readonly string[]) => string | null): void {
  const size = duckdb.data_chunk_get_size(input)
  const columns = Array.from({ length: parameters }, (_, i): OpenVector => openVector(duckdb.data_chunk_get_vector(input, i), { kind: 'text' }, size))
  const nulls: number[] = []
  for (let row = 0; row < size; row += 1) {
    const made = columns.some((column) => isNull(column, row)) ? null : work(columns.map((column) => Buffer.from(bytesAt(column, row)).toString('utf8')))
    if (made === null) nulls.push(row)
    else duckdb.vector_assign_string_element_len(output, row, Buffer.from(made, 'utf8'))
  }
  if (nulls.length === 0) return
  const validity = new Uint8Array(Math.ceil(size / 64) * 8).fill(0xff)
  for (const row of nulls) validity[row >> 3] = (validity[row >> 3] as number) & ~(1 << (row & 7))
  duckdb.vector_ensure_validity_writable(output)
  // What the bindings show of a validity is a copy.
  duckdb.copy_data_to_vector_validity(output, 0, validity.buffer, 0, validity.length)
}
