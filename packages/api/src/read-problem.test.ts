import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problem, toProblem } from './problem.ts'
import { readProblem } from './read-problem.ts'

const place = { file: 'product.yaml', line: 3, column: 5 }
const whole = { ...toProblem([{ code: 'unknown-product', severity: 'error', message: 'There is no product "x".', help: 'Did you mean "y"?', place, related: [{ place, message: 'see here' }] }]), detail: 'more' }

/** Every way to spoil one member, at any depth. */
function spoiled(value: unknown, put: unknown): unknown[] {
  if (Array.isArray(value)) return [put, ...value.flatMap((one, at) => spoiled(one, put).map((other) => value.with(at, other)))]
  if (typeof value !== 'object' || value === null) return [put]
  return [put, ...Object.entries(value).flatMap(([name, own]) => [...spoiled(own, put).map((other) => ({ ...value, [name]: other })), Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))])]
}

describe('an error of Tulle\'s', () => {
  it('is told from other answers as its schema tells it, whatever is spoiled', () => {
    const answers = [whole, ...[null, undefined, 1, '', [], {}, 'error'].flatMap((put) => spoiled(whole, put))]
    const verdicts = answers.map((answer) => problem.safeParse(answer).success)
    expect(answers.map((answer) => readProblem(answer) !== undefined)).toEqual(verdicts)
    // Control: both verdicts occur.
    expect([verdicts.includes(true), verdicts.includes(false)]).toEqual([true, true])
  })

  it('is never read out of any other value', () => {
    fc.assert(fc.property(fc.anything(), (answer) => {
      expect(readProblem(answer) !== undefined).toBe(problem.safeParse(answer).success)
    }))
  })
})
