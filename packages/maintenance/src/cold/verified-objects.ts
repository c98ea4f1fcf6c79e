// Objects whose digests stand in the control database: what was given away is believed only as it was when it was given. Who can
// write into the store alone cannot change a row, lead to another file, or put another mesh's in its place.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'
import { messages } from '../messages.ts'

interface Digest { readonly sha256: string; readonly bytes: number }

/** The digest of an object stands before its address is answered, so whatever leads to it can be checked. `archive-damaged` where it is another one, or none was given. */
export function verifiedObjects(db: Kysely<Database>, objects: Objects): Objects {
  const remember = async (address: Result<string>, { sha256: digest, bytes }: Digest): Promise<Result<string>> => {
    if (address.ok) await db.insertInto('cold_object').values({ address: address.value, sha256: digest, bytes: String(bytes) }).execute()
    return address
  }
  const check = async (address: string, found: Digest): Promise<Result<void>> => {
    const known = await db.selectFrom('cold_object').select(['sha256', 'bytes']).where('address', '=', address).executeTakeFirst()
    if (known === undefined) return fail(messages['archive-damaged']({ file: address, problem: 'it was never given there by this mesh' }))
    return known.sha256 === found.sha256 && Number(known.bytes) === found.bytes ? ok(undefined) : fail(messages['archive-damaged']({ file: address, problem: 'its content is not what was given there' }))
  }
  return {
    address: (path) => objects.address(path),
    pathOf: (address) => objects.pathOf(address),
    list: (prefix) => objects.list(prefix),
    facts: (address) => objects.facts(address),
    unfinished: (prefix) => objects.unfinished(prefix),
    async read(address) {
      const bytes = await objects.read(address)
      const sound = bytes.ok ? await check(address, { sha256: sha256(bytes.value), bytes: bytes.value.byteLength }) : bytes
      return sound.ok ? bytes : sound
    },
    async localFile(address) {
      const file = await objects.localFile(address)
      const sound = file.ok ? await check(address, await digestOf(file.value)) : file
      return sound.ok ? file : sound
    },
    create: async (path, bytes) => remember(await objects.create(path, bytes), { sha256: sha256(bytes), bytes: bytes.byteLength }),
    async adopt(path, file) {
      const digest = await digestOf(file)
      return remember(await objects.adopt(path, file), digest)
    },
    async remove(address) {
      const gone = await objects.remove(address)
      if (gone.ok) await db.deleteFrom('cold_object').where('address', '=', address).execute()
      return gone
    },
  }
}

async function digestOf(file: string): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) hash.update(piece)
  return { sha256: hash.digest('hex'), bytes: (await stat(file)).size }
}
