import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { parsePlan } from './parse-plan.ts'
import { planBetween } from './testing/expect-plan.ts'

type Members = Record<string, Json>
const saved = (): Members => JSON.parse(JSON.stringify(planBetween({ after: { products: { flights: { dataSets: { flights: { columns: { delay: 'int' } } } } } } }))) as Members
const stage = (plan: Members, index: number): Members => (plan['stages'] as Members[])[index] as Members
const change = (plan: Members, of: number, index: number): Members => (stage(plan, of)['changes'] as Members[])[index] as Members

describe('a saved plan', () => {
  it('is read back', () => {
    expect(parsePlan(saved())).toMatchObject({ ok: true })
  })

  const FORGED: Readonly<Record<string, readonly [(plan: Members) => void, string]>> = {
    'whose stage lost a change': [(plan) => void (stage(plan, 2)['changes'] as Json[]).pop(), 'it was changed after it was made'],
    'whose options were widened': [(plan) => void (plan['options'] = { prune: true, allowDestroy: true, allowBreaking: true }), 'it was changed after it was made'],
    'whose refusal was turned around': [(plan) => void (plan['applyable'] = false), 'it was changed after it was made'],
    'whose spec was edited': [(plan) => void ((change(plan, 2, 0)['desired'] as Members)['spec'] = { name: 'other' }), 'stage 3 was changed at data-product:flights after it was made'],
    'whose create became a destroy': [(plan) => { change(plan, 2, 0)['action'] = 'destroy'; delete change(plan, 2, 0)['desired'] }, 'stage 3 would destroy data-product:flights out of order'],
    'whose product would leave the warehouse': [(plan) => void (change(plan, 2, 0)['product'] = '../other'), 'stage 3 gives data-product:flights to no product'],
    'whose change speaks of two resources': [(plan) => void ((change(plan, 2, 0)['desired'] as Members)['ref'] = 'data-product:x'), 'stage 3 speaks of another resource than data-product:flights'],
    'of an unknown kind of stage': [(plan) => void (stage(plan, 0)['kind'] = '__proto__'), 'stage 1 is of an unknown kind'],
    'of another format': [(plan) => void (plan['format'] = 2), 'its format is not 1'],
    'without a basis': [(plan) => void delete plan['basis'], 'it names no basis'],
  }
  for (const [forged, [forge, problem]] of Object.entries(FORGED)) {
    it(`${forged} is refused`, () => {
      const plan = saved()
      forge(plan)
      expect(parsePlan(plan)).toMatchObject({ ok: false, diagnostics: [{ code: 'plan-invalid', message: `This is not a plan as tulle plan made it: ${problem}.` }] })
    })
  }

  it('is never thrown at', () => {
    for (const json of [null, 1, 'plan', [], {}, { format: 1 }, { format: 1, stages: null }] as Json[]) expect(parsePlan(json).ok).toBe(false)
  })
})
