// What the platform offers to products, with the schema of each.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { json, named } from './nouns.ts'

const capabilitySummary = z.object({
  type: z.string(),
  title: z.string(),
  description: z.string(),
  /** The capability that this one presets; left out for a shipped one. */
  presets: z.string().optional(),
  targets: z.array(z.string()),
}).meta({ id: 'CapabilitySummary' })
export type CapabilitySummary = z.infer<typeof capabilitySummary>

const capability = capabilitySummary.extend({
  baseType: z.string(),
  /** JSON Schema (2020-12) of a component's `properties`. */
  schema: json,
}).meta({ id: 'Capability' })
export type Capability = z.infer<typeof capability>

export const capabilityEndpoints = {
  listCapabilities: {
    method: 'GET', path: '/capabilities', tag: 'capabilities', auth: 'signed-in',
    summary: 'Lists what components may be of.',
    response: z.object({ capabilities: z.array(capabilitySummary) }),
  },
  getCapability: {
    method: 'GET', path: '/capabilities/:type', tag: 'capabilities', auth: 'signed-in',
    summary: 'Shows one capability with the JSON Schema of its properties.',
    params: z.object({ type: named }),
    response: capability,
    errors: ['unknown-capability'],
  },
} as const satisfies Record<string, Endpoint>
