import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import type { Action, Role, Subject } from './types.ts'
import { ROLES } from './types.ts'

type Place = 'the mesh' | 'an own product' | 'a foreign product' | 'a new own product'
type Duty = Exclude<Action, 'read'>

const own = { id: 'p1', name: 'flights', domain: 'operations', team: 'flight_ops' }
const foreign = { id: 'p2', name: 'passengers', domain: 'customer', team: 'customer_data' }
const policy = compilePolicy({ grants: [], products: [own, foreign] })
const RESOURCES = {
  'the mesh': {},
  'an own product': { product: own },
  'a foreign product': { product: foreign },
  'a new own product': { product: { ...own, id: 'new' } },
}

const all: readonly Role[] = ROLES
const builders: readonly Role[] = ['administrator', 'owner', 'developer']
const planners: readonly Role[] = ['administrator', 'steward', 'owner', 'developer']

/** Which roles may do what where: the whole table, no cell left out. */
const ALLOWED: Record<Duty, Record<Place, readonly Role[]>> = {
  describe: { 'the mesh': all, 'an own product': all, 'a foreign product': all, 'a new own product': all },
  run: { 'the mesh': ['administrator'], 'an own product': builders, 'a foreign product': ['administrator'], 'a new own product': builders },
  write: { 'the mesh': ['administrator'], 'an own product': builders, 'a foreign product': ['administrator'], 'a new own product': builders },
  plan: { 'the mesh': planners, 'an own product': planners, 'a foreign product': planners, 'a new own product': planners },
  apply: { 'the mesh': ['administrator'], 'an own product': builders, 'a foreign product': ['administrator'], 'a new own product': builders },
  grant: { 'the mesh': ['administrator'], 'an own product': ['administrator', 'owner'], 'a foreign product': ['administrator'], 'a new own product': ['administrator', 'owner'] },
  approve: { 'the mesh': ['administrator', 'steward'], 'an own product': ['administrator', 'steward', 'owner'], 'a foreign product': ['administrator', 'steward'], 'a new own product': ['administrator', 'steward', 'owner'] },
  erase: { 'the mesh': ['administrator', 'steward'], 'an own product': ['administrator', 'steward'], 'a foreign product': ['administrator', 'steward'], 'a new own product': ['administrator', 'steward'] },
  elevate: { 'the mesh': ['steward', 'owner'], 'an own product': ['steward', 'owner'], 'a foreign product': ['steward', 'owner'], 'a new own product': ['steward', 'owner'] },
  administer: { 'the mesh': ['administrator'], 'an own product': ['administrator', 'owner'], 'a foreign product': ['administrator'], 'a new own product': ['administrator', 'owner'] },
}

describe('a duty', () => {
  for (const action of Object.keys(ALLOWED) as Duty[]) {
    for (const place of Object.keys(RESOURCES) as Place[]) {
      it(`to ${action} ${place} is for ${ALLOWED[action][place].join(', ')}`, () => {
        const may = all.filter((role) => {
          const subject: Subject = { id: 'u1', name: 'dora', kind: 'user', role, teams: ['flight_ops'] }
          return policy.decide(subject, action, RESOURCES[place], undefined, { now: 0, environment: 'prod' }).effect === 'allow'
        })
        expect(may.toSorted()).toEqual(ALLOWED[action][place].toSorted())
      })
    }
  }

  it('that is denied says why', () => {
    const dora: Subject = { id: 'u1', name: 'dora', kind: 'user', role: 'developer', teams: ['flight_ops'] }
    const why = (action: Duty, place: Place): string => policy.decide(dora, action, RESOURCES[place], undefined, { now: 0, environment: 'prod' }).reasons.map((r) => r.text).join(' ')
    expect(why('run', 'a foreign product')).toBe('dora does not belong to the team customer_data, whose members may run passengers.')
    expect(why('grant', 'an own product')).toBe('The role developer may not grant.')
  })
})

describe('describing', () => {
  it('a data set shows all its columns to everyone', () => {
    const stranger: Subject = { id: 'u9', name: 'bo', kind: 'user', role: 'consumer', teams: [] }
    const dataSet = { name: 'people', columns: [{ name: 'id' }, { name: 'email' }] }
    expect(policy.decide(stranger, 'describe', { product: foreign, dataSet }, undefined, { now: 0, environment: 'prod' })).toMatchObject({ effect: 'allow', columns: ['id', 'email'] })
  })
})
