// What the descriptions of kinds and capabilities print: JSON Schemas for editors and the reference page. The same
// descriptions validate, so what an editor offers is what the loader accepts.

import { z } from 'zod'
import type { Json } from '@tulle/kernel'
import { schemaOf } from './capabilities/registry.ts'
import { SHIPPED_CAPABILITIES } from './capabilities/shipped.ts'
import { accessGrantDocument } from './kinds/access-grant.ts'
import { componentDefinitionDocument } from './kinds/component-definition.ts'
import { dataDomainDocument } from './kinds/data-domain.ts'
import { dataProductDocument } from './kinds/data-product.ts'
import { meshDocument } from './kinds/mesh.ts'
import { policyCasesDocument } from './kinds/policy-cases.ts'
import { policyDocument } from './kinds/policy.ts'
import { processDomainDocument } from './kinds/process-domain.ts'
import { technicalTeamDocument } from './kinds/technical-team.ts'
import { printReferencePage } from './reference-page.ts'

/** A file that is generated from the descriptions; its path is relative to the repository. */
export interface Projection { readonly path: string; readonly text: string }

const KINDS = [
  { name: 'mesh', kind: 'Mesh', file: 'mesh.yaml', schema: meshDocument },
  { name: 'technical-team', kind: 'TechnicalTeam', file: 'teams/<team>.yaml', schema: technicalTeamDocument },
  { name: 'process-domain', kind: 'ProcessDomain', file: 'applications/<process domain>.yaml', schema: processDomainDocument },
  { name: 'data-domain', kind: 'DataDomain', file: 'domains/<domain>/domain.yaml', schema: dataDomainDocument },
  { name: 'data-product', kind: 'DataProduct', file: 'domains/<domain>/<product>/product.yaml', schema: dataProductDocument },
  { name: 'policy', kind: 'Policy', file: 'policies/<policy>.yaml, or domains/<domain>/policies/<policy>.yaml', schema: policyDocument },
  { name: 'policy-cases', kind: 'PolicyCases', file: 'policies/cases/<name>.yaml, or domains/<domain>/policies/cases/<name>.yaml', schema: policyCasesDocument },
  { name: 'access-grant', kind: 'AccessGrant', file: 'grants/<grant>.yaml', schema: accessGrantDocument },
  { name: 'component-definition', kind: 'ComponentDefinition', file: 'capabilities/<capability>.yaml', schema: componentDefinitionDocument },
] as const

/** JSON Schema (2020-12) by name: one per kind, one per shipped capability's properties. */
export function jsonSchemas(): Readonly<Record<string, Json>> {
  const kinds = KINDS.map(({ name, kind, schema }) => {
    const printed = z.toJSONSchema(schema, { io: 'input' }) as Record<string, Json>
    return [name, { ...printed, title: kind, ...(name === 'data-product' && { allOf: [componentsByType()] }) }] as const
  })
  const capabilities = SHIPPED_CAPABILITIES.map((capability) => [`capability.${capability.type}`, schemaOf(capability)] as const)
  return Object.fromEntries([...kinds, ...capabilities])
}

/** The reference of all kinds and shipped capabilities, in Markdown. */
export function referencePage(): string {
  const schemas = jsonSchemas()
  return printReferencePage({
    kinds: KINDS.map(({ name, kind, file }) => ({ kind, file, schema: schemas[name] ?? {} })),
    capabilities: SHIPPED_CAPABILITIES.map((capability) => ({ ...capability, schema: schemas[`capability.${capability.type}`] ?? {} })),
  })
}

/** Every generated file. A test compares them with the ones in the repository. */
export function projections(): readonly Projection[] {
  const schemas = Object.entries(jsonSchemas()).map(([name, schema]) => ({ path: `schemas/${name}.json`, text: `${JSON.stringify(schema, undefined, 2)}\n` }))
  return [{ path: 'docs/reference/mesh-files.md', text: referencePage() }, ...schemas]
}

/** For editors: a component's type decides the shape of its properties. Types of the platform team are open. */
function componentsByType(): Json {
  const cases = SHIPPED_CAPABILITIES.map(({ type, properties }) => {
    const required = z.toJSONSchema(properties, { io: 'input' }).required
    return {
      if: { properties: { type: { const: type } }, required: ['type'] },
      // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema; nobody awaits a schema
      then: { properties: { properties: { $ref: `capability.${type}.json` } }, ...(required !== undefined && { required: ['properties'] }) },
    }
  })
  return { properties: { spec: { properties: { components: { items: { allOf: cases } } } } } }
}
