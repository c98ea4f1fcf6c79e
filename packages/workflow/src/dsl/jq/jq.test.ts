import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { openJq } from './jq.ts'
import { readSimple } from './simple-expression.ts'

const jq = openJq()
const impatient = openJq({ expressionMilliseconds: 300, expressionOutputBytes: 1_000, expressionCharacters: 100 })
afterAll(async () => {
  await jq.close()
  await impatient.close()
})
const ask = (expression: string, input: Json = null, variables: Record<string, Json> = {}, from = jq) => from.evaluate({ expression, input, variables, now: 5_000 })

describe('an expression', () => {
  it.each<[string, string, Json, Json]>([
    ['a path', '.a.b', { a: { b: 1 } }, 1],
    ['one value of several filters', '.[] | select(. > 1)', [1, 2], 2],
    ['several values as a list', '.[]', [1, 2], [1, 2]],
    ['no value as null', 'empty', 1, null],
    ['a comment at its end', '. # all of it', 1, 1],
    ['the moment of the run, not this one', 'now', null, 5],
    ['no environment', '[env, $ENV]', null, [{}, {}]],
    ['nothing but its own input', '[inputs]', 1, []],
  ])('gives %s', async (_, expression, input, value) => {
    expect(await ask(expression, input)).toEqual({ ok: true, value })
  })

  it.each([
    ['an error of its own', 'error("no luck")', 'no luck'],
    ['an operation on the wrong type', '.a', 'Cannot index number with string ("a")'],
    ['what is no expression', '.a |', 'syntax error, unexpected \')\''],
    ['an unknown variable', '$nobody', '$nobody is not defined'],
    ['the end of jq', 'halt', 'halt is not there in a workflow'],
    ['several expressions by closing the bracket', '.) , (1', undefined],
  ])('says of %s why', async (_, expression, why) => {
    const outcome = await ask(expression, 1)
    if (why === undefined) expect(outcome.ok).toBe(true)
    else expect(outcome).toMatchObject({ ok: false, why: expect.stringContaining(why) as string })
  })

  it.each([
    ['time', 'last(range(1e12))', 'expressionMilliseconds'],
    ['output', '"x" * 5000', 'expressionOutputBytes'],
    ['text', `"${'x'.repeat(200)}" | length`, 'expressionCharacters'],
  ])('that needs too much %s is stopped by a limit that says its name, and the next one is answered', async (_, expression, limit) => {
    expect(await ask(expression, null, {}, impatient)).toMatchObject({ ok: false, why: expect.stringContaining(`limit "${limit}"`) as string })
    expect(await ask('1 + 1', null, {}, impatient)).toEqual({ ok: true, value: 2 })
  })

  it('that needs too much memory is told so, and the next one is answered by another jq', async () => {
    expect(await ask('"x" * 1e9 | length', null)).toMatchObject({ ok: false, why: expect.stringContaining('limit "expressionMemory"') as string })
    expect(await ask('1 + 1', null)).toEqual({ ok: true, value: 2 })
  })

  it('one that fails among many alike spoils no other', async () => {
    const outcomes = await Promise.all([1, 2, 'x', 4].map((input) => ask('. * 10 / 2', input)))
    expect(outcomes.map((o) => (o.ok ? o.value : 'failed'))).toEqual([5, 10, 'failed', 20])
  })

  it('the quick reading says what jq says, wherever it says something', async () => {
    const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
    const path = fc.array(fc.constantFrom('.a', '.b', '.["c d"]', '[0]', '.[1]', '."a"'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('').replace(/^\[/u, '.['))
    const operand = fc.oneof(path, path.map((p) => `$v${p.startsWith('.[') ? p.slice(1) : p}`), fc.constantFrom('.', '$v', '1', '-3', '"a"', 'true', 'null', 'false'))
    const comparison = fc.oneof(operand, fc.tuple(operand, fc.constantFrom(' == ', ' != ', '=='), operand).map((parts) => parts.join('')))
    const expression = fc.array(fc.tuple(comparison, fc.constantFrom(' and ', ' or ')), { minLength: 1, maxLength: 3 }).map((parts) => parts.map(([one, word], i) => (i === 0 ? one : `${word}${one}`)).join(''))
    const keyed = fc.record({ a: json, b: json, 'c d': json }, { requiredKeys: [] }) as fc.Arbitrary<Json>
    const cases = fc.sample(fc.record({ expression, input: fc.oneof(keyed, json, fc.array(keyed)), v: fc.oneof(keyed, json) }), { numRuns: 300, seed: 7 })
    let quick = 0
    await Promise.all(cases.map(async ({ expression, input, v }) => {
      const said = readSimple(expression)?.({ input, variables: { v } })
      if (said === undefined) return
      quick += 1
      // An expression that the quick reading does not know, with the same meaning.
      expect({ expression, input, outcome: await ask(`(${expression})|.`, input, { v }) }).toEqual({ expression, input, outcome: { ok: true, value: said } })
    }))
    expect(quick).toBeGreaterThan(100)
  })
})
