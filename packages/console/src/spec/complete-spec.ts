// What may be written at a place of a mesh document, by the JSON Schemas of its kinds and capabilities.

import type { Schema, Schemas } from './schema-types.ts'
import { CONTRACT } from './contract-words.ts'
import type { Spot } from './where-in-yaml.ts'

export interface Proposal { readonly label: string; readonly apply: string; readonly detail?: string; readonly info?: string; readonly isNeeded: boolean }

/** The schema of a document, by the `kind` that it says, else by where it lies; contracts of ODCS have words of their own. */
export function schemaOf(path: string, text: string, schemas: Schemas): Schema | undefined {
  const kind = /^kind: *["']?(\w+)/mu.exec(text)?.[1]
  if (kind === 'DataContract' || /\.odcs\.ya?ml$/u.test(path)) return CONTRACT
  const byKind = Object.entries(schemas).find(([name, { title }]) => !name.startsWith('capability.') && title === (kind === 'Application' ? 'DataProduct' : kind))?.[1]
  return byKind ?? schemas[PLACES.find(([place]) => place.test(path))?.[1] ?? '']
}

const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^mesh\.ya?ml$/u, 'mesh'], [/\/product\.ya?ml$/u, 'data-product'], [/\/domain\.ya?ml$/u, 'data-domain'], [/^teams\//u, 'technical-team'], [/(?:^|\/)policies\//u, 'policy'],
  [/^capabilities\//u, 'component-definition'], [/^applications\//u, 'process-domain'],
]

export function completeSpec(root: Schema, schemas: Schemas, { way, types, key, beside }: Spot): readonly Proposal[] {
  let here: readonly Schema[] = widen(root, root)
  let item = -1
  for (const step of way) {
    if (step === '#') item += 1
    const type = types[item]
    const capability = step === 'properties' && type !== undefined ? schemas[`capability.${type}`] : undefined
    here = capability !== undefined ? widen(capability, capability) : here.flatMap((schema) => below(schema, step, root))
  }
  if (key === undefined) return propertiesOf(here, beside)
  const isType = key === 'type' && way.at(-1) === '#' && way.at(-2) === 'components'
  const registered = isType ? Object.entries(schemas).flatMap(([name, { description }]) => (name.startsWith('capability.') ? [{ label: name.slice('capability.'.length), apply: name.slice('capability.'.length), isNeeded: false, ...(description !== undefined && { info: description }) }] : [])) : []
  return unique([...registered, ...here.flatMap((schema) => below(schema, key, root)).flatMap(valuesOf)])
}

function below(schema: Schema, step: string, root: Schema): readonly Schema[] {
  const next = step === '#' ? schema.items : (schema.properties?.[step] ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined))
  return next === undefined ? [] : widen(next, root)
}

/** A schema with all that it may be. */
function widen(schema: Schema, root: Schema, depth = 0): readonly Schema[] {
  if (depth > 8) return []
  const named = schema.$ref === undefined ? undefined : schema.$ref === '#' ? root : root.$defs?.[schema.$ref.replace(/^#\/(?:\$defs|definitions)\//u, '')]
  return [schema, ...[named, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((one) => (one === undefined ? [] : widen(one, root, depth + 1)))]
}

const propertiesOf = (here: readonly Schema[], beside: ReadonlySet<string>): readonly Proposal[] => unique(here.flatMap((schema) => Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
  if (beside.has(name)) return []
  const isNeeded = schema.required?.includes(name) === true
  const type = typeWords(property)
  return [{ label: name, apply: `${name}: `, isNeeded, ...(type !== undefined && { detail: isNeeded ? `${type}, needed` : type }), ...(property.description !== undefined && { info: property.description }) }]
})))

const typeWords = ({ type, enum: values }: Schema): string | undefined => (values !== undefined && values.length <= 4 ? values.join(' · ') : Array.isArray(type) ? type.join(' or ') : (type as string | undefined))

const valuesOf = ({ enum: values, const: only, type }: Schema): readonly Proposal[] =>
  [...(values ?? []), ...(only === undefined ? [] : [only]), ...(type === 'boolean' ? [true, false] : [])].map((value) => ({ label: String(value), apply: String(value), isNeeded: false }))

const unique = (proposals: readonly Proposal[]): readonly Proposal[] => [...new Map(proposals.map((one) => [one.label, one])).values()]
