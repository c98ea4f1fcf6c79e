import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { accessControl } from '@tulle/access'
import { systemClock } from '@tulle/kernel'
import { LineageGraph } from '@tulle/lineage'
import { appendEvent } from '@tulle/store'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { openLineageRoom } from './lineage-room.ts'
import type { LineageRoom } from './lineage-room.ts'

let rig: TestStore
let room: LineageRoom

beforeAll(async () => {
  rig = await testStore()
  const access = await accessControl(rig.store)
  room = openLineageRoom({ db: rig.store.db, store: rig.store, clock: systemClock, access })
  return async () => {
    await access.close()
    await rig.close()
  }
})

/** With the event that says so, in one transaction. */
const change = (type: string, statement: string): Promise<void> => rig.store.db.transaction().execute(async (tx) => {
  await sql.raw(statement).execute(tx)
  await appendEvent(tx, { type, source: '/test', data: {} })
})
const product = (name: string): string => `insert into resource (id, kind, ref, product, spec, fingerprint) values ('${name}', 'data-product', 'data-product:${name}', '${name}', '{"name": "${name}", "title": "", "domain": "d", "team": "t", "tags": [], "certified": false}', 'x'),
  ('${name}.d', 'data-set', 'data-set:${name}.d', '${name}', '{"product": "${name}", "name": "d"}', 'x')`
const graph = new LineageGraph([])

describe('what answers about lineage need', () => {
  it('is read when something changed it, and stands otherwise', async () => {
    const empty = await room.current()
    expect([...empty.products.keys()]).toEqual([])
    await change('tulle.resource.changed', product('flights'))
    const [first, again] = [await room.current(), await room.current()]
    expect([[...first.products.keys()], again === first]).toEqual([['flights'], true])
    await change('tulle.check.finished', 'select 1')
    expect(await room.current()).toBe(first)
    await change('tulle.grant.changed', `insert into access_grant (id, subject_kind, subject, product_id, purposes, granted_by) values ('g', 'user', 'ana', 'flights', '["care"]', 'olga')`)
    const granted = await room.current()
    // The products are those from before, and so is what was worked out of them.
    expect([granted.products === first.products, room.aims(granted, graph).get('flights')?.length, room.aims(first, graph).get('flights')]).toEqual([true, 1, undefined])
    await change('tulle.grant.changed', `update access_grant set revoked_at = now(), revoked_by = 'olga'`)
    expect(room.aims(await room.current(), graph).size).toBe(0)
    await change('tulle.apply.finished', `update resource set archived_at = now() where kind = 'data-product'`)
    expect([...(await room.current()).products.keys()]).toEqual([])
  })

  it('is known of products that are, to whoever is signed in', async () => {
    await change('tulle.resource.changed', product('airports'))
    const knows = room.knownTo({ id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, await room.current())
    expect([knows('airports'), knows('flights'), knows('nowhere')]).toEqual([true, false, false])
  })
})
