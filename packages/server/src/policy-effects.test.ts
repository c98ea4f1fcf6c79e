// Two answers to one question, and what the second takes or gives. `policyEffects` itself is asked in the console's tests, over a whole mesh.

import { expect, it } from 'vitest'
import type { Decision } from '@tulle/policy'
import { differenceOf } from './policy-effects.ts'

const DENIED: Decision = { effect: 'deny', reasons: [] }
const allowed = (part: Partial<Extract<Decision, { effect: 'allow' }>> = {}): Decision => ({ effect: 'allow', columns: ['id', 'name'], masks: {}, obligations: [], reasons: [], ...part })
const where = (condition: string) => ({ rowFilter: { condition } as NonNullable<Extract<Decision, { effect: 'allow' }>['rowFilter']> })

it.each<readonly [string, Decision, Decision, ReturnType<typeof differenceOf>]>([
  ['nothing where both deny', DENIED, DENIED, undefined],
  ['nothing where both give the same', allowed({ masks: { name: 'left(name, 1)' }, ...where('a') }), allowed({ masks: { name: 'left(name, 1)' }, ...where('a') }), undefined],
  ['the whole of it lost', allowed(), DENIED, { effect: 'loses', says: ['may no longer read it'] }],
  ['the whole of it won', DENIED, allowed(), { effect: 'gains', says: ['may read it'] }],
  ['a column lost', allowed(), allowed({ columns: ['id'] }), { effect: 'loses', says: ['loses name'] }],
  ['a column masked', allowed(), allowed({ masks: { name: 'null' } }), { effect: 'loses', says: ['sees name masked'] }],
  ['a mask gone', allowed({ masks: { name: 'null' } }), allowed(), { effect: 'gains', says: ['sees name unmasked'] }],
  ['another mask', allowed({ masks: { name: 'null' } }), allowed({ masks: { name: 'left(name, 1)' } }), { effect: 'otherwise', says: ['sees name masked otherwise'] }],
  ['rows taken', allowed(), allowed(where('a > 1')), { effect: 'loses', says: ['no longer sees every row'] }],
  ['other rows', allowed(where('a > 2')), allowed(where('a > 1')), { effect: 'otherwise', says: ['sees other rows'] }],
  ['one taken, one given', allowed({ columns: ['id'] }), allowed({ columns: ['name'] }), { effect: 'otherwise', says: ['loses id', 'gains name'] }],
  ['other limits', allowed(), allowed({ limits: { rows: 10 } }), { effect: 'otherwise', says: ['has other limits'] }],
])('says %s', (_what, before, after, expected) => expect(differenceOf(before, after)).toEqual(expected))
