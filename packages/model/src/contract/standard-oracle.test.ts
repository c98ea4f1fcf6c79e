// Our description of the standard against the standard's own JSON Schemas, over its examples and thousands of mutations
// of them: what the schema refuses, we refuse, and the other way round. Unknown keys are set aside, because we keep
// them with a warning.

import { describe, expect, it } from 'vitest'
import { Ajv2019 } from 'ajv/dist/2019.js'
import * as formats from 'ajv-formats'
import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { corpusFiles, readCorpus } from '../testing/corpora.ts'
import { parseContract } from './parse-contract.ts'

const schemas = corpusFiles('odcs/schema/odcs-json-schema-v3.{0.2,1.0}.json')
const examples = corpusFiles('odcs/docs/examples/{schema,quality,data-types,sla,roles,stakeholders,server}/*.yaml')

const UNKNOWN_KEY = new Set(['additionalProperties', 'unevaluatedProperties', 'if', 'oneOf', 'anyOf', 'not'])

/** Whether the standard's own schema accepts a contract, unknown keys aside. */
function oracle(): (contract: unknown) => boolean {
  const validators = schemas.map((path) => {
    const ajv = formats.default.default(new Ajv2019({ strict: false, allErrors: true, logger: false }))
    return ajv.compile(withoutClosing(JSON.parse(readCorpus(path))) as object)
  })
  return (contract) => {
    const declared = String((contract as { apiVersion?: unknown } | null)?.apiVersion)
    const [own, newest] = declared.startsWith('v3.0') ? [validators[0], validators[1]] : [validators[1], undefined]
    return own?.(contract) === true || newest?.(contract) === true
  }
}

function withoutClosing(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutClosing)
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(Object.entries(schema).filter(([key, value]) => !(UNKNOWN_KEY.has(key) && value === false)).map(([key, value]) => [key, withoutClosing(value)]))
}

type Step = { readonly pick: number; readonly change: 'delete' | 'number' | 'text' | 'null' | 'list' | 'object' | 'boolean' }

/** The same contract with one value deleted or replaced, wherever `pick` falls. */
function mutate(contract: unknown, step: Step): unknown {
  const copy = structuredClone(contract)
  const spots: [Record<string | number, unknown>, string | number][] = []
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      spots.push([node as Record<string | number, unknown>, key])
      walk((node as Record<string | number, unknown>)[key])
    }
  }
  walk(copy)
  const spot = spots[step.pick % spots.length]
  if (spot === undefined) return copy
  const [owner, key] = spot
  const values = { number: 7, text: 'text', null: null, list: ['x'], object: { x: 1 }, boolean: true }
  if (step.change !== 'delete') owner[key] = values[step.change]
  else if (Array.isArray(owner)) owner.splice(Number(key), 1)
  else delete owner[key]
  return copy
}

describe.skipIf(schemas.length === 0)('our description of the standard', () => {
  it('agrees with the standard\'s own JSON Schemas on mutated examples', () => {
    const accepts = oracle()
    const contracts = examples.map((path) => load(readCorpus(path)))
    const step: fc.Arbitrary<Step> = fc.record({ pick: fc.nat(), change: fc.constantFrom('delete', 'number', 'text', 'null', 'list', 'object', 'boolean') })
    fc.assert(
      fc.property(fc.constantFrom(...contracts), fc.array(step, { minLength: 1, maxLength: 2 }), (contract, steps) => {
        const mutated = steps.reduce(mutate, contract)
        fc.pre(!meetsQuirk(mutated))
        const parsed = parseContract(dump(mutated, { noRefs: true }), 'c.yaml')
        const refusedByUs = parsed.diagnostics.filter((d) => d.severity === 'error' && !OWN_RULES.has(d.code))
        expect({ accepted: refusedByUs.length === 0, contract: mutated, why: refusedByUs.map((d) => d.message) }).toMatchObject({ accepted: accepts(mutated) })
      }),
      { numRuns: 1_500, seed: 20_261_121 },
    )
  })
})

/**
 * Where the standard's schema does not say what the standard says: it looks at a `metric` only where it is a text, at
 * bounds only where there is a metric or a type, and holds options without a logical type to those of all types at once.
 */
function meetsQuirk(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false
  const object = node as Readonly<Record<string, unknown>>
  if (Object.hasOwn(object, 'metric') && typeof object['metric'] !== 'string') return true
  if (object['metric'] === undefined && object['type'] === undefined && Object.keys(object).some((key) => key.startsWith('must'))) return true
  if (Object.hasOwn(object, 'logicalTypeOptions') && typeof object['logicalType'] !== 'string') return true
  return Object.values(object).some(meetsQuirk)
}

// What the platform demands beyond the standard.
const OWN_RULES = new Set(['duplicate-column', 'bad-column-name', 'which-schema-object'])
