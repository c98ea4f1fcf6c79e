import { describe, expect, it } from 'vitest'
import type { KnownGrant, KnownProduct, UsageDay } from './types.ts'
import { reckon } from './reckon.ts'

const window = { from: new Date('2026-01-11T00:00:00Z'), to: new Date('2026-01-21T00:00:00Z') }
const day = (date: string, subjectId: string, more: Partial<UsageDay> = {}): UsageDay => ({
  day: date, productId: 'flights', subjectId, subject: subjectId, purpose: 'safety', statements: 1, refused: 0, rows: 10, bytes: 100, milliseconds: 5, crossing: 0, first: new Date(`${date}T10:00:00Z`), last: new Date(`${date}T12:00:00Z`), ...more,
})
const grant = (id: string, more: Partial<KnownGrant> = {}): KnownGrant => ({ id, productId: 'flights', subjectKind: 'user', subject: id, purposes: ['safety'], grantedAt: new Date('2026-01-01T10:00:00Z'), accounts: [id], ...more })
const product: KnownProduct = { id: 'flights', name: 'flights', domain: 'ops', dataSets: 2, contracted: 1, columns: 4, documented: 3, classified: 1, withServiceLevel: false, readBy: ['delays'] }
const of = (days: readonly UsageDay[], grants: readonly KnownGrant[] = []) => reckon({ window, days, grants, products: [product] })

describe('usage', () => {
  it('counts within the window alone, and the same time before it to compare with', () => {
    const used = of([day('2026-01-10', 'ana'), day('2026-01-11', 'ana'), day('2026-01-20', 'bo', { statements: 3, rows: 1 }), day('2026-01-21', 'cy')])
    expect(used).toMatchObject({ queries: 4, rows: 11, bytes: 200, milliseconds: 10, before: { queries: 1, rows: 10, active: 1 } })
    expect(used.trend).toHaveLength(10)
    expect(used.trend[0]).toEqual({ day: '2026-01-11', queries: 1, rows: 10, active: 1 })
    expect(used.trend[1]).toEqual({ day: '2026-01-12', queries: 0, rows: 0, active: 0 })
  })

  it('knows active from inactive consumers, by purpose; who only was refused is none', () => {
    const used = of(
      [day('2026-01-12', 'ana'), day('2026-01-13', 'ana', { purpose: 'billing' }), day('2026-01-12', 'eve', { statements: 0, refused: 2 })],
      [grant('ana', { purposes: ['safety', 'billing'] }), grant('bo', { purposes: ['billing'] }), grant('team', { subjectKind: 'team', accounts: ['ana', 'cy'] })],
    )
    expect(used.consumers).toEqual({ active: 1, inactive: 2, byPurpose: [{ purpose: 'billing', active: 1, inactive: 1, queries: 1 }, { purpose: 'safety', active: 1, inactive: 1, queries: 1 }] })
    expect(used.refused).toBe(2)
  })

  it('names the rights that nobody used: not before they were given, nor for another purpose, nor by somebody else', () => {
    const used = of(
      [day('2026-01-05', 'ana'), day('2026-01-12', 'bo'), day('2026-01-12', 'cy', { purpose: 'billing' })],
      [grant('ana'), grant('bo', { grantedAt: new Date('2026-01-15T00:00:00Z') }), grant('cy'), grant('dee'), grant('team', { accounts: ['x', 'ana'] })],
    )
    expect(used.neverUsed.map(({ id }) => id)).toEqual(['bo', 'cy', 'dee'])
    expect(used.firstUse).toEqual({ used: 2, never: 3, medianSeconds: 4 * 86_400 })
  })

  it('says shares, and none of nothing', () => {
    expect(of([day('2026-01-12', 'ana', { statements: 4, crossing: 1 })])).toMatchObject({ interoperability: { crossing: 1, share: 0.25 }, coverage: { contracted: 0.5, documented: 0.75, classified: 0.25, withServiceLevel: 0 }, reuse: { products: ['delays'] } })
    expect(of([])).toMatchObject({ queries: 0, interoperability: { share: 0 }, firstUse: { used: 0, never: 0 } })
    expect(reckon({ window, days: [], grants: [], products: [] }).coverage).toEqual({ contracted: 1, documented: 1, classified: 1, withServiceLevel: 1 })
  })
})
