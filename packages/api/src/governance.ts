// How far the mesh keeps its own rules, and what the platform is made of.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'

const coverage = z.object({
  product: z.string(),
  title: z.string(),
  domain: z.string(),
  team: z.string(),
  dataSets: z.number(),
  /** Of `dataSets`, those with a contract. */
  contracted: z.number(),
  columns: z.number(),
  classified: z.number(),
  described: z.number(),
  serviceLevels: z.number(),
  /** Columns that nobody classified, as `data_set.column`; the first hundred. */
  unclassified: z.array(z.string()),
}).meta({ id: 'Coverage' })
export type Coverage = z.infer<typeof coverage>

const platform = z.object({
  version: z.string(),
  environment: z.string(),
  /** Whether engines are users of their own on this machine, or processes alone. */
  isolation: z.enum(['user', 'process']),
  health: z.array(z.object({ name: z.string(), state: z.enum(['well', 'watch', 'broken']), says: z.string() })),
  /** Capabilities with how many products use each, as ports say it. */
  capabilities: z.array(z.object({ type: z.string(), title: z.string(), presets: z.string().optional(), targets: z.array(z.string()), products: z.array(z.string()) })),
  /** Workflow documents by which products run, each version apart. */
  templates: z.array(z.object({ name: z.string(), version: z.string(), from: z.string(), products: z.array(z.string()) })),
}).meta({ id: 'Platform' })
export type Platform = z.infer<typeof platform>

export const governanceEndpoints = {
  getCoverage: {
    method: 'GET', path: '/governance/coverage', tag: 'policies', auth: 'signed-in',
    summary: 'Says of each product that the caller may know of how much is contracted, described, classified and promised.',
    response: z.object({ products: z.array(coverage) }),
  },
  getPlatform: {
    method: 'GET', path: '/platform', tag: 'capabilities', auth: 'signed-in',
    summary: 'Capabilities and workflow templates with who uses which version, targets, and how the server is; products as far as the caller may know of them.',
    response: platform,
  },
} as const satisfies Record<string, Endpoint>
