// The contract: a copy holds what the stream says, each change exactly once, wherever the program dies; and what the server says
// no to is not asked again and again.

import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, printJson } from './exact-json.ts'
import { keepCopy } from './keep-copy.ts'
import { meshClient } from './mesh-client.ts'
import { Refused } from './refused.ts'
import { sqliteCopy } from './sqlite-copy.ts'
import type { Change, CopyState, CopyStore, Entry } from './types.ts'

const address = { product: 'sales', dataSet: 'orders' }

/** A server that is a list: positions are numbers in it, and `start` gives the rows as of now. */
function fakeServer(history: readonly (readonly [op: Change['op'], before: string | undefined, after: string | undefined])[]) {
  const state = { rights: 'r1', oldest: 0, known: history.length, died: 0, asked: [] as string[] }
  const rowsAt = (end: number): readonly string[] => {
    const rows: string[] = []
    for (const [op, before, after] of history.slice(0, end)) {
      if (op !== 'insert') rows.splice(rows.indexOf(before ?? ''), 1)
      if (op !== 'delete') rows.push(after ?? '')
    }
    return rows
  }
  const problem = (status: number, code: string): Response => new Response(JSON.stringify({ status, diagnostics: [{ code, message: code }] }), { status })
  const fetch = (async (url: string, init: RequestInit = {}) => {
    const { pathname, searchParams } = new URL(url)
    state.asked.push(`${init.method ?? 'GET'} ${pathname}`)
    if (init.method === 'PUT') return new Response(JSON.stringify({ consumer: 'c', position: JSON.parse(String(init.body)).position }))
    const [from = '', limit] = [searchParams.get('from') ?? 'start', Number(searchParams.get('limit') ?? 100)]
    const entry = (op: string, number: string, before?: string, after?: string): string => `{"kind":"row","id":"${number}","position":"${number}","op":"${op}"${before === undefined ? '' : `,"before":${before}`}${after === undefined ? '' : `,"after":${after}`}}`
    const [, asOf, at] = /^i(\d+)\.(\d+)$/u.exec(from) ?? (from === 'start' ? ['', String(state.known), '0'] : [])
    if (asOf !== undefined) {
      const rows = rowsAt(Number(asOf))
      const shown = rows.slice(Number(at), Number(at) + limit)
      const reached = Number(at) + shown.length
      const next = reached >= rows.length ? asOf : `i${asOf}.${reached}`
      return new Response(`{"entries":[${shown.map((row, i) => entry('insert', `i${asOf}.${Number(at) + i + 1}`, undefined, row)).join(',')}],"next":"${next}","end":${String(reached >= rows.length && Number(asOf) >= state.known)},"rights":"${state.rights}"}`)
    }
    const place = Number(from)
    if (place < state.oldest) return problem(410, 'position-too-old')
    const shown = history.slice(place, Math.min(place + limit, state.known))
    return new Response(`{"entries":[${shown.map(([op, before, after], i) => entry(op, String(place + i + 1), before, after)).join(',')}],"next":"${place + shown.length}","end":${String(place + shown.length >= state.known)},"rights":"${state.rights}"}`)
  }) as typeof globalThis.fetch
  return { state, rowsAt, client: meshClient({ url: 'http://mesh', token: 't', fetch }) }
}

const row = fc.record({ id: fc.integer({ min: 0, max: 3 }), big: fc.constantFrom('9007199254740993', '1'), t: fc.constantFrom('a', 'ü"') }).map(({ id, big, t }) => `{"id":${id},"big":${big},"t":${JSON.stringify(t)}}`)
/** What can happen to rows: only what is there changes or goes. */
const history = fc.array(fc.tuple(fc.constantFrom('insert', 'update', 'delete'), fc.nat(), row), { maxLength: 14 }).map((wishes) => {
  const rows: string[] = []
  return wishes.map(([op, which, after]): readonly [Change['op'], string | undefined, string | undefined] => {
    if (op === 'insert' || rows.length === 0) return (rows.push(after), ['insert', undefined, after])
    const [before = ''] = rows.splice(which % rows.length, 1)
    if (op === 'delete') return ['delete', before, undefined]
    return (rows.push(after), ['update', before, after])
  })
})

class Died extends Error {}
/** Dies where the list says so: before a transaction or after it. */
const mortal = (store: CopyStore, dies: boolean[]): CopyStore => ({
  state: () => store.state(),
  async apply(batch) {
    const when = dies.shift()
    if (when === true) throw new Refused(400, [{ code: 'died', message: 'before' }])
    await store.apply(batch)
    if (when === false) throw new Refused(400, [{ code: 'died', message: 'after' }])
  },
})
const rowsOf = (db: DatabaseSync): readonly string[] => (db.prepare('select row from orders').all() as { readonly row: string }[]).map(({ row: text }) => text).toSorted()
const canonical = (rows: readonly string[]): readonly string[] => rows.map((text) => printJson(parseJson(text))).toSorted()

async function keepThroughDeaths(server: ReturnType<typeof fakeServer>, store: CopyStore, dies: boolean[], limit: number): Promise<void> {
  for (let lives = 0; lives < 100; lives += 1) {
    try {
      return await keepCopy({ client: server.client, address, store: mortal(store, dies), limit })
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'died') throw error
    }
  }
  throw new Died()
}

describe('a copy', () => {
  it('holds what the stream says, wherever its program dies, with rows that are equal and numbers of any size', async () => {
    await fc.assert(fc.asyncProperty(history, fc.nat(), fc.array(fc.option(fc.boolean(), { nil: undefined }), { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), async (happened, first, dies, limit) => {
      const server = fakeServer(happened)
      const db = new DatabaseSync(':memory:')
      const store = sqliteCopy(db, 'orders')
      server.state.known = happened.length === 0 ? 0 : first % (happened.length + 1)
      await keepThroughDeaths(server, store, dies.filter((one) => one !== undefined), limit)
      expect(rowsOf(db)).toEqual(canonical(server.rowsAt(server.state.known)))
      server.state.known = happened.length
      await keepThroughDeaths(server, store, [true, false, true], limit)
      expect(rowsOf(db)).toEqual(canonical(server.rowsAt(happened.length)))
      db.close()
    }), { numRuns: 60 })
  })

  it('that wrote its position before its rows would lose some: the control', async () => {
    const server = fakeServer([['insert', undefined, '{"id":1}'], ['insert', undefined, '{"id":2}'], ['insert', undefined, '{"id":3}']])
    const kept: string[] = []
    let state: CopyState | undefined
    let died = false
    const careless: CopyStore = {
      state: () => state,
      apply: ({ changes, state: next }) => {
        state = next
        if (!died && changes.length > 0 && kept.length > 0) {
          died = true
          throw new Refused(400, [{ code: 'died', message: 'between' }])
        }
        kept.push(...changes.map(({ after }) => printJson(after)))
      },
    }
    await keepThroughDeaths(server, careless, [], 1)
    expect(kept.length).toBeLessThan(3)
  })

  it('is begun anew where its position is too old, and where rights are others', async () => {
    const server = fakeServer([['insert', undefined, '{"id":1}'], ['update', '{"id":1}', '{"id":2}']])
    const db = new DatabaseSync(':memory:')
    const store = sqliteCopy(db, 'orders')
    server.state.known = 1
    await keepCopy({ client: server.client, address, store })
    expect(rowsOf(db)).toEqual(['{"id":1}'])
    Object.assign(server.state, { known: 2, oldest: 2 })
    await keepCopy({ client: server.client, address, store })
    expect(rowsOf(db)).toEqual(['{"id":2}'])
    db.exec(`insert into orders (row) values ('{"id":"seen under other rights"}')`)
    server.state.rights = 'r2'
    await keepCopy({ client: server.client, address, store, consumer: 'crm' })
    expect(rowsOf(db)).toEqual(['{"id":2}'])
    db.close()
  })

  it('ends where the server says no', async () => {
    const client = meshClient({ url: 'http://mesh', fetch: async () => new Response(JSON.stringify({ diagnostics: [{ code: 'read-denied', message: 'No grant lets bo read this.' }] }), { status: 403 }) })
    await expect(keepCopy({ client, address, store: sqliteCopy(new DatabaseSync(':memory:'), 'orders') })).rejects.toMatchObject({ status: 403, code: 'read-denied', message: 'No grant lets bo read this.' })
  })
})

describe('a subscription', () => {
  it('goes on behind the last entry after a lost connection, and ends with the reason where the server ends it', async () => {
    const asked: (string | null)[] = []
    const answers = [
      'id: p1\nevent: insert\ndata: {"kind":"row","id":"p1","position":"p1","op":"insert","after":{"n":9007199254740993}}\n\nid: p2\nevent: insert\ndata: {"kind":"row","id":"p2"',
      'id: p2\nevent: delete\ndata: {"kind":"row","id":"p2","position":"p2","op":"delete","before":{"n":1}}\n\nevent: problem\ndata: {"status":403,"diagnostics":[{"code":"read-denied","message":"Revoked."}]}\n\n',
    ]
    const client = meshClient({ url: 'http://mesh', fetch: (async (_url: string, init: RequestInit = {}) => {
      asked.push(new Headers(init.headers).get('last-event-id'))
      return new Response(answers.shift(), { headers: { 'content-type': 'text/event-stream' } })
    }) as typeof fetch })
    const seen: Entry[] = []
    await expect((async () => {
      for await (const entry of client.subscribe(address)) seen.push(entry)
    })()).rejects.toMatchObject({ code: 'read-denied' })
    expect(asked).toEqual([null, 'p1'])
    expect(seen.map(({ position }) => position)).toEqual(['p1', 'p2'])
    expect((seen[0] as Change).after).toEqual({ n: 9007199254740993n })
  })
})
