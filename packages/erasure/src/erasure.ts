// Opens the room: asks, begins, approves, goes on after a crash, and answers for what was done.

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JWK } from 'jose'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { appendEvent, tryAdvisoryLock } from '@tulle/store'
import { fold } from '@tulle/tables'
import type { Erasure, ErasureOptions, Erasures, Subject } from './types.ts'
import { carryOut, previewOf } from './carry-out.ts'
import { openCertificates } from './certificate.ts'
import { digestOf } from './digest.ts'
import { listErasures, readErasure } from './rows.ts'
import { messages } from './messages.ts'
import { openSeals } from './seal.ts'
import { foldedKeys, personKeys } from './person-tables.ts'

/** One after the other, in one of the processes: two could rewrite the same tables. */
const LOCK = 'erasure'
const BUSY_MILLISECONDS = 2_000

export async function openErasures(options: ErasureOptions): Promise<Erasures> {
  const { store, clock, secret, warn = () => undefined } = options
  await rm(options.workFolder, { recursive: true, force: true })
  const certificates = await openCertificates(options.secretsFolder, {
    async keep(kid, jwk) {
      await store.db.insertInto('certificate_key').values({ kid, jwk: JSON.stringify(jwk) }).onConflict((c) => c.doNothing()).execute()
    },
    find: async (kid) => (await store.db.selectFrom('certificate_key').select('jwk').where('kid', '=', kid).executeTakeFirst())?.jwk as JWK | undefined,
  })
  const seals = openSeals(join(options.secretsFolder, 'erasures'))
  const closing = new AbortController()
  const work = { ...options, seals, signal: closing.signal }
  let running: Promise<void> | undefined
  let again = false

  const check = async ({ key, value }: Subject): Promise<Result<void>> => {
    if (key === '' || value === '' || value.length > 1_000) return fail(messages['erasure-subject-unclear']({}))
    const known = await personKeys(options)
    return known.includes(key) ? ok(undefined) : fail(messages['erasure-key-unknown']({ key, known }))
  }

  const carryOutAll = async (): Promise<void> => {
    for (;;) {
      const next = await store.db.selectFrom('erasure').select('id').where('state', '=', 'running').orderBy('requested_at').executeTakeFirst()
      if (next === undefined || closing.signal.aborted) return
      const locked = await tryAdvisoryLock(store, LOCK, () => carryOut(work, next.id))
      if (!locked.got) {
        await clock.sleep(BUSY_MILLISECONDS, closing.signal)
        continue
      }
      if (locked.value.ok || closing.signal.aborted) continue
      await stick(next.id, locked.value.diagnostics.map(({ message, help }) => `${message} ${help ?? ''}`.trim()).join(' '))
    }
  }
  const stick = async (id: string, problem: string): Promise<void> => {
    warn(`erasure ${id} is stuck: ${problem}`)
    await store.db.updateTable('erasure').set({ state: 'stuck', problem }).where('id', '=', id).where('state', '=', 'running').execute()
  }
  const wake = (): void => {
    if (running !== undefined) {
      again = true
      return
    }
    running = carryOutAll().catch(async (error: unknown) => {
      if (closing.signal.aborted) return
      const open = await store.db.selectFrom('erasure').select('id').where('state', '=', 'running').orderBy('requested_at').executeTakeFirst().catch(() => undefined)
      if (open !== undefined) await stick(open.id, error instanceof Error ? error.message : String(error)).catch(() => undefined)
    }).finally(() => {
      running = undefined
      if (again && !closing.signal.aborted) {
        again = false
        wake()
      }
    })
  }

  const found = async (id: string): Promise<Result<Erasure>> => {
    const erasure = await readErasure(store.db, id)
    if (erasure === undefined) return fail(messages['erasure-unknown']({ id }))
    return ok(erasure.state === 'done' ? { ...erasure, certificate: await certificates.sign(await claimsOf(erasure)) } : erasure)
  }
  const claimsOf = async ({ certificate: _none, requestedById: _own, steps, ...erasure }: Erasure): Promise<Readonly<Record<string, unknown>>> => {
    const state = await store.db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
    const digests = await store.db.selectFrom('erasure_suppression').select(['key_name', 'digest']).where('erasure_id', '=', erasure.id).orderBy('key_name').orderBy('digest').execute()
    return {
      iss: (state?.mesh as { readonly name?: string } | null | undefined)?.name ?? 'tulle', jti: erasure.id, iat: Math.floor(clock.now() / 1000), ...erasure,
      digests: digests.map(({ key_name: key, digest }) => ({ key, digest })),
      steps, unacknowledged: erasure.consumers.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).map(({ kind, name }) => ({ kind, name })),
    }
  }
  /** Of whoever decide at the same moment, one does. */
  const begin = async (id: string, from: 'requested' | 'stuck', by: string | undefined): Promise<boolean> => {
    const begun = await store.db.transaction().execute(async (tx) => {
      const { numUpdatedRows } = await tx.updateTable('erasure').set({ state: 'running', problem: null, ...(by !== undefined && { approved_by: by }) }).where('id', '=', id).where('state', '=', from).executeTakeFirst()
      if (numUpdatedRows === 0n) return false
      await appendEvent(tx, { type: 'tulle.erasure.begun', source: '/tulle/erasures', subject: id, data: { id, ...(by !== undefined && { by }) } })
      return true
    })
    if (begun) wake()
    return begun
  }
  const needsTwo = async (): Promise<boolean> => {
    const state = await store.db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
    return (state?.mesh as { readonly erasure?: { readonly approval?: string } } | null | undefined)?.erasure?.approval === 'two-persons'
  }

  return {
    async preview(subject) {
      const known = await check(subject)
      return known.ok ? previewOf(work, subject, digestOf(secret, subject.key, subject.value)) : known
    },
    async request(subject, by) {
      const known = await check(subject)
      if (!known.ok) return known
      const id = randomUUID()
      const waits = await needsTwo()
      const sealed = seals.seal(id, JSON.stringify({ subject }))
      await store.db.transaction().execute(async (tx) => {
        await tx.insertInto('erasure').values({
          id, key_name: subject.key, digest: digestOf(secret, subject.key, subject.value), state: waits ? 'requested' : 'running', sealed,
          requested_by: by.name, requested_by_id: by.id, requested_at: new Date(clock.now()), approved_by: null, finished_at: null, steps: JSON.stringify([]), report: null, problem: null, settled_at: null, products: null,
        }).execute()
        await appendEvent(tx, { type: waits ? 'tulle.erasure.requested' : 'tulle.erasure.begun', source: '/tulle/erasures', subject: id, data: { id, by: by.name } })
      })
      if (!waits) wake()
      return found(id)
    },
    async approve(id, by) {
      const erasure = await store.db.selectFrom('erasure').select(['state', 'requested_by_id']).where('id', '=', id).executeTakeFirst()
      if (erasure === undefined) return fail(messages['erasure-unknown']({ id }))
      if (erasure.state !== 'requested') return fail(messages['erasure-not-requested']({ id, state: erasure.state }))
      if (erasure.requested_by_id === by.id) return fail(messages['erasure-own-request']({ name: by.name }))
      const begun = await begin(id, 'requested', by.name)
      const now = await found(id)
      return now.ok && !begun ? fail(messages['erasure-not-requested']({ id, state: now.value.state })) : now
    },
    async decline(id, by) {
      const declined = await store.db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx.updateTable('erasure').set({ state: 'declined', sealed: null, approved_by: by.name, finished_at: new Date(clock.now()) }).where('id', '=', id).where('state', '=', 'requested').executeTakeFirst()
        if (numUpdatedRows > 0n) await appendEvent(tx, { type: 'tulle.erasure.declined', source: '/tulle/erasures', subject: id, data: { id, by: by.name } })
        return numUpdatedRows > 0n
      })
      const erasure = await found(id)
      if (!erasure.ok) return erasure
      if (!declined) return fail(messages['erasure-not-requested']({ id, state: erasure.value.state }))
      seals.destroy(id)
      return erasure
    },
    async resume(id) {
      const erasure = await found(id)
      if (erasure.ok && erasure.value.state === 'stuck') await begin(id, 'stuck', undefined)
      return erasure.ok ? found(id) : erasure
    },
    find: found,
    list: () => listErasures(store.db),
    keys: () => personKeys(options),
    async acknowledge(id, by) {
      const erasure = await found(id)
      if (!erasure.ok) return erasure
      if (erasure.value.state !== 'done') return fail(messages['erasure-not-done']({ id, state: erasure.value.state }))
      const mine = erasure.value.consumers.filter((one) => by.kinds.some(({ kind, name }) => kind === one.kind && name === one.name))
      if (mine.length === 0) return fail(messages['erasure-not-concerned']({ name: by.name }))
      await store.db.transaction().execute(async (tx) => {
        for (const { kind, name } of mine) {
          await tx.updateTable('erasure_consumer').set({ acknowledged_at: new Date(clock.now()), acknowledged_by: by.name }).where('erasure_id', '=', id).where('kind', '=', kind).where('name', '=', name).where('acknowledged_at', 'is', null).execute()
        }
        await appendEvent(tx, { type: 'tulle.erasure.acknowledged', source: '/tulle/erasures', subject: id, data: { id, by: by.name } })
      })
      return found(id)
    },
    async match(id, key, values) {
      const erasure = await found(id)
      if (!erasure.ok) return erasure
      const own = await store.db.selectFrom('erasure_suppression').select('digest').where('erasure_id', '=', id).where('key_name', '=', key).execute()
      const digests = new Set(own.map(({ digest }) => digest))
      const isFolded = (await foldedKeys(store.db)).has(key)
      return ok(values.filter((value) => digests.has(digestOf(secret, key, value)) || (isFolded && digests.has(digestOf(secret, key, fold(value))))))
    },
    verify: (certificate) => certificates.verify(certificate),
    publicKey: async () => certificates.publicKey(),
    start: wake,
    async close() {
      closing.abort(new Error('closed'))
      await running?.catch(() => undefined)
    },
  }
}
