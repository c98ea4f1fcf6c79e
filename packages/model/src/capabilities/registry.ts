// Brings the shipped capabilities and the platform team's own together: resolves presets, finds circles and unknown bases.

import { z } from 'zod'
import type { Diagnostic, Json, Place } from '@tulle/kernel'
import { fingerprintOf, orderByDependencies } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import type { ComponentDefinitionDocument } from '../kinds/component-definition.ts'
import { messages } from '../messages.ts'
import { checkShape } from '../shape/check-shape.ts'
import type { Capability, CapabilityRegistry } from '../types.ts'
import type { Path, PathPart } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import type { CapabilityDefinition } from './capability-definition.ts'
import type { CompiledSchema, SchemaCheck } from './compile-schema.ts'
import { compileSchema } from './compile-schema.ts'
import { plainValues, writtenPath } from './plain-values.ts'
import { literalSecrets, namingSecrets } from './secret-reference.ts'
import { SHIPPED_CAPABILITIES } from './shipped.ts'

// Stands in for a schema that is a finding itself.
const ACCEPT_ALL: SchemaCheck = () => []

/** What a component of a type is held to. */
export interface ResolvedCapability {
  readonly type: string
  readonly base: CapabilityDefinition
  /** Properties that presets give, innermost first, merged. */
  readonly preset: Readonly<Record<string, Json>>
  /** The platform team's own schemas, each with the names that it adds to the base's properties. */
  readonly schemas: readonly { readonly check: SchemaCheck; readonly adds: ReadonlySet<string> }[]
}

export interface CapabilityCatalogue {
  readonly registry: CapabilityRegistry
  resolve(type: string): ResolvedCapability | undefined
  /** True for a type that is defined, but wrongly: a component of it is no second mistake. */
  isRefused(type: string): boolean
  readonly types: readonly string[]
  /** Equal for catalogues that judge every product alike. */
  readonly fingerprint: string
}

/** A ComponentDefinition that has the shape of one. */
export interface DefinedCapability { readonly document: YamlDocument; readonly definition: ComponentDefinitionDocument }

/**
 * The catalogue, with whatever is wrong with the platform team's definitions. A wrong one is left out; `refused` are
 * names of definitions that could not even be read.
 */
export function buildCatalogue(defined: readonly DefinedCapability[], refused: readonly string[] = [], compiledSchemas?: Map<string, CompiledSchema>): { catalogue: CapabilityCatalogue; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const own = namedOnce(defined, diagnostics)
  const resolved = new Map<string, ResolvedCapability>(SHIPPED_CAPABILITIES.map((base) => [base.type, { type: base.type, base, preset: {}, schemas: [] }]))
  const listed = new Map<string, Capability>(SHIPPED_CAPABILITIES.map((definition) => [definition.type, describeShipped(definition)]))
  const isRefused = (type: string): boolean => !resolved.has(type) && (own.has(type) || refused.includes(type))
  const { order, circles } = orderByDependencies(new Map([...own].map(([name, each]) => [name, [each.definition.spec.presets]])))
  for (const circle of circles) diagnostics.push(messages['preset-circle']({ circle }, { place: own.get(circle[0] ?? '')?.document.place(['spec', 'presets']) }))
  for (const name of order) {
    const each = own.get(name)
    if (each === undefined) continue
    const base = each.definition.spec.presets
    const beneath = resolved.get(base)
    if (beneath !== undefined) {
      const made = resolveOwn(each, beneath, diagnostics, compiledSchemas)
      if (made === undefined) continue
      resolved.set(name, made)
      listed.set(name, describeOwn(each, made))
    } else if (!isRefused(base)) {
      const known = [...listed.keys(), ...own.keys()].filter((type) => type !== name)
      diagnostics.push(messages['unknown-base']({ name, base, known }, { place: each.document.place(['spec', 'presets']) }))
    }
  }
  return {
    catalogue: {
      registry: { list: () => [...listed.values()], find: (type) => listed.get(type) },
      resolve: (type) => resolved.get(type),
      isRefused,
      types: [...resolved.keys()],
      fingerprint: fingerprintOf({ own: [...own.values()].map((each) => each.definition as unknown as Json), refused }),
    },
    diagnostics,
  }
}

/** The definitions by name, without those that take a name which is taken. */
function namedOnce(defined: readonly DefinedCapability[], diagnostics: Diagnostic[]): ReadonlyMap<string, DefinedCapability> {
  const own = new Map<string, DefinedCapability>()
  for (const each of defined) {
    const { name } = each.definition.metadata
    const place = each.document.place(['metadata', 'name'])
    const first = own.get(name)
    if (SHIPPED_CAPABILITIES.some((shipped) => shipped.type === name)) diagnostics.push(messages['shipped-capability']({ name }, { place }))
    else if (first === undefined) own.set(name, each)
    else diagnostics.push(messages['duplicate-name']({ name, what: 'capabilities' }, { place, related: [{ place: first.document.place(['metadata', 'name']), message: 'The other one is here.' }] }))
  }
  return own
}

/** A definition upon the capability that it presets; undefined where its presets are refused. */
function resolveOwn(each: DefinedCapability, beneath: ResolvedCapability, diagnostics: Diagnostic[], compiledSchemas: Map<string, CompiledSchema> | undefined): ResolvedCapability | undefined {
  const { metadata, spec } = each.definition
  const schema = spec.schema as Json | undefined
  const compiled = schema === undefined ? undefined : compileSchema(schema, compiledSchemas)
  if (compiled !== undefined && 'reason' in compiled) diagnostics.push(messages['bad-json-schema'](compiled, { place: each.document.place(['spec', 'schema'], 'key') }))
  const written = (spec.properties ?? {}) as Record<string, Json>
  const preset = plainValues(written)
  const adds = propertyNames(schema)
  const wrong = checkPreset(preset, beneath, each.document, written, adds)
  addAll(diagnostics, wrong)
  if (wrong.length > 0) return undefined
  const schemas = compiled === undefined ? beneath.schemas : [...beneath.schemas, { check: 'reason' in compiled ? ACCEPT_ALL : compiled.check, adds }]
  return { type: metadata.name, base: beneath.base, preset: { ...beneath.preset, ...preset }, schemas }
}

/** The JSON Schema of a capability's properties, each value plain or wrapped. */
export function schemaOf(definition: CapabilityDefinition): Json {
  const schema = z.toJSONSchema(definition.properties, { io: 'input' }) as { properties?: Record<string, Json> }
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, plain]) => [name, wrappable(plain)]))
  return { ...(schema as Record<string, Json>), title: definition.title, description: definition.description, properties }
}

function wrappable(plain: Json): Json {
  const { description, ...rest } = plain as { description?: string; [key: string]: Json | undefined }
  return {
    ...(description !== undefined && { description }),
    anyOf: [rest, { type: 'object', properties: { value: rest }, required: ['value'], additionalProperties: false }],
  }
}

const describeShipped = (definition: CapabilityDefinition): Capability => {
  let schema: Json | undefined
  return {
    type: definition.type,
    title: definition.title,
    description: definition.description,
    baseType: definition.type,
    targets: definition.targets,
    get schema() {
      schema ??= schemaOf(definition)
      return schema
    },
  }
}

const describeOwn = (each: DefinedCapability, resolved: ResolvedCapability): Capability => {
  const { metadata, spec } = each.definition
  return {
    type: metadata.name,
    title: metadata.title ?? metadata.name,
    description: metadata.description ?? '',
    presets: spec.presets,
    baseType: resolved.base.type,
    targets: resolved.base.targets,
    get schema(): Json {
      return withPreset(schemaOf(resolved.base), resolved.preset, spec.schema as Json | undefined)
    },
    get place(): Place {
      return each.document.place(['metadata', 'name'])
    },
  }
}

/** The base's schema with the preset as defaults, and with what the platform team adds. */
function withPreset(base: Json, preset: Readonly<Record<string, Json>>, added: Json | undefined): Json {
  const schema = base as { properties: Record<string, Record<string, Json>>; required?: readonly string[]; additionalProperties?: Json }
  const own = (added ?? {}) as { properties?: Record<string, Json>; required?: readonly string[] }
  const properties = Object.fromEntries(Object.entries(schema.properties).map(([name, plain]) => [name, Object.hasOwn(preset, name) ? { ...plain, default: preset[name] as Json } : plain]))
  const required = [...new Set([...(schema.required ?? []).filter((name) => !Object.hasOwn(preset, name)), ...(own.required ?? []).filter((name) => !Object.hasOwn(preset, name))])]
  const news = Object.fromEntries(Object.entries(own.properties ?? {}).filter(([name]) => !Object.hasOwn(properties, name)).map(([name, plain]) => [name, wrappable(plain)]))
  const { required: _, ...rest } = schema
  return { ...(rest as Record<string, Json>), properties: { ...properties, ...news }, ...(required.length > 0 && { required }) }
}

function propertyNames(schema: Json | undefined): ReadonlySet<string> {
  const properties = (schema as { properties?: unknown } | undefined)?.properties
  return new Set(properties !== null && typeof properties === 'object' ? Object.keys(properties) : [])
}

/** Presets are partial: what they leave out, the product must give. */
function checkPreset(preset: Readonly<Record<string, Json>>, beneath: ResolvedCapability, document: YamlDocument, written: Readonly<Record<string, Json>>, adds: ReadonlySet<string>): readonly Diagnostic[] {
  const open = new Set([...adds, ...beneath.schemas.flatMap((schema) => [...schema.adds])])
  const known = Object.fromEntries(Object.entries(preset).filter(([name]) => !open.has(name) || Object.hasOwn(beneath.base.properties.shape, name)))
  const place = (path: Path, part?: PathPart): Place => document.place(['spec', 'properties', ...writtenPath(written, path)], part)
  const secrets = literalSecrets(namingSecrets(beneath.base.type, preset), place)
  return secrets.length > 0 ? secrets : checkShape({ value: known, schema: beneath.base.properties.partial(), place })
}

/** The registry of a mesh that defines no capability of its own. */
export const shippedCapabilities = (): CapabilityRegistry => buildCatalogue([]).catalogue.registry
