// Which home of a mesh writes into its cold store. A home that was restored from a backup is another one beside the first, which may live:
// two that move rows in one store would take away each other's. The newest of a row of objects, each written once, says who holds it.

import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'
import { messages } from '../messages.ts'

const FOLDER = 'holders'
const DIGITS = 12
/** Somebody else may take it at the same moment. */
const TRIES = 10

interface Holder { readonly number: number; readonly home: unknown; readonly since: string }

/** Takes a store that nobody holds. `cold-store-held` where another home holds it, unless this one `takesOver`. */
export async function holdStore(db: Kysely<Database>, objects: Objects, { now, takesOver = false }: { readonly now: number; readonly takesOver?: boolean }): Promise<Result<void>> {
  const home = await homeOf(db)
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const newest = await newestHolder(objects)
    if (!newest.ok) return newest
    if (newest.value?.home === home) return ok(undefined)
    if (newest.value !== undefined && !takesOver) return fail(messages['cold-store-held']({ place: objects.address(''), since: newest.value.since }))
    const name = `${FOLDER}/${String((newest.value?.number ?? 0) + 1).padStart(DIGITS, '0')}.json`
    const taken = await objects.create(name, Buffer.from(`${JSON.stringify({ home, since: new Date(now).toISOString() })}\n`))
    if (!taken.ok && taken.diagnostics[0]?.code !== 'object-exists') return taken
  }
  return fail(messages['cold-store-held']({ place: objects.address(''), since: 'now' }))
}

/** Made once for a database, and in no backup of it. */
async function homeOf(db: Kysely<Database>): Promise<string> {
  const known = await db.selectFrom('cold_holder').select('id').executeTakeFirst()
  if (known !== undefined) return known.id
  await db.insertInto('cold_holder').values({ id: randomUUID() }).onConflict((c) => c.doNothing()).execute()
  return (await db.selectFrom('cold_holder').select('id').executeTakeFirstOrThrow()).id
}

async function newestHolder(objects: Objects): Promise<Result<Holder | undefined>> {
  let newest: { readonly number: number; readonly address: string } | undefined
  for await (const address of objects.list(FOLDER)) {
    const number = Number(/(?<number>\d+)\.json$/u.exec(address)?.groups?.['number'] ?? Number.NaN)
    if (number > (newest?.number ?? 0)) newest = { number, address }
  }
  if (newest === undefined) return ok(undefined)
  const bytes = await objects.read(newest.address)
  if (!bytes.ok) return bytes
  try {
    const { home, since } = JSON.parse(Buffer.from(bytes.value).toString('utf8')) as { readonly home?: unknown; readonly since?: unknown }
    return ok({ number: newest.number, home, since: typeof since === 'string' && !Number.isNaN(Date.parse(since)) ? since : 'some day' })
  } catch {
    // What cannot be read is somebody's all the same.
    return ok({ number: newest.number, home: undefined, since: 'some day' })
  }
}
