// The contract: a comparison shows what its asker may read of both versions, and nothing is looked at before that is decided.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ComparedRows, ServedDifference } from './types.ts'
import type { GatewayRig } from './testing.ts'
import { gatewayRig, valueOf } from './testing.ts'

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig()
  const people = (rows: string): Promise<void> => rig.publish('passengers', 'passengers', `select id::int as id, name, email, date '1970-01-01' as born, 1.25::decimal(9,2) as paid from (values ${rows}) as t(id, name, email)`)
  await people("(1, 'Ana', 'a@x.org'), (2, 'Bo', 'b@x.org'), (3, 'Cy', 'c@x.org')")
  await people("(1, 'Ana', 'a@x.org'), (2, 'Bo', 'other@x.org'), (4, 'Di', 'd@x.org')")
  rig.grant('ana', 'passengers')
  rig.grant('bo', 'passengers', { columns: ['id', 'name'] })
  rig.grant('cy', 'passengers', { columns: ['name', 'email'] })
})
afterAll(() => rig?.close())

const table = { schema: 'passengers', name: 'passengers' }

async function difference(): Promise<ServedDifference> {
  const side = async (id: string) => {
    const snapshot = valueOf(await rig.data.snapshot('id-passengers', 'passengers', { kind: 'snapshot', id }))
    return { id, files: snapshot === undefined ? [] : valueOf(await snapshot.files()) }
  }
  return { before: await side('1003'), after: await side('1004') }
}

const compare = (user: string, { limit = 10, asked = [] as string[] } = {}) =>
  rig.governor.compare(rig.who(user), {
    table, limit, port: 'rest', signal: new AbortController().signal,
    difference: async () => {
      asked.push(user)
      return { ok: true, value: await difference(), diagnostics: [] }
    },
  })
const seen = ({ added, removed, changed, rows }: ComparedRows) => ({ added, removed, changed, rows: rows.map(({ change, before, after }) => [change, before, after]) })

describe('two versions', () => {
  it('differ by key where the asker sees the key', async () => {
    const found = valueOf(await compare('bo'))
    expect(found).toMatchObject({ columns: ['id', 'name'], key: ['id'] })
    // Passenger 2 has another address, which bo may not read: for bo nothing changed.
    expect(seen(found)).toEqual({ added: 1, removed: 1, changed: 0, rows: [['added', undefined, { id: 4, name: 'Di' }], ['removed', { id: 3, name: 'Cy' }, undefined]] })
  })

  it('differ row by row where the asker does not see the key', async () => {
    const found = valueOf(await compare('cy'))
    expect(found.key).toEqual([])
    expect([found.added, found.removed, found.changed]).toEqual([2, 2, 0])
  })

  it('show a changed row as it was and as it is', async () => {
    const found = valueOf(await compare('ana'))
    expect(found).toMatchObject({ key: ['id'], added: 1, removed: 1, changed: 1 })
    expect(found.rows.find((row) => row.change === 'changed')).toMatchObject({ before: { id: 2, email: 'b@x.org' }, after: { id: 2, email: 'other@x.org' } })
  })

  it('are counted whole and shown up to a limit', async () => {
    const found = valueOf(await compare('ana', { limit: 1 }))
    expect([found.added + found.removed + found.changed, found.rows.length]).toEqual([3, 1])
  })

  it('are nobody\'s to compare without a right, which is decided before the table is looked at and written down', async () => {
    const asked: string[] = []
    rig.audit.lines.length = 0
    rig.grant('bo', 'flights')
    rig.revoke('cy', 'passengers')
    const refused = await compare('cy', { asked })
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['read-denied'])
    expect(asked).toEqual([])
    valueOf(await compare('bo', { asked }))
    expect(asked).toEqual(['bo'])
    expect(rig.audit.lines).toMatchObject([
      { subject: 'cy', decision: 'deny', outcome: 'read-denied', reads: [{ dataSet: 'passengers', columns: [] }], rows: 0 },
      { subject: 'bo', decision: 'allow', outcome: 'ok', rows: 2, reads: [{ dataSet: 'passengers', snapshot: '1003', columns: ['id', 'name'] }, { snapshot: '1004' }] },
    ])
  })

  it('end with the right to read them, also while they are compared', async () => {
    const compared = rig.governor.compare(rig.who('bo'), {
      table, limit: 10, port: 'rest', signal: new AbortController().signal,
      difference: async () => {
        rig.revoke('bo', 'passengers')
        return { ok: true, value: await difference(), diagnostics: [] }
      },
    })
    expect((await compared).diagnostics.map(({ code }) => code)).toEqual(['read-denied'])
  })
})
