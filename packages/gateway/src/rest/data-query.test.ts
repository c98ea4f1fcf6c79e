import type { Json } from '@tulle/kernel'
import type { GatewayRig } from '../testing.ts'
import type { DataAnswer, DataRequest } from './types.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { column, gatewayRig, valueOf } from '../testing.ts'
import { acceptedFormat } from './accepts.ts'
import { bodyOf, DataStopped } from './bodies.ts'
import { dataQuery } from './data-query.ts'
import { dataPortOpenApi } from './open-api.ts'
import { rowQuery } from './row-query.ts'
import { rememberSightings } from './validators.ts'

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig()
  for (const product of ['flights', 'passengers']) rig.grant('ana', product)
  rig.grant('bo', 'passengers', { columns: ['id', 'name'] })
})
afterAll(async () => rig?.close())

const request = (url: string, user = 'ana', signal = new AbortController().signal): DataRequest => {
  const { pathname, searchParams } = new URL(url, 'http://tulle')
  const [, product = '', dataSet = ''] = pathname.split('/')
  return { who: rig.who(user), product: decodeURIComponent(product), dataSet, query: [...searchParams], signal }
}
const ask = async (url: string, user = 'ana'): Promise<DataAnswer> => valueOf(await dataQuery(request(url, user), rig))
const bytesOf = async (answer: DataAnswer): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
const textOf = async (answer: DataAnswer): Promise<string> => (await bytesOf(answer)).toString('utf8')
const json = async (url: string, user = 'ana'): Promise<{ rows: Record<string, unknown>[]; next: string | null }> => JSON.parse(await textOf(await ask(url, user))) as never
const refusals = async (url: string, user = 'ana'): Promise<string[]> => {
  const answer = await dataQuery(request(url, user), rig)
  return answer.ok ? ['answered'] : answer.diagnostics.map((d) => `${d.code}: ${d.message}`)
}

describe('conditions of a URL', () => {
  it.each([
    ['id=eq.3', [3]],
    ['id=neq.0&id=lt.3', [1, 2]],
    ['id=gte.18', [18, 19]],
    ['name=in.("name 1","name 2",nobody)', [1, 2]],
    ['name=like.name 1*&id=lte.10', [1, 10]],
    ['born=gt.1970-01-18', [18, 19]],
    ['paid=eq.2.50', [2]],
    ['email=is.null', []],
    ['id=gt.17&email=is.notnull', [18, 19]],
    ['id=nin.(0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)', [18, 19]],
    ['name=ilike.NAME 1*&id=gt.17', [18, 19]],
    [`name=eq.' or 1=1 --`, []],
  ])('%s', async (query, ids) => {
    const { rows } = await json(`/passengers/passengers?select=id&order=id&${query}`)
    expect(rows.map((row) => row['id'])).toEqual(ids)
  })
  it('everything wrong is reported at once, with what was meant', async () => {
    expect(await refusals('/passengers/passengers?select=nam&id=3&order=id.up&limit=-1&format=xml')).toEqual([
      'bad-format: "xml" is not a format.',
      'bad-filter: "id=3" is not a filter.',
      'unknown-column: passengers.passengers has no column "nam". Did you mean "name"?',
      'bad-order: "id.up" is not an order.',
      'bad-limit: "-1" is not a limit.',
    ])
  })
})

describe('a column is asked what its type can be asked', () => {
  it.each([
    ['id=like.1*', 'wrong-operator: "id=like.1*" cannot be asked of a column of type int.'],
    ['born=ilike.1970*', 'wrong-operator: "born=ilike.1970*" cannot be asked of a column of type date.'],
    ['name=is.true', 'wrong-operator: "name=is.true" cannot be asked of a column of type string.'],
  ])('%s', async (query, refusal) => {
    expect(await refusals(`/passengers/passengers?${query}`)).toEqual([refusal])
  })
})

describe('what a client accepts', () => {
  it.each([
    [undefined, undefined], ['*/*', 'json'], ['text/csv', 'csv'], ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'], ['application/vnd.apache.arrow.stream, application/json;q=0.5', 'arrow'],
    ['application/json;q=0, */*;q=0.1', 'ndjson'], ['text/html', 'none'], ['application/*;q=0.2, text/*', 'csv'], [`${'a/b,'.repeat(5000)}text/csv`, 'none'],
  ])('%s is %s', (header, format) => {
    expect(acceptedFormat(header)).toBe(format)
  })
})

describe('formats', () => {
  it('Arrow is a stream with its types and its end', async () => {
    const answer = await ask('/passengers/passengers?select=id,name,born,paid&format=arrow&id=lt.3&order=id')
    expect(answer.contentType).toBe('application/vnd.apache.arrow.stream')
    const table = tableFromIPC(await bytesOf(answer))
    expect(table.schema.fields.map(({ name, type }) => `${name} ${String(type)}`)).toEqual(['id Int32', 'name Utf8', 'born Date32<DAY>', 'paid Decimal[9e+2]'])
    expect([...(table.getChild('name') ?? [])]).toEqual(['name 0', 'name 1', 'name 2'])
  })
  it('JSON is rows and the cursor of the next page', async () => {
    expect(await json('/passengers/passengers?select=id,paid,born&order=id.desc&limit=1&id=lt.2')).toEqual({ rows: [{ id: 1, paid: 1.25, born: '1970-01-02' }], next: expect.any(String) })
  })
  it('NDJSON is a line a row', async () => {
    expect(await textOf(await ask('/passengers/passengers?select=id,name&format=ndjson&id=lt.2&order=id'))).toBe('{"id":0,"name":"name 0"}\n{"id":1,"name":"name 1"}\n')
  })
  it('CSV has a header', async () => {
    expect(await textOf(await ask('/passengers/passengers?select=id,name&format=csv&id=eq.4'))).toBe('id,name\n4,name 4\n')
  })
  it('Parquet is a file that the engine reads again', async () => {
    const answer = await ask('/flights/flights?format=parquet&select=id,origin&origin=in.(JFK,LAX)')
    const path = join(rig.folder, 'warehouse', 'download.parquet')
    await writeFile(path, await bytesOf(answer))
    const process = valueOf(await rig.engine.start({ readPaths: [join(rig.folder, 'warehouse')], writePaths: [], memoryMegabytes: 256, threads: 1 }))
    valueOf(await process.ingest({ port: 'download', format: 'parquet', paths: [path], columns: [{ name: 'id', type: 'long' }, { name: 'origin', type: 'string' }] }))
    const cursor = valueOf(await process.open('select count(*)::int as n, count(distinct origin)::int as o from source.download', { encoding: { kind: 'ndjson' } }))
    expect(Buffer.from(valueOf(await cursor.fetch(10)).bytes).toString()).toBe('{"n":667,"o":2}\n')
    await process.kill()
  })
})

describe('pages', () => {
  it('together hold each row once', async () => {
    const seen: unknown[] = []
    let cursor = ''
    for (let page = 0; page < 20; page += 1) {
      const answer = await json(`/flights/flights?select=id&order=origin&limit=90${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...answer.rows.map((row) => row['id']))
      if (answer.next === null) break
      cursor = answer.next
    }
    expect(seen).toHaveLength(1000)
    expect(new Set(seen).size).toBe(1000)
  })
  it('continue in the snapshot that they began in, and in no other query', async () => {
    const { next } = await json('/passengers/passengers?select=id&limit=5')
    expect(await refusals(`/passengers/passengers?select=name&limit=5&cursor=${next}`)).toEqual(['bad-cursor: The cursor is not one of this query, or its snapshot is no longer kept.'])
    await rig.publish('passengers', 'passengers', `select i::int as id, 'name ' || i as name, null::varchar as email, null::date as born, null::decimal(9,2) as paid from range(20) t(i)`)
    const second = await json(`/passengers/passengers?select=id&limit=5&cursor=${next}`)
    expect(second.rows.map((row) => row['id'])).toEqual([5, 6, 7, 8, 9])
    expect(second.next).not.toBeNull()
    // A new first page is of what is published now.
    expect((await json('/passengers/passengers?select=paid&limit=1')).rows).toEqual([{ paid: null }])
    const forged = Buffer.from(Buffer.from(String(next), 'base64url').toString('latin1').replace(/\.\d+$/u, '.999999')).toString('base64url')
    for (const cursor of [forged, 'x', 'a'.repeat(5000)]) expect(await refusals(`/passengers/passengers?select=id&limit=5&cursor=${cursor}`)).toEqual(['bad-cursor: The cursor is not one of this query, or its snapshot is no longer kept.'])
  })
})

describe('memory', () => {
  it('a long answer leaves in two memories in turns', async () => {
    const statement = valueOf(await rig.governor.prepare(rig.who('ana'), 'select a.* from flights.flights a, flights.flights b limit 30000', 'rest'))
    const memories = new Set<ArrayBufferLike>()
    let pieces = 0
    for await (const { buffer, length } of valueOf(await bodyOf(statement, { format: 'ndjson', parameters: [], signal: new AbortController().signal }))) {
      if (length < 64 * 1024) continue
      pieces += 1
      memories.add(buffer)
    }
    expect([pieces > 2, memories.size]).toEqual([true, 2])
  })
})

describe('rights', () => {
  it('a column that is not granted does not exist', async () => {
    expect((await json('/passengers/passengers?limit=1&order=id', 'bo')).rows).toEqual([{ id: 0, name: 'name 0' }])
    expect(await refusals('/passengers/passengers?select=email', 'bo')).toEqual(['unknown-column: passengers.passengers has no column "email".'])
    expect(await refusals('/passengers/passengers?email=like.*', 'bo')).toEqual(['unknown-column: passengers.passengers has no column "email".'])
  })
  it.each(['json', 'ndjson', 'csv', 'arrow'])('a revoked grant ends a download as %s in its middle', async (format) => {
    rig.grant('cy', 'flights')
    const body = (await ask(`/flights/flights?format=${format}`, 'cy')).body[Symbol.asyncIterator]()
    rig.revoke('cy', 'flights')
    await expect(body.next()).rejects.toBeInstanceOf(DataStopped)
  })
})

describe('a row', () => {
  const row = async (key: readonly string[], query = '', user = 'ana'): Promise<unknown> => {
    const answer = await rowQuery({ ...request('/flights/flights', user), query: [...new URLSearchParams(query)] }, key, rig)
    return answer.ok ? (answer.value.format === 'json' ? JSON.parse(await textOf(answer.value)) : textOf(answer.value)) : answer.diagnostics.map(({ code }) => code)
  }
  it('has an address by its key', async () => {
    expect(await row(['7'])).toEqual({ id: 7, origin: 'LAX', delay: 7, date: '2001-01-01T00:07:00' })
    expect(await row(['7'], 'select=origin')).toEqual({ origin: 'LAX' })
    expect(await row(['7'], 'format=csv&select=id,origin')).toBe('id,origin\n7,LAX\n')
  })
  it('that is not there, or not to be seen, is not there', async () => {
    expect(await row(['1000'])).toEqual(['unknown-row'])
    expect(await row(['seven'])).not.toMatchObject({ id: 7 })
    expect(await row(['7', '8'])).toEqual(['bad-row-key'])
    rig.grant('cy', 'flights', { columns: ['origin'] })
    expect(await row(['7'], '', 'cy')).toEqual(['row-key-hidden'])
    rig.revoke('cy', 'flights')
    expect(await row(['7'], '', 'cy')).toEqual(['read-denied'])
  })
})

describe('a copy that a client has', () => {
  const held = async (url: string, held: NonNullable<DataRequest['held']>, user = 'ana', sightings = rememberSightings(() => 5000)): Promise<DataAnswer> => valueOf(await dataQuery({ ...request(url, user), held }, { ...rig, sightings }))
  it('is good as long as snapshot, rights and question are the same', async () => {
    rig.grant('cy', 'passengers')
    const url = '/passengers/passengers?limit=3'
    const { etag = '' } = await ask(url, 'cy')
    expect(etag).toMatch(/^"[0-9a-f]{40}"$/u)
    const again = await held(url, { etags: `W/"other", ${etag}` }, 'cy')
    expect([again.isUnchanged, await textOf(again)]).toEqual([true, ''])
    // Who sees the same has the same tag.
    expect((await ask(url, 'ana')).etag).toBe(etag)
    for (const other of ['limit=4', 'limit=3&format=csv', 'limit=3&order=id.desc', 'limit=3&id=gt.1']) expect((await ask(`/passengers/passengers?${other}`, 'cy')).etag).not.toBe(etag)
    rig.revoke('cy', 'passengers')
    rig.grant('cy', 'passengers', { columns: ['id', 'name'] })
    expect((await held(url, { etags: etag }, 'cy')).isUnchanged).toBeUndefined()
    rig.revoke('cy', 'passengers')
    expect((await dataQuery({ ...request(url, 'cy'), held: { etags: etag } }, rig)).ok).toBe(false)
  })
  it('is told by a time, too, which changes with the rights', async () => {
    let now = 1_000_200
    const sightings = rememberSightings(() => now)
    rig.grant('cy', 'passengers')
    const url = '/passengers/passengers?limit=1'
    expect((await held(url, {}, 'cy', sightings)).changedAt).toBe(1_001_000)
    now = 2_000_000
    const since = new Date(1_001_000).toUTCString()
    expect((await held(url, { since }, 'cy', sightings)).isUnchanged).toBe(true)
    expect((await held(url, { since, etags: '"other"' }, 'cy', sightings)).isUnchanged).toBeUndefined()
    rig.revoke('cy', 'passengers')
    rig.grant('cy', 'passengers', { columns: ['id'] })
    expect((await held(url, { since }, 'cy', sightings)).isUnchanged).toBeUndefined()
    rig.revoke('cy', 'passengers')
    rig.grant('cy', 'passengers')
    // As it was before, and yet what the client has may be what was between.
    expect((await held(url, { since }, 'cy', sightings)).isUnchanged).toBeUndefined()
    rig.revoke('cy', 'passengers')
  })
  it('is never taken for good where a rule asks for the time', async () => {
    rig.refine((_, resource) => (resource.dataSet?.name === 'passengers' ? { rowFilter: { condition: 'born < current_date', reads: [] } } : {}))
    expect((await ask('/passengers/passengers?limit=1')).etag).toBeUndefined()
    rig.refine(() => ({}))
  })
})

describe('a version', () => {
  it('is read by the id of its snapshot, its tag or a time, with its pages', async () => {
    await using old = await gatewayRig()
    old.grant('ana', 'passengers')
    const then = [column('id', 'int', 1), column('full_name', 'string', 2)]
    await old.publish('passengers', 'passengers', `select i::int as id, 'old ' || i as full_name from range(5) t(i)`, then)
    await old.publish('passengers', 'passengers', `select 9::int as id, 'new' as name, null::varchar as email, null::date as born, null::decimal(9,2) as paid`)
    const answerOf = async (query: string): Promise<unknown> => {
      const answer = await dataQuery({ who: old.who('ana'), product: 'passengers', dataSet: 'passengers', query: [...new URLSearchParams(query)], signal: new AbortController().signal }, old)
      return answer.ok ? JSON.parse(await textOf(answer.value)) : answer.diagnostics.map(({ code }) => code)
    }
    expect(await answerOf('select=id')).toMatchObject({ rows: [{ id: 9 }] })
    expect(await answerOf('snapshot=1003&full_name=eq.old 3')).toMatchObject({ rows: [{ id: 3, full_name: 'old 3' }] })
    const page = await answerOf('snapshot=v1003&order=full_name.desc&limit=2') as { rows: unknown[]; next: string }
    expect(page.rows).toEqual([{ id: 4, full_name: 'old 4' }, { id: 3, full_name: 'old 3' }])
    expect(await answerOf(`snapshot=v1003&order=full_name.desc&limit=2&cursor=${page.next}`)).toMatchObject({ rows: [{ id: 2 }, { id: 1 }] })
    expect(await answerOf(`order=id.desc&limit=2&cursor=${page.next}`)).toEqual(['bad-cursor'])
    expect(await answerOf('asOf=2100-01-01T00:00:00Z&select=id')).toMatchObject({ rows: [{ id: 9 }] })
    expect(await answerOf('snapshot=1003&select=name')).toEqual(['unknown-column'])
    expect(await answerOf(`snapshot=1003') or 1=1 --`)).toEqual(['unknown-version'])
    expect(await answerOf('asOf=2020-01-01')).toEqual(['unknown-version'])
    expect(await answerOf('asOf=then')).toEqual(['bad-version-time'])
    expect(await answerOf('asOf=2020-01-01&snapshot=1003')).toEqual(['two-versions'])
  })
})

describe('the OpenAPI page', () => {
  it('describes what the reader may see, and no more', async () => {
    const bo = valueOf(await rig.who('bo')())
    const page = dataPortOpenApi(await rig.authorizer.visible(bo), { base: '/data/v1' }) as Record<string, Json>
    expect(Object.keys(page['paths'] as object)).toEqual(['/data/v1/passengers/passengers', '/data/v1/passengers/passengers/rows/{id}'])
    expect(page['components']).toMatchObject({ schemas: { passengers: { type: 'object', properties: { id: { type: 'integer', format: 'int32' }, name: { type: ['string', 'null'] } }, required: ['id'] } } })
    expect(JSON.stringify(page)).not.toContain('email')
  })
})
