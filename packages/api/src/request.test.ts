import * as fc from 'fast-check'
import { expect, it, describe } from 'vitest'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { readInput, writeInput } from './request.ts'
import { toRoute } from './routes.ts'

/** What an HTTP server hands over: everything text, names decoded. */
function throughTheWire(endpoint: Endpoint, input: Record<string, unknown>) {
  const written = writeInput(toRoute(endpoint), input)
  if (!written.ok) return written
  const { target, body } = written.value
  const url = new URL(target, 'http://localhost')
  const pattern = new RegExp(`^${endpoint.path.replace(/:([A-Za-z]+)/g, '(?<$1>[^/]+)')}$`)
  const params = Object.fromEntries(Object.entries(pattern.exec(url.pathname)?.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]))
  return readInput(endpoint, { params, query: Object.fromEntries(url.searchParams), ...(body !== undefined && { body: JSON.parse(body) as unknown }) })
}

const JOURNEYS: readonly [string, Endpoint, Record<string, unknown>, Record<string, unknown>][] = [
  ['a path with hostile names', endpoints.sampleRows, { product: '../x?y#z', dataSet: 'a/b c' }, { product: '../x?y#z', dataSet: 'a/b c', limit: 20 }],
  ['a query with its defaults', endpoints.listProducts, { q: 'a&b=c ✈' }, { q: 'a&b=c ✈', limit: 100, offset: 0 }],
  ['a number of the query', endpoints.listRuns, { limit: 7, product: undefined }, { limit: 7 }],
  ['a body with its defaults', endpoints.createPlan, { files: { 'mesh.yaml': 'kind: Mesh' } }, { files: { 'mesh.yaml': 'kind: Mesh' }, prune: false, allowDestroy: false, allowBreaking: false }],
  ['a path and a body', endpoints.startRun, { product: 'flights', force: true }, { product: 'flights', force: true, fullRefresh: false }],
]

describe('a call\'s record', () => {
  it.each(JOURNEYS)('arrives as it left: %s', (_name, endpoint, sent, received) => {
    expect(throughTheWire(endpoint, sent)).toEqual({ ok: true, value: received, diagnostics: [] })
  })
})

describe('any text', () => {
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => text !== '.' && text !== '..')

  it('in path, query and body comes through the wire unchanged', () => {
    fc.assert(fc.property(texts, texts, texts, (product, q, purpose) => {
      expect(throughTheWire(endpoints.getProduct, { product })).toMatchObject({ ok: true, value: { product } })
      expect(throughTheWire(endpoints.listProducts, { q })).toMatchObject({ ok: true, value: { q } })
      const grant = { subject: product, subjectKind: 'user', product: q, purposes: [purpose] }
      expect(throughTheWire(endpoints.createGrant, grant)).toMatchObject({ ok: true, value: grant })
    }))
  })

  it.each(['', '.', '..'])('"%s" in a path would ask for another endpoint, so it is not sent', (product) => {
    expect(throughTheWire(endpoints.startRun, { product }).diagnostics.map((d) => d.message)).toEqual([`path.product: "${product}" names nothing.`])
  })

  it('with half a character in it does not throw', () => {
    expect(throughTheWire(endpoints.getProduct, { product: 'a\ud800' })).toMatchObject({ ok: true, value: { product: 'a\ufffd' } })
  })
})

const MISTAKES: readonly [string, Endpoint, Parameters<typeof readInput>[1], readonly string[]][] = [
  ['a misspelt filter', endpoints.listProducts, { query: { domian: 'x' } }, ['query: Unrecognized key: "domian".']],
  ['a repeated parameter', endpoints.listProducts, { query: { q: ['a', 'b'] } }, ['query.q: Invalid input: expected string, received array.']],
  ['no body at all', endpoints.signIn, {}, ['body.name: Invalid input: expected string, received undefined.', 'body.password: Invalid input: expected string, received undefined.']],
  ['a body that is no object', endpoints.applyPlan, { body: 'plan' }, ['body: Invalid input: expected object, received string.']],
  ['mistakes in two places', endpoints.startRun, { params: {}, body: { force: 'yes' } }, ['path.product: Invalid input: expected string, received undefined.', 'body.force: Invalid input: expected boolean, received string.']],
  ['a limit beyond the most', endpoints.sampleRows, { params: { product: 'a', dataSet: 'b' }, query: { limit: '1e9' } }, ['query.limit: Too big: expected number to be <=200.']],
]

describe('a request that does not fit its endpoint', () => {
  it.each(MISTAKES)('is refused with every mistake named: %s', (_name, endpoint, raw, expected) => {
    const result = readInput(endpoint, raw)
    expect(result.ok).toBe(false)
    expect(result.diagnostics.map((d) => d.message)).toEqual(expected)
    expect(new Set(result.diagnostics.map((d) => d.code))).toEqual(new Set(['bad-request']))
  })
})
