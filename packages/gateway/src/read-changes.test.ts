// The contract: what changed, read under anybody's rights and applied to what he saw, gives what he sees.

import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { writeChanges } from '@tulle/streams'
import type { GovernedPart, GovernedRow } from '@tulle/streams'
import { cutMembers } from './cut-members.ts'
import type { GatewayRig } from './testing.ts'
import { column, gatewayRig, valueOf } from './testing.ts'

const COLUMNS = [column('id', 'long', 1, { primaryKey: true }), column('region', 'string', 2), column('secret', 'string', 3), column('n', 'long', 4)]
const SCHEMA = { schemaId: 0, fields: COLUMNS.map(({ name, type, fieldId }) => ({ id: fieldId, name, type: type as string, required: false })) }

type Row = readonly [id: number | null, region: string | null, secret: string | null, n: number | null]
const queryOf = (rows: readonly Row[]): string => {
  const cell = (value: string | number | null, type: string): string => `CAST(${value === null ? 'null' : typeof value === 'number' ? value : `'${value}'`} AS ${type})`
  return rows.length === 0
    ? 'select null::bigint as id, null::varchar as region, null::varchar as secret, null::bigint as n where false'
    : rows.map(([id, region, secret, n]) => `select ${cell(id, 'bigint')} as id, ${cell(region, 'varchar')} as region, ${cell(secret, 'varchar')} as secret, ${cell(n, 'bigint')} as n`).join(' union all ')
}

let rig: GatewayRig
let worker: EngineProcess
let written = 0
const path = (): string => join(rig.folder, 'warehouse', `changes${written++}.parquet`)
beforeAll(async () => {
  rig = await gatewayRig({ tables: [{ product: 'sales', dataSet: { name: 'orders', columns: COLUMNS }, query: queryOf([]) }] })
  worker = valueOf(await rig.engine.start({ readPaths: [join(rig.folder, 'warehouse')], writePaths: [join(rig.folder, 'warehouse')], memoryMegabytes: 512, threads: 2 }))
  for (const name of ['ana', 'bo', 'cy']) rig.grant(name, 'sales')
  rig.refine(({ name }) => (name === 'bo' ? { masks: { secret: "'***'" }, rowFilter: { condition: `"region" = 'EU'`, reads: [] } } : name === 'cy' ? { columns: ['id', 'region', 'n'], masks: { id: 'NULL' } } : {}))
})
afterAll(async () => {
  await worker.kill()
  await rig.close()
})

const table = { schema: 'sales', name: 'orders' }
const publish = async (rows: readonly Row[]): Promise<string> => {
  await rig.publish('sales', 'orders', queryOf(rows))
  const [asker] = [valueOf(await rig.who('ana')())]
  const [visible] = valueOf(await rig.authorizer.authorize(asker, [table]))
  return valueOf(await rig.authorizer.snapshot(visible as never)).id
}
const fileOf = async (id: string): Promise<string> => join(rig.folder, 'warehouse', (await readdir(join(rig.folder, 'warehouse'))).find((name) => name.includes(`orders-${id}`)) ?? '')

async function changes(before: readonly Row[], after: readonly Row[], key: readonly string[] = ['id']): Promise<{ readonly file: string; readonly count: number; readonly from: string; readonly to: string }> {
  const [from, to] = [await publish(before), await publish(after)]
  const file = path()
  const count = valueOf(await writeChanges({ process: worker, schema: SCHEMA, key, before: [{ path: await fileOf(from) }], after: [{ path: await fileOf(to) }], path: file }))
  return { file, count, from, to }
}

const signal = new AbortController().signal
const read = async (who: string, { file, to, count }: { readonly file: string; readonly to: string; readonly count: number }, limit = 1000, after = 0): Promise<GovernedPart> =>
  valueOf(await rig.governor.readChanges(rig.who(who), { table, part: { kind: 'segment', snapshot: to, file: async () => ok(file) }, after, upTo: count, limit, port: 'stream', signal }))

/** What the subject sees by a statement, each row as JSON. */
async function seen(who: string, snapshot: string): Promise<readonly string[]> {
  const statement = valueOf(await rig.governor.prepare(rig.who(who), `select * from sales.orders at (version => ${snapshot})`, 'sql'))
  const rows = valueOf(await statement.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }))
  const lines: string[] = []
  for (let done = false; !done;) {
    const batch = valueOf(await rows.fetch(1000, signal))
    lines.push(...Buffer.from(batch.bytes).toString('utf8').split('\n').filter((line) => line !== ''))
    done = batch.done
  }
  await rows.close()
  return lines
}

function apply(rows: readonly string[], changed: readonly GovernedRow[]): readonly string[] {
  const left = [...rows]
  for (const { op, before, after } of changed) {
    if (op !== 'insert') {
      const at = left.indexOf(before ?? '')
      expect(at, `${op} of a row that is not there: ${before}`).toBeGreaterThanOrEqual(0)
      left.splice(at, 1)
    }
    if (op !== 'delete') left.push(after ?? '')
    expect(before).not.toBe(after)
  }
  return left.toSorted()
}

describe('changes', () => {
  it('are told by key, with what was before and what is after, in the order of keys', async () => {
    const found = await changes([[1, 'EU', 'a', 1], [2, 'US', 'b', 2], [3, 'EU', 'c', 3]], [[1, 'EU', 'a', 9], [2, 'US', 'b', 2], [4, 'EU', 'd', 4]])
    expect(found.count).toBe(3)
    expect((await read('ana', found)).rows).toEqual([
      { ordinal: 1, op: 'update', key: '{"id":1}', before: '{"id":1,"region":"EU","secret":"a","n":1}', after: '{"id":1,"region":"EU","secret":"a","n":9}' },
      { ordinal: 2, op: 'delete', key: '{"id":3}', before: '{"id":3,"region":"EU","secret":"c","n":3}' },
      { ordinal: 3, op: 'insert', key: '{"id":4}', after: '{"id":4,"region":"EU","secret":"d","n":4}' },
    ])
    expect((await read('ana', found, 1, 1)).rows.map(({ ordinal }) => ordinal)).toEqual([2])
  })

  it('are what the reader sees of them: who enters his filter comes, who leaves it goes, and what is masked or hidden is no change', async () => {
    const found = await changes(
      [[1, 'EU', 'a', 1], [2, 'US', 'b', 2], [3, 'EU', 'c', 3], [4, 'US', 'd', 4], [5, 'EU', 'e', 5]],
      [[1, 'US', 'a', 1], [2, 'EU', 'b', 2], [3, 'EU', 'other', 3], [4, 'US', 'other', 4], [5, 'EU', 'e', 6]],
    )
    expect((await read('bo', found)).rows).toEqual([
      { ordinal: 1, op: 'delete', key: '{"id":1}', before: '{"id":1,"region":"EU","secret":"***","n":1}' },
      { ordinal: 2, op: 'insert', key: '{"id":2}', after: '{"id":2,"region":"EU","secret":"***","n":2}' },
      { ordinal: 5, op: 'update', key: '{"id":5}', before: '{"id":5,"region":"EU","secret":"***","n":5}', after: '{"id":5,"region":"EU","secret":"***","n":6}' },
    ])
    // A masked key is none, and a hidden column changes nothing.
    const cys = (await read('cy', found)).rows
    expect(cys.map(({ ordinal }) => ordinal)).toEqual([1, 2, 5])
    expect(cys.every(({ key }) => key === undefined)).toBe(true)
    expect(JSON.stringify([await read('bo', found), cys])).not.toContain('other')
    expect(JSON.stringify(await read('ana', found))).toContain('other')
  })

  const cell = fc.option(fc.constantFrom('EU', 'US', 'x'))
  const rows = fc.array(fc.tuple(fc.option(fc.integer({ min: 0, max: 5 })), cell, cell, fc.option(fc.integer({ min: 0, max: 2 }))), { maxLength: 10 })
  it('lead each reader from what he saw to what he sees, whatever the rows, keyed or not, with duplicates and nulls, in batches of any size', async () => {
    await fc.assert(fc.asyncProperty(rows, rows, fc.boolean(), fc.integer({ min: 1, max: 4 }), async (before, after, keyed, limit) => {
      const found = await changes(before, after, keyed ? ['id'] : [])
      for (const who of ['ana', 'bo', 'cy']) {
        const all: GovernedRow[] = []
        for (let at = 0; ;) {
          const part = await read(who, found, limit, at)
          all.push(...part.rows)
          if (part.rows.length < limit) break
          at = part.rows.at(-1)?.ordinal ?? 0
        }
        expect(all.map(({ ordinal }) => ordinal)).toEqual(all.map(({ ordinal }) => ordinal).toSorted((a, b) => a - b))
        expect(apply(await seen(who, found.from), all)).toEqual((await seen(who, found.to)).toSorted())
      }
    }), { numRuns: 4 })
  }, 120_000)

  it('computed again are the same, entry by entry', async () => {
    const [before, after]: [Row[], Row[]] = [[[1, 'a', 'b', 1], [1, 'a', 'b', 1], [null, 'x', null, 2], [2, 'q', 'q', 1]], [[1, 'a', 'c', 1], [null, 'x', 'y', 2], [3, 'q', 'q', 1]]]
    const [one, other] = [await changes(before, after), await changes(before.toReversed(), after.toReversed())]
    expect((await read('ana', one)).rows).toEqual((await read('ana', other)).rows)
  })

  it('are refused to who may not read, and audited for who may', async () => {
    const found = await changes([], [[1, 'EU', 'a', 1]])
    rig.revoke('bo', 'sales')
    const denied = await rig.governor.readChanges(rig.who('bo'), { table, part: { kind: 'segment', snapshot: found.to, file: () => Promise.reject(new Error('never asked')) }, after: 0, upTo: 1, limit: 1, port: 'stream', signal })
    expect(denied.diagnostics[0]?.code).toBe('read-denied')
    rig.grant('bo', 'sales')
    await read('bo', found)
    expect(rig.audit.lines.at(-1)).toMatchObject({ port: 'stream', subject: 'bo', decision: 'allow', rows: 1, reads: [{ dataSet: 'orders', snapshot: found.to }] })
    expect(JSON.stringify(rig.audit.lines.at(-1))).not.toContain('"EU"')
  })

  it('say by a text of their rights that these are others than before', async () => {
    const found = await changes([], [[1, 'EU', 'a', 1]])
    const before = (await read('ana', found)).rights
    expect((await read('ana', found)).rights).toBe(before)
    expect((await read('bo', found)).rights).not.toBe(before)
  })
})

describe('the rows of a snapshot', () => {
  it('are inserts, in pieces that neither overlap nor leave a gap', async () => {
    const id = await publish([[1, 'EU', 'a', 1], [2, 'US', 'b', 2], [3, 'EU', 'c', 3]])
    const piece = async (who: string, after: number, upTo: number) => valueOf(await rig.governor.readChanges(rig.who(who), { table, part: { kind: 'snapshot', snapshot: id }, after, upTo, limit: 10, port: 'stream', signal })).rows
    const all = [...await piece('ana', 0, 1), ...await piece('ana', 1, 3)]
    expect(all.map(({ op, key }) => [op, key])).toEqual([['insert', '{"id":1}'], ['insert', '{"id":2}'], ['insert', '{"id":3}']])
    expect((await piece('bo', 0, 3)).map(({ ordinal, after }) => [ordinal, after])).toEqual([[1, '{"id":1,"region":"EU","secret":"***","n":1}'], [3, '{"id":3,"region":"EU","secret":"***","n":3}']])
  })
})

describe('members of an object', () => {
  it('are cut out as they stand there', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const text = JSON.stringify(object)
      const members = cutMembers(text)
      expect([...members].map(([name, value]) => [name, JSON.parse(value)])).toEqual(Object.entries(JSON.parse(text) as object))
    }))
    expect(cutMembers('{"n":123456789012345678901234567890,"t":"}\\",{"}').get('n')).toBe('123456789012345678901234567890')
  })
})
