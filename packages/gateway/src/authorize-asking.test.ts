// Rules that ask Rego, at the one place where the gateway decides: every port that goes through it asks, and hears of a change.

import type { Result } from '@tulle/kernel'
import { compilePolicy } from '@tulle/policy'
import type { RegoAnswer } from '@tulle/policy'
import { describe, expect, it } from 'vitest'
import { createAuthorizer, shapeOf } from './authorize.ts'
import type { Authorizer } from './authorize.ts'
import type { Asker, ServedProduct, VisibleTable } from './types.ts'

const product: ServedProduct = {
  id: 'p', schema: 'guests', name: 'guests', domain: 'stay', team: 'owners',
  dataSets: [{ name: 'guests', columns: [{ name: 'id', type: 'long', fieldId: 1, required: true }, { name: 'city', type: 'string', fieldId: 2, required: false }] }],
}
const asker: Asker = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: 'care', purposes: ['care'] }
const policy = compilePolicy({
  products: [product], grants: [{ id: 'g', subjectKind: 'user', subject: 'ana', productId: 'p', purposes: ['care'] }],
  policies: [{ name: 'house', spec: { status: 'enforced', rules: [{ name: 'asks', rego: { entrypoint: 'tulle/decision', server: 'http://opa:8181' } }] } }],
})

function rig(answer: () => RegoAnswer | undefined): { readonly authorizer: Authorizer; readonly wait: () => void } {
  let now = 0
  const desk = answer() === undefined ? undefined : { ask: async (asks: readonly unknown[]) => asks.map(() => answer() ?? { failed: 'gone' }) }
  return {
    authorizer: createAuthorizer({
      rights: { version: () => 1, policy: () => policy, ...(desk !== undefined && { desk }) }, environment: 'prod', clock: { now: () => now, sleep: async () => undefined },
      data: { products: async () => [product], snapshot: async () => ({ ok: true, diagnostics: [], value: undefined }) },
    }),
    wait: () => { now += 1_000 },
  }
}
const NAMES = [{ schema: 'guests', name: 'guests' }]
const table = (result: Result<readonly VisibleTable[]>): VisibleTable => (result.ok ? (result.value[0] as VisibleTable) : expect.fail(result.diagnostics[0]?.message))

describe('the gateway', () => {
  it('gives what the answer leaves, and another shape when it is another', async () => {
    let answer: RegoAnswer = { value: { allow: true, hide: ['city'] } }
    const { authorizer, wait } = rig(() => answer)
    const before = table(await authorizer.authorize(asker, NAMES))
    expect(before.columns.map(({ name }) => name)).toEqual(['id'])
    expect(await authorizer.visible(asker)).toEqual([before])
    wait()
    expect(shapeOf(table(await authorizer.authorize(asker, NAMES)))).toBe(shapeOf(before))
    answer = { value: { allow: true, rows: ['id > 5'] } }
    wait()
    const after = table(await authorizer.authorize(asker, NAMES))
    expect([after.rowFilter?.condition, shapeOf(after) === shapeOf(before)]).toEqual(['("id" > 5)', false])
    answer = { failed: 'http://opa:8181 cannot be reached' }
    wait()
    const refused = await authorizer.authorize(asker, NAMES)
    expect(refused.diagnostics[0]?.message).toContain('http://opa:8181 cannot be reached')
    expect(await authorizer.visible(asker)).toEqual([])
  })

  it('gives nothing where there is nobody to ask', async () => {
    const { authorizer } = rig(() => undefined)
    expect((await authorizer.authorize(asker, NAMES)).diagnostics[0]).toMatchObject({ code: 'read-denied', message: expect.stringContaining('was not asked') })
  })
})
