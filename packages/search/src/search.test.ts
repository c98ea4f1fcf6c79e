// What people type, and what they find: a small mesh, and properties over made-up ones.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildIndex } from './build-index.ts'
import { slips } from './distance.ts'
import { searchProducts } from './search.ts'
import type { SearchDocument, SearchQuestion, Standing } from './types.ts'
import { askedWords, wordsOf } from './words.ts'

const NOW = Date.UTC(2026, 0, 10)
const HOUR = 3_600_000
const product = (name: string, more: Partial<SearchDocument> = {}): SearchDocument => ({ id: `id-${name}`, name, title: name[0]?.toUpperCase() + name.slice(1), domain: 'operations', people: ['flight_ops'], tags: [], terms: [], columns: [], classifications: [], ports: ['sql'], ...more })
const standing = (more: Partial<Standing> = {}): Standing => ({ certified: false, uses: 0, publishedAt: NOW - 2 * HOUR, ...more })

const MESH: readonly (readonly [SearchDocument, Standing])[] = [
  [product('flights', { description: 'Three million flights of the United States', tags: ['delay'], columns: [{ name: 'flights.delay_minutes' }, { name: 'flights.origin', description: 'IATA code of the airport' }], type: 'source-aligned', ports: ['sql', 'rest'] }), standing({ certified: true, uses: 900, quality: 1 })],
  [product('airports', { description: 'Every airport with its code and place', domain: 'network', people: ['reference_data', 'rita'], tags: ['reference'], terms: ['airport_iata'], columns: [{ name: 'airports.iata' }, { name: 'airports.city' }] }), standing()],
  [product('punctuality', { description: 'How late flights leave each airport, day by day', tags: ['delay', 'airports'], columns: [{ name: 'punctuality.mean_delay' }] }), standing({ publishedAt: NOW - 48 * HOUR })],
  [product('passengers', { description: 'Who flies with us', domain: 'customer', people: ['customer_data', 'olga'], columns: [{ name: 'passengers.passport_number', description: 'As in the document' }], classifications: ['personal'] }), standing({ quality: 0.5 })],
  [product('bookings', { description: 'What passengers booked', domain: 'customer', people: ['customer_data', 'olga'], columns: [{ name: 'bookings.booking_id' }], classifications: ['personal', 'confidential'] }), standing()],
  [product('zurich', { title: 'Zürich Straßen', description: '東京 の 空港', columns: [{ name: 'zurich.streetName' }] }), { certified: false, uses: 0 }],
]
const index = await buildIndex(MESH.map(([document]) => document), MESH.map(([, known]) => known))
const ask = (words: string, more: Partial<SearchQuestion> = {}) => searchProducts(index, { words, facets: {}, limit: 20, offset: 0, now: NOW, mayKnow: () => true, ...more })
const names = (words: string, more: Partial<SearchQuestion> = {}): readonly string[] => ask(words, more).hits.map(({ name }) => name)

describe('a search', () => {
  it.each([
    ['a name', 'flights', ['flights', 'punctuality']],
    ['its beginning, as it is typed', 'passen', ['passengers', 'bookings']],
    ['a column', 'passport', ['passengers']],
    ['a column by its whole name', 'delay_minutes', ['flights']],
    ['words of a column that are written together', 'street name', ['zurich']],
    ['a word of the mesh', 'iata', ['airports', 'flights']],
    ['a person', 'olga', ['bookings', 'passengers']],
    ['a domain', 'network', ['airports']],
    ['a question', 'Which airports have the longest delays?', ['punctuality', 'flights']],
    ['a question of empty words alone', 'which of the', ['flights']],
    ['the singular of what is written in the plural', 'passenger', ['passengers', 'bookings']],
    ['letters without their accents', 'zurich strassen', ['zurich']],
    ['a script without spaces', '空港', ['zurich']],
    ['a letter that is missing', 'pasengers', ['passengers', 'bookings']],
    ['letters that are swapped', 'flihgts', ['flights', 'punctuality']],
    ['a slip in a word that is still being typed', 'pasporrt', ['passengers']],
    ['nothing that anybody wrote', 'xylophone', []],
    ['one word of three, which is less than half', 'xylophone delay quartz', []],
    ['signs alone', '"); --', ['flights', 'airports', 'bookings', 'passengers', 'punctuality', 'zurich']],
  ] as const)('finds by %s', (_, words, expected) => {
    expect(names(words).slice(0, expected.length)).toEqual(expected)
    if (expected.length <= 1) expect(names(words)).toEqual(expected)
  })

  it('forgives no slip in a short word or a number, and says what it took in the place of another', () => {
    expect(names('iat')).toEqual(['airports', 'flights'])
    expect(names('ixt')).toEqual([])
    expect(ask('pasengers booked').corrected).toEqual([{ word: 'pasenger', to: 'passenger' }])
    expect(ask('passengers').corrected).toEqual([])
  })

  it('puts what is used, certified and sound first where words fit alike', async () => {
    const alike = ['a', 'b', 'c', 'd'].map((name) => product(`sales_${name}`, { description: 'sales' }))
    const of = async (known: readonly Standing[]) => searchProducts(await buildIndex(alike, known), { words: 'sales', facets: {}, limit: 4, offset: 0, now: NOW, mayKnow: () => true }).hits.map(({ name }) => name.at(-1)).join('')
    expect(await of([standing(), standing({ certified: true }), standing({ uses: 500 }), standing({ quality: 1 })])).toBe('bcda')
    expect(await of([standing(), standing(), standing(), standing()])).toBe('abcd')
  })

  it('says where the words stand, the name before a column before a description', () => {
    expect(ask('passengers').hits.map(({ matches }) => matches[0])).toEqual([
      { field: 'name', text: 'Passengers', words: ['Passengers'] }, { field: 'description', text: 'What passengers booked', words: ['passengers'] },
    ])
    expect(ask('passport').hits[0]?.matches).toEqual([{ field: 'column', text: 'passengers.passport_number', words: ['passport'] }])
  })

  it('narrows down by facets, and each says what another choice of it would give', () => {
    const answer = ask('', { facets: { domain: ['customer'] } })
    expect(answer.total).toBe(2)
    expect(answer.facets.domain).toEqual([{ value: 'operations', count: 3 }, { value: 'customer', count: 2 }, { value: 'network', count: 1 }])
    expect(answer.facets.classification).toEqual([{ value: 'personal', count: 2 }, { value: 'confidential', count: 1 }])
    expect(answer.facets.certified).toEqual([{ value: 'no', count: 2 }])
    expect(ask('').facets.freshness).toEqual([{ value: 'day', count: 4 }, { value: 'week', count: 1 }, { value: 'never', count: 1 }])
    expect(names('', { facets: { domain: ['customer', 'network'], classification: ['personal'] } })).toEqual(['bookings', 'passengers'])
    expect(names('', { facets: { type: ['no such'] } })).toEqual([])
  })

  it('shows page after page, each product once', () => {
    const pages = [0, 2, 4, 6].flatMap((offset) => names('', { limit: 2, offset }))
    expect(pages).toEqual(names(''))
    expect(pages).toHaveLength(6)
  })

  it('neither shows nor counts what the viewer may not know of, nor lets it decide how well others must fit', () => {
    const mayKnow = (at: number): boolean => MESH[at]?.[0].name !== 'punctuality'
    const answer = ask('which airports have delay by day', { mayKnow })
    expect(answer.hits.map(({ name }) => name)).toContain('flights')
    expect(answer.hits.map(({ name }) => name)).not.toContain('punctuality')
    expect(ask('punctuality', { mayKnow })).toMatchObject({ hits: [], total: 0, facets: { domain: [], freshness: [] } })
    expect(ask('punctuality').total).toBe(1)
  })
})

describe('words', () => {
  it('are those that a person reads, in names of columns too', () => {
    expect(wordsOf('delayMinutes of_Łódź, IATA-codes 2001')).toEqual(['delay', 'minute', 'of', 'lodz', 'iata', 'code', '2001'])
    expect(askedWords('What is the status of all addresses?')).toEqual(['status', 'address'])
    expect(wordsOf('x'.repeat(500))[0]).toHaveLength(40)
  })
  it('are as far apart as the hand slips, the same from both sides', () => {
    expect([slips('flihgts', 'flights', 2), slips('pasenger', 'passenger', 2), slips('abc', 'xyz', 2), slips('', 'ab', 1)]).toEqual([1, 1, 3, 2])
    const word = fc.string({ unit: fc.constantFrom(...'abc'), maxLength: 9 })
    fc.assert(fc.property(word, word, (a, b) => slips(a, b, 3) === slips(b, a, 3) && (slips(a, b, 3) === 0) === (a === b)))
  })
})

describe('over any mesh', () => {
  const word = fc.constantFrom('order', 'river', 'city', 'delay', 'customer', 'passport', 'weather')
  const documents = fc.array(fc.record({ title: fc.array(word, { minLength: 1, maxLength: 3 }), columns: fc.array(word, { maxLength: 5 }), domain: fc.constantFrom('a', 'b') }), { maxLength: 30 })
    .map((rows) => rows.map(({ title, columns, domain }, i) => product(`p${i}`, { title: title.join(' '), domain, columns: columns.map((name) => ({ name })) })))

  it('one word finds exactly those that have it, and no more are counted than are known', async () => {
    await fc.assert(fc.asyncProperty(documents, word, fc.integer({ min: 1, max: 4 }), async (all, words, nth) => {
      const made = await buildIndex(all, all.map(() => standing()))
      const mayKnow = (at: number): boolean => at % nth === 0
      const answer = searchProducts(made, { words, facets: {}, limit: 100, offset: 0, now: NOW, mayKnow })
      const expected = all.filter(({ title, columns }, at) => mayKnow(at) && [title, ...columns.map(({ name }) => name)].join(' ').includes(words)).map(({ id }) => id).toSorted()
      expect(answer.hits.map(({ id }) => id).toSorted()).toEqual(expected)
      expect(answer.total).toBe(expected.length)
      expect(answer.facets.domain.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length)
    }))
  })

  it('no text that anybody types breaks it', async () => {
    await fc.assert(fc.asyncProperty(documents, fc.string({ unit: 'binary', maxLength: 200 }), async (all, words) => {
      const answer = searchProducts(await buildIndex(all, []), { words, facets: {}, limit: 10, offset: 0, now: NOW, mayKnow: () => true })
      expect(answer.hits.length).toBeLessThanOrEqual(answer.total)
    }), { numRuns: 30 })
  })
})
