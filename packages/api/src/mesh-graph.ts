// The mesh as a graph: domains, products, their ports, and who reads whom.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'

const meshGraph = z.object({
  products: z.array(z.object({
    name: z.string(),
    title: z.string(),
    domain: z.string(),
    certified: z.boolean(),
    access: z.enum(['granted', 'none']),
    /** `failing`: an incident of it is open; `waiting`: nothing is published yet. */
    state: z.enum(['failing', 'waiting', 'published']),
    /** `product` is what a port of that kind reads. */
    inputPorts: z.array(z.object({ name: z.string(), kind: z.string(), product: z.string().optional() })),
    outputPorts: z.array(z.object({ name: z.string(), kind: z.string() })),
  })),
  /** `to` reads `from`, by an input port or by a model's reference; each pair once. */
  reads: z.array(z.object({ from: z.string(), to: z.string() })),
}).meta({ id: 'MeshGraph' })
export type MeshGraph = z.infer<typeof meshGraph>

export const meshGraphEndpoints = {
  getMeshGraph: {
    method: 'GET', path: '/mesh/graph', tag: 'catalogue', auth: 'signed-in',
    summary: 'Shows the products that the caller may know of with their ports, and which of them read which.',
    response: meshGraph,
  },
} as const satisfies Record<string, Endpoint>
