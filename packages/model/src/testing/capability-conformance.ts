// The contract of a capability: a valid schema, words for people, examples that hold, mistakes that are refused where
// they stand. Whoever adds a capability with code holds it to this.

import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Json } from '@tulle/kernel'
import { checkComponent, propertiesOf } from '../capabilities/check-component.ts'
import type { CapabilityDefinition } from '../capabilities/capability-definition.ts'
import { schemaOf } from '../capabilities/registry.ts'
import { documentOf } from '../yaml/parse-yaml.ts'

/** One fact that must be true of a capability; `check` throws a sentence where it is not. */
export interface ConformanceCase { readonly name: string; readonly check: () => void }

/** The facts that hold for every capability: `for (const fact of capabilityConformance(mine)) it(fact.name, fact.check)`. */
export function capabilityConformance(capability: CapabilityDefinition): readonly ConformanceCase[] {
  const wrapped = (properties: Readonly<Record<string, Json>>) => Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, { value }]))
  const accepts = acceptorOf(capability)
  return [
    { name: `${capability.type} has a kebab-case type, a title, a description and targets`, check: () => checkWords(capability) },
    { name: `${capability.type} describes each of its properties`, check: () => checkDescriptions(capability) },
    { name: `${capability.type} prints a valid JSON Schema`, check: () => new Ajv2020({ strict: true, allowUnionTypes: true }).addFormat('uri', true).compile(schemaOf(capability) as object) },
    ...capability.examples.flatMap((properties, i) => [
      { name: `${capability.type} accepts its example ${i + 1}, plain and wrapped, as its schema does`, check: () => [properties, wrapped(properties)].forEach((each) => expectAccepted(capability, each, accepts)) },
      { name: `${capability.type} says what its example ${i + 1} adds to a product`, check: () => demand(typeof capability.contribute(properties).part === 'string', 'contribute() names no part.') },
    ]),
    ...capability.counterexamples.map((wrong, i) => ({
      name: `${capability.type} refuses its counterexample ${i + 1} with ${wrong.code} at its place, as its schema does`,
      check: () => expectRefused(capability, wrong, accepts),
    })),
    { name: `${capability.type} refuses an unknown property`, check: () => demand(codesOf(capability, { no_such_property: 1 }).includes('unknown-key'), 'It took no_such_property.') },
    { name: `${capability.type} has a counterexample`, check: () => demand(capability.counterexamples.length > 0, 'There is none.') },
  ]
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

function checkWords({ type, title, description, targets }: CapabilityDefinition): void {
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(type), `The type "${type}" is not kebab-case.`)
  demand(title.length > 2 && description.endsWith('.') && targets.length > 0, 'It lacks a title, a description that is a sentence, or targets.')
}

function checkDescriptions({ properties }: CapabilityDefinition): void {
  for (const [name, schema] of Object.entries(properties.shape)) demand((schema as { description?: string }).description !== undefined, `The property ${name} has no description.`)
}

function findingsFor(capability: CapabilityDefinition, properties: Readonly<Record<string, Json>>) {
  const resolved = { type: capability.type, base: capability, preset: {}, schemas: [] }
  const document = documentOf(JSON.stringify(properties), 'properties.yaml', properties)
  return { document, findings: checkComponent({ capability: resolved, properties: propertiesOf(resolved, properties), written: properties, document, at: [] }) }
}

const codesOf = (capability: CapabilityDefinition, properties: Readonly<Record<string, Json>>): readonly string[] => findingsFor(capability, properties).findings.map((d) => d.code)

function acceptorOf(capability: CapabilityDefinition): (properties: Json) => boolean {
  let validate: ((value: unknown) => boolean) | undefined
  return (properties) => {
    validate ??= new Ajv2020({ strict: false, logger: false }).addFormat('uri', (text: string) => URL.canParse(text)).compile(schemaOf(capability) as object) as (value: unknown) => boolean
    return validate(properties)
  }
}

function expectAccepted(capability: CapabilityDefinition, properties: Readonly<Record<string, Json>>, accepts: (properties: Json) => boolean): void {
  const { findings } = findingsFor(capability, properties)
  demand(findings.length === 0, `It is refused: ${findings.map((d) => d.message).join(' ')}`)
  demand(accepts(properties), 'The printed JSON Schema refuses it.')
}

function expectRefused(capability: CapabilityDefinition, wrong: CapabilityDefinition['counterexamples'][number], accepts: (properties: Json) => boolean): void {
  const { findings, document } = findingsFor(capability, wrong.properties)
  const expected = document.place(wrong.at, wrong.code === 'unknown-key' ? 'key' : 'value')
  const found = findings.find((d) => d.code === wrong.code)
  demand(found !== undefined, `It found ${findings.length === 0 ? 'nothing' : findings.map((d) => d.code).join(', ')} instead of ${wrong.code}.`)
  demand(found?.place?.column === expected.column, `${wrong.code} stands at column ${found?.place?.column}, not ${expected.column}.`)
  demand(!accepts(wrong.properties), 'The printed JSON Schema accepts it.')
}
