// Every shipped capability keeps the contract of capabilities.

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { capabilityConformance } from '../testing/index.ts'
import { defineCapability } from './capability-definition.ts'
import { SHIPPED_CAPABILITIES } from './shipped.ts'

describe.each(SHIPPED_CAPABILITIES.map((capability) => [capability.type, capability] as const))('%s', (_, capability) => {
  it.each(capabilityConformance(capability).map((fact) => [fact.name, fact.check] as const))('%s', (_, check) => check())
})

describe('the conformance suite', () => {
  const careless = defineCapability({
    type: 'Careless',
    title: '',
    description: 'no sentence',
    targets: [],
    properties: z.object({ path: z.string() }),
    examples: [{ path: 1 }],
    counterexamples: [{ properties: { path: 'fine' }, code: 'wrong-type', at: ['path'] }],
    contribute: () => ({ part: 'description' }),
  })
  it('fails a capability that breaks its contract, fact by fact', () => {
    const failed = capabilityConformance(careless).filter(({ check }) => {
      try {
        check()
        return false
      } catch {
        return true
      }
    })
    expect(failed.map((fact) => fact.name)).toEqual([
      'Careless has a kebab-case type, a title, a description and targets',
      'Careless describes each of its properties',
      'Careless accepts its example 1, plain and wrapped, as its schema does',
      'Careless refuses its counterexample 1 with wrong-type at its place, as its schema does',
      'Careless refuses an unknown property',
    ])
  })
})
