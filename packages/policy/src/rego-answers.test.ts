// Rules that ask Rego: nothing is given before they were asked, and what they answer takes away and never adds.

import type { Json } from '@tulle/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import { decideAsking, REMEMBERED_MILLISECONDS } from './decide-asking.ts'
import type { RegoDesk } from './decide-asking.ts'
import { NOTHING_TAKEN } from './rego-answers.ts'
import type { AppliedPolicy, Decision, RegoAnswer, RegoAsk, Resource, Subject } from './types.ts'

const product = { id: 'p', name: 'guests', domain: 'stay', team: 'owners' }
const columns = [{ name: 'id', type: 'long' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'city', type: 'string' }]
const resource: Resource = { product, dataSet: { name: 'guests', columns } }
const ana: Subject = { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [], attributes: { city: 'Oslo' } }
const ASKS = { name: 'asks', because: 'The board wants it.', rego: { entrypoint: 'tulle/decision', server: 'http://opa:8181' } }
const policyOf = (...rules: readonly Json[]): AppliedPolicy => ({ name: 'house', spec: { status: 'enforced', rules } })
const grant = { id: 'g', subjectKind: 'user' as const, subject: 'ana', productId: 'p', purposes: ['care'] }
const compiled = (...rules: readonly Json[]) => compilePolicy({ grants: [grant], products: [product], policies: [policyOf(...rules)], secret: 's' })
const decide = (rules: readonly Json[], answer?: RegoAnswer, purpose: string | undefined = 'care'): Decision =>
  compiled(...rules).decide(ana, 'read', resource, purpose, { now: 0, environment: 'prod', ...(answer !== undefined && { answers: () => answer }) })
const texts = (decision: Decision): string => decision.reasons.map(({ text }) => text).join(' ')

describe('a rule that asks Rego', () => {
  it('denies for as long as nobody asked, and says whom to ask about what', () => {
    const decision = decide([ASKS])
    expect(decision).toMatchObject({ effect: 'deny', reasons: [{ rule: 'policy house.asks', text: 'The policy house.asks was not asked, so nothing is given. The board wants it.' }] })
    expect(decision.effect === 'deny' ? decision.asks : undefined).toEqual([{
      rule: 'house.asks', source: ASKS.rego,
      input: {
        action: 'read', purpose: 'care', environment: 'prod',
        subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [], domains: [], attributes: { city: 'Oslo' } },
        product: { name: 'guests', domain: 'stay', team: 'owners' },
        data_set: { name: 'guests', columns: [{ name: 'id', type: 'long', classification: '' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'city', type: 'string', classification: '' }] },
      },
    }])
  })

  it.each<readonly [why: string, rules: readonly Json[], purpose: string | undefined]>([
    ['nothing is granted', [ASKS], 'other'], ['another rule denies', [ASKS, { name: 'no', deny: true }], 'care'], ['it is for others', [{ ...ASKS, to: { users: ['bo'] } }], 'care'], ['it is about other data', [{ ...ASKS, on: { products: ['other'] } }], 'care'],
  ])('asks nobody where %s', (_, rules, purpose) => {
    expect(decide(rules, undefined, purpose)).not.toHaveProperty('asks')
  })

  it('in grace asks nobody, and is told of', () => {
    const decision = compilePolicy({ grants: [grant], products: [product], policies: [{ name: 'house', spec: { status: 'grace', rules: [ASKS] } }] }).decide(ana, 'read', resource, 'care', { now: 0, environment: 'prod' })
    expect(decision).toMatchObject({ effect: 'allow', obligations: [expect.stringContaining('asks http://opa:8181 (tulle/decision)')] })
  })

  it('takes what is answered', () => {
    expect(decide([ASKS], { value: { allow: true, hide: ['id'], masks: { email: { kind: 'partial', first: 1 } }, rows: ['city = {subject.city}', `id > 3`] } })).toMatchObject({
      effect: 'allow', columns: ['email', 'city'], masks: { email: expect.stringContaining('left("email", 1)') }, rowFilter: { condition: `("city" = 'Oslo') AND ("id" > 3)` },
      reasons: expect.arrayContaining([expect.objectContaining({ rule: 'policy house.asks', text: 'The policy house.asks hides id. The board wants it.' })]),
    })
    expect(decide([ASKS], { value: true })).toMatchObject({ effect: 'allow', columns: ['id', 'email', 'city'], masks: {} })
  })

  it.each<readonly [why: string, answer: RegoAnswer, says: string]>([
    ['false', { value: false }, 'denies it. The board'], ['an allow that is false, with words', { value: { allow: false, deny: ['Not\u202E today.'] } }, 'denies it. Not  today. The board'], ['an allow with a deny', { value: { allow: true, deny: ['No.'] } }, 'denies it. No.'], ['a deny that is true', { value: { allow: true, deny: true } }, 'denies it'],
    ['nothing', { failed: 'http://opa:8181 cannot be reached' }, 'gives no answer, so nothing is given: http://opa:8181 cannot be reached.'], ['null', { value: null }, 'neither true, false'], ['a list', { value: [] }, 'neither true, false'], ['a text', { value: 'true' }, 'neither true, false'], ['no allow', { value: {} }, 'does not say "allow"'], ['an allow of another type', { value: { allow: 'yes' } }, 'does not say "allow"'],
    ['an unknown word', { value: { allow: true, grant: ['everything'] } }, '"grant", which nobody knows'], ['a column that is not there', { value: { allow: true, hide: ['emial'] } }, '"emial", which is not there'], ['a mask of a column that is not there', { value: { allow: true, masks: { emial: { kind: 'null' } } } }, '"emial"'],
    ['a mask that is none', { value: { allow: true, masks: { email: { kind: 'show' } } } }, 'cannot be read'], ['masks that are a list', { value: { allow: true, masks: [] } }, 'of another type'], ['rows that are numbers', { value: { allow: true, rows: [1] } }, 'of another type'], ['a hide without a name', { value: { allow: true, hide: true } }, '"", which is not there'],
    ['a condition that reads a table', { value: { allow: true, rows: ['id in (select 1)'] } }, 'cannot tell which rows'], ['a condition on a column that is not there', { value: { allow: true, rows: ['wage > 1'] } }, 'the column wage'], ['everything hidden', { value: { allow: true, hide: ['id', 'email', 'city'] } }, 'hides id, email, city'],
    ['a name of every object', { value: JSON.parse('{"allow": true, "masks": {"__proto__": {"kind": "null"}}}') as Json }, '"__proto__"'],
  ])('that answers %s denies', (_, answer, says) => {
    const decision = decide([ASKS], answer)
    expect(decision.effect).toBe('deny')
    expect(decision).not.toHaveProperty('asks')
    expect(texts(decision)).toContain(says)
  })

  it('may be looked past only where nothing is read', () => {
    expect(compiled(ASKS).decide(ana, 'read', resource, 'care', { now: 0, environment: 'prod', answers: NOTHING_TAKEN }).effect).toBe('allow')
    // Nothing of it stays.
    expect(decide([ASKS]).effect).toBe('deny')
  })

  const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
  const rules = fc.array(one<Readonly<Record<string, Json>>>({ on: { columns: ['email'] }, mask: { kind: 'null' } }, { on: { columns: ['email', 'city'] }, mask: { kind: 'partial', first: 3 } }, { rows: { where: `city = 'Oslo'` } }, { on: { columns: ['id'] }, deny: true }, { deny: true }, { allow: true }, { limits: { rows: 5 } }), { maxLength: 4 })
    .map((list) => list.map((rule, i): Json => ({ name: `r${i}`, ...rule })))
  const answers = fc.oneof(fc.jsonValue().map((value) => value as Json), fc.record({
    allow: one<Json>(true, true, true, false, 'x'), deny: one<Json>([], [], ['no'], false), hide: one<Json>([], ['id'], ['email'], ['other']), rows: one<Json>([], ['id > 1'], ['true or true'], ['1 = 1'], ['id = (select 1)']),
    masks: one<Json>({}, { email: { kind: 'partial', first: 9 } }, { city: { kind: 'null' } }, { email: { kind: 'custom', sql: 'email' } }, { id: { kind: 'constant', value: 5 } }),
  }, { requiredKeys: [] }).map((value) => value as Json))

  it('never adds to what is given without it, whatever it answers', () => {
    let given = 0
    fc.assert(fc.property(rules, answers, (others, value) => {
      const [without, asked] = [decide(others), decide([...others, ASKS], { value })]
      if (asked.effect === 'deny') return
      given += 1
      if (without.effect === 'deny') return expect.fail('it gave what was denied')
      expect(without.columns).toEqual(expect.arrayContaining([...asked.columns]))
      const [mine, theirs] = [asked.rowFilter?.condition.split(' AND ') ?? [], without.rowFilter?.condition.split(' AND ') ?? []]
      expect(mine).toEqual(expect.arrayContaining(theirs))
      expect(asked.limits).toEqual(without.limits)
      for (const column of asked.columns) {
        if (without.masks[column] === undefined) continue
        // A mask that stood there stands, or a stricter one.
        expect([without.masks[column], 'NULL', '5']).toContain(asked.masks[column])
      }
    }), { numRuns: 500 })
    expect(given).toBeGreaterThan(20)
  })
})

describe('asking', () => {
  const deskOf = (answer: () => RegoAnswer): RegoDesk & { readonly heard: (readonly RegoAsk[])[] } => {
    const heard: (readonly RegoAsk[])[] = []
    return { heard, ask: async (asks) => {
      heard.push(asks)
      return asks.map(answer)
    } }
  }
  const policy = compiled(ASKS, { name: 'more', rego: { entrypoint: 'tulle/more', server: 'http://opa:8181' } })
  const ask = (desk: RegoDesk | undefined, now: number, from = policy) => decideAsking(from, desk, { subject: ana, resource, purpose: 'care', context: { now, environment: 'prod' } })

  it('without a desk is a denial', async () => {
    expect(await ask(undefined, 0)).toMatchObject({ effect: 'deny' })
  })

  it('asks all at once, and remembers it for less than half a second', async () => {
    let value: Json = true
    const desk = deskOf(() => ({ value }))
    const first = await ask(desk, 1_000)
    expect(first.effect).toBe('allow')
    value = false
    expect(await ask(desk, 1_000 + REMEMBERED_MILLISECONDS - 1)).toBe(first)
    expect((await ask(desk, 1_000 + REMEMBERED_MILLISECONDS)).effect).toBe('deny')
    expect(desk.heard.map((asks) => asks.map(({ rule }) => rule))).toEqual([['house.asks', 'house.more'], ['house.asks', 'house.more']])
  })

  it('gives the same object for the same answers, by which ports see that nothing changed', async () => {
    const desk = deskOf(() => ({ value: { allow: true, rows: ['id > 1'] } }))
    const first = await ask(desk, 0)
    expect([await ask(desk, 1_000), await ask(desk, 9_000)]).toEqual([first, first])
    expect(await ask(desk, 20_000)).toBe(first)
    expect(desk.heard).toHaveLength(4)
  })

  it('is asked anew when rights changed, and when the clock was set back', async () => {
    const desk = deskOf(() => ({ value: true }))
    await ask(desk, 5_000)
    await ask(desk, 4_000)
    await ask(desk, 4_100, compiled(ASKS))
    expect(desk.heard).toHaveLength(3)
  })

  it('denies where one of several does', async () => {
    const desk: RegoDesk = { ask: async (asks) => asks.map(({ rule }): RegoAnswer => (rule === 'house.more' ? { failed: 'it is gone' } : { value: true })) }
    expect(await ask(desk, 0)).toMatchObject({ effect: 'deny', reasons: [{ rule: 'policy house.more' }] })
  })
})
