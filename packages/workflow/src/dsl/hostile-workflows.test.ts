// Workflows that ask for too much, or for what they may not have: a limit that says its name, or a refusal with a reason.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { WorkflowWorld } from '../testing/workflow-world.ts'
import { publicServices, workflowWorld } from '../testing/workflow-world.ts'
import { LIMITS } from './limits.ts'

const flow = (tasks: string, rest = ''): string => `document: {dsl: '1.0.3', namespace: test, name: one, version: '0.1.0'}\n${rest}do:\n${tasks}`

let world: WorkflowWorld
beforeAll(async () => {
  world = await workflowWorld({ answer: publicServices, secrets: { token: 'hush-hush' }, workflows: [flow("  - again: {run: {workflow: {namespace: test, name: one, version: '0.1.0'}}}\n")] })
})
afterAll(() => world.close())

const faultOf = async (...given: Parameters<WorkflowWorld['run']>): Promise<string> => {
  const { outcome } = await world.run(...given)
  return outcome.ok ? `ended with ${JSON.stringify(outcome.output).slice(0, 200)}` : `${outcome.error.status} ${outcome.error.detail ?? ''}`
}

describe('a workflow that asks for too much', () => {
  it.each([
    ['tasks', flow('  - a:\n      switch:\n        - always: {when: .go, then: b}\n  - b:\n      set: {go: true}\n      then: a\n'), 'limit "tasksInRun"'],
    ['workflows in workflows', flow("  - again: {run: {workflow: {namespace: test, name: one, version: '0.1.0'}}}\n"), 'limit "nestedWorkflows"'],
    ['time in an expression', flow('  - a: {set: {x: "${ last(range(1e12)) }"}}\n'), 'limit "expressionMilliseconds"'],
    ['branches', flow(`  - a: {fork: {branches: [${Array.from({ length: LIMITS.branches + 1 }, (_, i) => `{b${i}: {set: {x: 1}}}`).join(', ')}]}}\n`), 'limit "branches"'],
    ['tries', flow("  - a:\n      try: [{b: {raise: {error: {type: 'https://x.test/e', status: 500}}}}]\n      catch: {retry: {delay: PT0S}}\n"), 'limit "retries"'],
  ])('for %s is stopped by a limit that says its name', async (_, text, limit) => {
    expect(await faultOf(text, { input: { go: true } })).toContain(limit)
  })

  it('is out of time when its time is over, wherever it is, and nothing inside of it catches that', async () => {
    const waiting = flow('  - a:\n      try:\n        - b: {wait: {hours: 2}}\n      catch: {do: [{c: {set: {caught: true}}}]}\n', 'timeout: {after: {hours: 1}}\n')
    expect(await faultOf(waiting)).toBe('408 The workflow is out of time.')
    const inner = flow('  - a:\n      try:\n        - b: {wait: {hours: 2}, timeout: {after: {minutes: 1}}}\n      catch: {errors: {with: {status: 408}}, do: [{c: {set: {caught: true}}}]}\n')
    expect(await faultOf(inner)).toBe('ended with {"caught":true}')
    const deaf = flow('  - a: {listen: {to: {one: {with: {type: never}}}}, timeout: {after: {minutes: 1}}}\n')
    expect(await faultOf(deaf)).toBe('408 The task /do/0/a is out of time.')
  })
})

describe('a workflow that asks for what it may not have', () => {
  it('runs no shell where the mesh does not allow it', async () => {
    const text = flow('  - a: {run: {shell: {command: id}}}\n')
    const { outcome } = await world.run(text, { host: { process: undefined } as never })
    expect(outcome).toMatchObject({ ok: false, error: { status: 403, detail: 'This mesh does not allow shell commands in workflows.' } })
    expect((await world.run(text)).outcome.ok).toBe(true)
  })

  it('sees secrets in what a call is given alone, and they are in no answer that is kept', async () => {
    const use = 'use: {secrets: [token]}\n'
    const call = flow("  - a:\n      call: http\n      with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/1', headers: {authorization: '${ \"Bearer \\($secrets.token)\" }'}, output: response}\n", use)
    const { outcome, journal, seen } = await world.run(call)
    expect(outcome.ok).toBe(true)
    expect(world.requests.at(-1)?.headers['authorization']).toBe('Bearer hush-hush')
    expect(JSON.stringify([outcome, [...journal.runs], seen])).not.toContain('hush-hush')
    expect(await faultOf(flow('  - a: {set: {x: "${ $secrets.token }"}}\n', use))).toMatch(/^400 .*\$secrets/u)
    expect(await faultOf(flow("  - a:\n      call: http\n      with: {method: get, endpoint: {uri: 'https://petstore.swagger.io/v2/pet/1', authentication: {bearer: {use: gone}}}}\n", 'use: {secrets: [gone]}\n'))).toBe('403 The secret "gone" is not there for this workflow.')
  })

  it.each([
    ['an input outside its schema', flow('  - a: {set: {x: 1}}\n', 'input: {schema: {document: {type: object, required: [id]}}}\n'), '400 The input of the workflow does not fit its schema: the value must have required property \'id\'.'],
    ['a collection that is none', flow('  - a: {for: {in: .x}, do: [{b: {set: {x: 1}}}]}\n'), '400 .x is no list to go through.'],
    ['an address that is none', flow('  - a: {call: http, with: {method: get, endpoint: "${ .x }"}}\n'), '400 null is no address to call.'],
  ])('is told of %s', async (_, text, why) => {
    expect(await faultOf(text)).toBe(why)
  })
})

describe('the flow of data', () => {
  it('hands on through any chain of tasks what jq makes of it, one after the other', async () => {
    const step = fc.constantFrom('.', '. + {a: 1}', '{b: .}', '[.]', '(. | tostring)', '{c: [., .]}')
    const input = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
    const cases = fc.sample(fc.record({ chain: fc.array(step, { minLength: 1, maxLength: 4 }), input: fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom('a', 'x'), input)) }), { numRuns: 40, seed: 5 })
    for (const { chain, input: given } of cases) {
      const tasks = chain.map((expression, i) => `  - t${i}: {set: '\${ ${expression} }'}\n`).join('')
      const whole = flow(`  - all: {set: '\${ ${chain.map((one) => `(${one})`).join(' | ')} }'}\n`)
      const [oneByOne, atOnce] = [await world.run(flow(tasks), { input: given }), await world.run(whole, { input: given })]
      // Where jq cannot, neither way can; which task says so differs.
      expect({ chain, ok: oneByOne.outcome.ok, output: oneByOne.outcome.ok && oneByOne.outcome.output }).toEqual({ chain, ok: atOnce.outcome.ok, output: atOnce.outcome.ok && atOnce.outcome.output })
    }
  })

  it('keeps input, context and output apart as the reference says', async () => {
    const text = flow(`  - a:
      input: {from: .user}
      set: {name: '\${ .name }', given: '\${ $input.name }'}
      output: {as: '{ named: .name, was: $input.name, raw: $task.output.given }'}
      export: {as: '{ seen: $output.named, before: $context }'}
  - b:
      set: {context: '\${ $context }', kept: '\${ . }'}
`, 'input: {from: "{ user: .person }"}\n').concat('output: {as: "{ result: . , context: $context }"}\n')
    const { outcome } = await world.run(text, { input: { person: { name: 'Ana' } } })
    const context = { seen: 'Ana', before: null }
    expect(outcome).toEqual({ ok: true, output: { result: { context, kept: { named: 'Ana', was: 'Ana', raw: 'Ana' } }, context } })
  })
})
