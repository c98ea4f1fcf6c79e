import { expect, it } from 'vitest'
import { defineWorkflow } from './define-workflow.ts'
import type { StepDefinition } from './types.ts'

const step = (name: string, more: Partial<StepDefinition> = {}): StepDefinition => ({ name, run: async () => ({ status: 'succeeded', output: null }), ...more })

it.each<[string, readonly StepDefinition[], readonly string[]]>([
  ['no steps', [], ['The workflow "w" cannot run: it has no steps.']],
  ['two steps of one name', [step('a'), step('a')], ['The workflow "w" cannot run: two steps are called "a".']],
  ['a name that is none', [step('A b')], ['The workflow "w" cannot run: "A b" is not a step name (lower case, digits, hyphens).']],
  [
    'limits that mean nothing', [step('a', { timeoutMilliseconds: 0, retry: { attempts: 0, delayMilliseconds: -1 } })],
    [
      'The workflow "w" cannot run: step "a" must be tried at least once.',
      'The workflow "w" cannot run: step "a" cannot wait a negative time.',
      'The workflow "w" cannot run: step "a" needs a time limit above zero.',
    ],
  ],
])('a workflow with %s is refused', (_case, steps, messages) => {
  const result = defineWorkflow({ name: 'w', steps })
  expect(result.ok).toBe(false)
  expect(result.diagnostics.map((d) => d.message)).toEqual(messages)
})

it('a defined workflow is frozen', () => {
  const result = defineWorkflow({ name: 'w', steps: [step('a')] })
  expect(result.ok && Object.isFrozen(result.value) && Object.isFrozen(result.value.steps)).toBe(true)
})
