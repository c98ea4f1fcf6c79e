import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import type { Decision, Grant, Resource, Role, Subject } from './types.ts'
import { ROLES } from './types.ts'

const NOON = Date.UTC(2026, 5, 1, 12)
const passengers = { id: 'p1', name: 'passengers', domain: 'customer', team: 'customer_data' }
const flights = { id: 'p2', name: 'flights', domain: 'operations', team: 'flight_ops' }
const people = { name: 'people', columns: [{ name: 'id' }, { name: 'email', classification: 'personal' }, { name: 'state' }] }
const resource: Resource = { product: passengers, dataSet: people }
const ana: Subject = { id: 'u1', name: 'ana', kind: 'user', role: 'consumer', teams: ['safety_lab'] }
const grant: Grant = { id: 'g1', subjectKind: 'user', subject: 'u1', productId: 'p1', purposes: ['care'] }

/** What ana gets by these grants, shortly: the columns, or the rules that deny. */
function answer(grants: readonly Grant[], { subject = ana, purpose = 'care' as string | undefined, on = resource, now = NOON } = {}): string {
  return spoken(compilePolicy({ grants, products: [passengers, flights] }).decide(subject, 'read', on, purpose, { now, environment: 'prod' }))
}

const spoken = (decision: Decision): string =>
  `${decision.effect === 'allow' ? decision.columns.join(' ') : 'deny'} (${decision.reasons.map((r) => r.rule).join(', ')})`

/** Every state that the grants of a subject can be in, as seen from one data set. */
const STATES = {
  'no grant': [],
  'a grant on everything': [grant],
  'a grant on this data set': [{ ...grant, dataSet: 'people' }],
  'a grant on another data set': [{ ...grant, dataSet: 'bookings' }],
  'a grant on another product': [{ ...grant, productId: 'p2' }],
  'a grant on a product that is gone': [{ ...grant, productId: 'p9' }],
  'a grant to someone else': [{ ...grant, subject: 'u2' }],
  'a grant to a team': [{ ...grant, subjectKind: 'team', subject: 'safety_lab' }],
  'a grant to another team': [{ ...grant, subjectKind: 'team', subject: 'flight_ops' }],
  'a grant to a team that is called like the user': [{ ...grant, subjectKind: 'team', subject: 'u1' }],
  'a grant for another purpose': [{ ...grant, purposes: ['sales'] }],
  'a grant that lives on': [{ ...grant, expiresAt: NOON + 1 }],
  'a grant that expires now': [{ ...grant, expiresAt: NOON }],
  'a grant that expired': [{ ...grant, expiresAt: NOON - 1 }],
  'a grant on columns': [{ ...grant, columns: ['state', 'id'] }],
  'a grant on columns that are gone': [{ ...grant, columns: ['phone'] }],
  'a grant on no columns': [{ ...grant, columns: [] }],
  'two grants': [{ ...grant, columns: ['state'] }, { ...grant, id: 'g2', columns: ['id'] }],
  'two grants, one for another purpose': [{ ...grant, columns: ['state'] }, { ...grant, id: 'g2', purposes: ['sales'] }],
} as const satisfies Record<string, readonly Grant[]>
type State = keyof typeof STATES

const ANSWERS: Record<State, string> = {
  'no grant': 'deny (no-grant)',
  'a grant on everything': 'id email state (grant)',
  'a grant on this data set': 'id email state (grant)',
  'a grant on another data set': 'deny (no-grant, grant-elsewhere)',
  'a grant on another product': 'deny (no-grant)',
  'a grant on a product that is gone': 'deny (no-grant)',
  'a grant to someone else': 'deny (no-grant)',
  'a grant to a team': 'id email state (grant)',
  'a grant to another team': 'deny (no-grant)',
  'a grant to a team that is called like the user': 'deny (no-grant)',
  'a grant for another purpose': 'deny (purpose-not-granted)',
  'a grant that lives on': 'id email state (grant)',
  'a grant that expires now': 'deny (no-grant, grant-expired)',
  'a grant that expired': 'deny (no-grant, grant-expired)',
  'a grant on columns': 'id state (grant)',
  'a grant on columns that are gone': 'deny (nothing-visible)',
  'a grant on no columns': 'deny (nothing-visible)',
  'two grants': 'id state (grant, grant)',
  'two grants, one for another purpose': 'state (grant)',
}

describe('a read', () => {
  for (const state of Object.keys(STATES) as State[]) {
    for (const role of ROLES) {
      it(`by ${role === 'administrator' ? 'an' : 'a'} ${role} with ${state} gives ${ANSWERS[state]}`, () => {
        expect(answer(STATES[state], { subject: { ...ana, role } })).toBe(ANSWERS[state])
      })
    }
  }

  it('by the product\'s own team needs neither grant nor purpose, in any role', () => {
    const own = (role: Role): Subject => ({ ...ana, role, teams: ['customer_data'] })
    expect(ROLES.map((role) => answer([], { subject: own(role), purpose: undefined }))).toEqual(ROLES.map(() => 'id email state (own-team)'))
  })

  it('believes the compiled products about the team, not the question', () => {
    expect(answer([], { on: { product: { ...passengers, team: 'safety_lab' }, dataSet: people } })).toBe('deny (no-grant)')
  })

  it('of a product that the policy does not know is denied, to its own team too', () => {
    expect(answer([], { on: { product: { ...passengers, id: 'p9', team: 'safety_lab' }, dataSet: people } })).toBe('deny (unknown-product)')
  })

  it('of the mesh as a whole is denied', () => {
    expect(answer([grant], { on: {} })).toBe('deny (unknown-product)')
  })

  it('of a product without naming a data set is allowed where something of it is granted', () => {
    expect(answer([{ ...grant, dataSet: 'people' }], { on: { product: passengers } })).toBe(' (grant)')
    expect(answer([], { on: { product: passengers } })).toBe('deny (no-grant)')
  })

  it('of a data set without columns is denied', () => {
    expect(answer([grant], { on: { product: passengers, dataSet: { name: 'people', columns: [] } } })).toBe('deny (nothing-visible)')
  })
})

describe('a reason', () => {
  const reasons = (grants: readonly Grant[], purpose?: string): readonly string[] =>
    compilePolicy({ grants, products: [passengers] }).decide(ana, 'read', resource, purpose, { now: NOON, environment: 'prod' }).reasons.map((r) => r.text)

  it('names the grant that allows', () => {
    expect(reasons([grant], 'care')).toEqual(['Grant g1 allows it for the purpose care.'])
  })

  it('names the purposes that are open where one is missing', () => {
    expect(reasons([{ ...grant, purposes: ['safety', 'care'] }])).toEqual(['A purpose is needed. Open to you: care, safety.'])
  })

  it('names the purposes that are open where another one was given', () => {
    expect(reasons([grant], 'sales')).toEqual(['The purpose sales is not granted. Open to you: care.'])
  })

  it('says when a grant ended', () => {
    expect(reasons([{ ...grant, expiresAt: NOON }], 'care')).toEqual(['No grant lets ana read passengers.people.', 'Grant g1 expired at 2026-06-01T12:00:00.000Z.'])
  })
})

describe('the purposes open to a subject', () => {
  it('are those of living grants on the product, each once', () => {
    const policy = compilePolicy({
      products: [passengers, flights],
      grants: [grant, { ...grant, id: 'g2', purposes: ['safety', 'care'] }, { ...grant, id: 'g3', purposes: ['old'], expiresAt: NOON }, { ...grant, id: 'g4', productId: 'p2', purposes: ['elsewhere'] }],
    })
    expect(policy.openPurposes(ana, 'p1', { now: NOON, environment: 'prod' })).toEqual(['care', 'safety'])
  })
})
