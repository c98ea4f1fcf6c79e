// Anchors and keys in the control database. Who can change the files of the audit's folder cannot change these, unless the
// database is theirs as well.

import type { Store } from '@tulle/store'
import type { Anchor, Anchors, Keys } from './types.ts'

export function postgresAnchors(store: Store): Anchors {
  const { db, watch } = store
  return {
    // The lease ends with this process, however that ends.
    claim: async (place) => {
      const lease = await watch.tryLease(`audit:${place}`)
      return lease === undefined ? undefined : () => lease.release()
    },
    settle: async ({ chain, place }) => {
      await db.insertInto('audit_chain').values({ chain, place }).onConflict((c) => c.column('chain').doUpdateSet({ place })).execute()
    },
    places: () => db.selectFrom('audit_chain').select(['chain', 'place']).orderBy('opened_at').execute(),
    // INVARIANT: an anchor that is there is never written over.
    add: async (anchor) => {
      await db.insertInto('audit_anchor').values(anchor).execute()
    },
    last: async (chain) => {
      const row = await db.selectFrom('audit_anchor').selectAll().where('chain', '=', chain).orderBy('number', 'desc').limit(1).executeTakeFirst()
      return row === undefined ? undefined : toAnchor(row)
    },
    addCut: async ({ anchor, ...cut }) => {
      await db.insertInto('audit_cut').values({ ...cut, anchor_number: anchor?.number ?? null, anchor_digest: anchor?.digest ?? null }).onConflict((c) => c.doNothing()).execute()
    },
    cuts: async () => (await db.selectFrom('audit_cut').selectAll().orderBy('chain').orderBy('seq').execute()).map(({ chain, seq, hash, through, anchor_number: number, anchor_digest: digest }) => ({
      chain, hash, seq: Number(seq), through: Number(through), ...(number !== null && digest !== null && { anchor: { number: Number(number), digest } }),
    })),
    drop: async (chain, before) => {
      await db.deleteFrom('audit_anchor').where('chain', '=', chain).where('number', '<', String(before)).execute()
    },
    list: async () => (await db.selectFrom('audit_anchor').selectAll().orderBy('chain').orderBy('number').execute()).map(toAnchor),
  }
}

const toAnchor = ({ seq, number, ...rest }: { chain: string; number: string; seq: string; hash: string; at: string; prev: string; digest: string }): Anchor => ({ ...rest, seq: Number(seq), number: Number(number) })

export function postgresKeys({ db }: Store): Keys {
  return {
    keep: async (keys) => {
      await db.insertInto('audit_key').values(keys.map(({ chain, seq, subject, key }) => ({ chain, seq, subject: subject ?? null, key: Buffer.from(key) }))).onConflict((c) => c.doNothing()).execute()
    },
    find: async (chain, seq) => (await db.selectFrom('audit_key').select('key').where('chain', '=', chain).where('seq', '=', String(seq)).executeTakeFirst())?.key,
    destroy: async (what) => {
      const gone = 'subject' in what
        ? await db.deleteFrom('audit_key').where('subject', '=', what.subject).executeTakeFirst()
        : await db.deleteFrom('audit_key').where('chain', '=', what.chain).where('seq', '=', String(what.seq)).executeTakeFirst()
      return Number(gone.numDeletedRows)
    },
    destroyThrough: async (chain, seq) => {
      await db.deleteFrom('audit_key').where('chain', '=', chain).where('seq', '<=', String(seq)).execute()
    },
  }
}
