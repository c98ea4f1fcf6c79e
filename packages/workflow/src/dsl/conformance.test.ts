// The conformance scenarios of the specification, in its own words, with the public hosts that they call on this machine.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import type { Ran, WorkflowWorld } from '../testing/workflow-world.ts'
import { publicServices, workflowWorld } from '../testing/workflow-world.ts'

interface Scenario { readonly feature: string; readonly scenario: string; readonly steps: readonly { readonly step: string; readonly text?: string }[] }

const FILE = resolve(import.meta.dirname, '../../../../../shared/corpora/serverless-workflow/conformance.json')
const isThere = existsSync(FILE)
const scenarios = isThere ? JSON.parse(readFileSync(FILE, 'utf8')) as readonly Scenario[] : []

let world: WorkflowWorld
beforeAll(async () => {
  world = await workflowWorld({ answer: publicServices })
})
afterAll(() => world.close())

describe.skipIf(!isThere)('the conformance scenarios (absent where the corpus is)', () => {
  it('are 21', () => expect(scenarios.length).toBe(21))
  it.each(scenarios.map((one) => [`${one.feature}: ${one.scenario}`, one] as const))('%s', async (_, { steps }) => {
    let definition = ''
    let input: Json = {}
    let ran: Ran | undefined
    for (const { step, text = '' } of steps) {
      if (step === 'Given a workflow with definition:') definition = text
      else if (step === 'And given the workflow input is:') input = value(text)
      else if (step === 'When the workflow is executed') ran = await world.run(definition, { input })
      else judge(step.replace(/^(?:Then|And) /u, ''), text, ran as Ran)
    }
    expect.hasAssertions()
  })
})

function judge(step: string, text: string, { outcome, seen }: Ran): void {
  const output = outcome.ok ? outcome.output : null
  const order = seen.filter((one) => one.status === 'started').map((one) => one.reference.split('/').at(-1))
  const cases: readonly (readonly [RegExp, (...groups: readonly string[]) => void])[] = [
    [/^the workflow should complete$/u, () => expect(outcome).toMatchObject({ ok: true })],
    [/^the workflow should complete with output:$/u, () => expect(outcome).toEqual({ ok: true, output: value(text) })],
    [/^the workflow should fault$/u, () => expect(outcome.ok).toBe(false)],
    [/^the workflow should fault with error:$/u, () => expect(outcome).toMatchObject({ ok: false, error: value(text) as object })],
    [/^the workflow output should have properties (.+)$/u, (names = '') => {
      for (const name of names.split(', ').map((one) => one.slice(1, -1))) expect(at(output, name), name).toBeDefined()
    }],
    [/^the workflow output should have a '([^']+)' property with value:$/u, (name = '') => expect(at(output, name)).toEqual(value(text))],
    [/^the workflow output should have a '([^']+)' property containing (\d+) items$/u, (name = '', count = '') => expect(at(output, name)).toHaveLength(Number(count))],
    [/^(\w+) should run first$/u, (name) => expect(order[0]).toBe(name)],
    [/^(\w+) should run last$/u, (name) => expect(order.at(-1)).toBe(name)],
    [/^(\w+) should run after (\w+)$/u, (later = '', earlier = '') => expect(order.indexOf(later)).toBeGreaterThan(order.indexOf(earlier))],
  ]
  const found = cases.find(([pattern]) => pattern.test(step))
  if (found === undefined) throw new Error(`nobody judges "${step}"`)
  found[1](...(found[0].exec(step) ?? []).slice(1))
}

const at = (root: Json, path: string): unknown => path.split('.').reduce<unknown>((one, key) => (one as Record<string, unknown> | null)?.[key], root)

function value(text: string): Json {
  const yaml = parseYaml(text, 'scenario.yaml')
  if (!yaml.ok) throw new Error(JSON.stringify(yaml.diagnostics))
  return yaml.value.value
}
