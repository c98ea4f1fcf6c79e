// The mesh folder as an editor sees it. The folder stays the truth: it is read and tried here, and never written.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, json } from './nouns.ts'
import { policyEffects } from './policies.ts'

/** Below the mesh folder, `/`-separated; the text files that declare a mesh. */
const path = z.string().max(500).regex(/^(?!\/)(?!(?:.*\/)?\.)[^\0\\]+\.(?:ya?ml|sql|csv|md|py)$/u, 'is not the path of a file of a mesh')

const change = z.object({
  path,
  /** What would stand there; left out: it would be deleted. */
  text: z.string().max(1_000_000).optional(),
})

const trial = z.object({
  /** Findings with their places, in all files. */
  diagnostics: z.array(diagnostic),
  /** What `tulle apply` would do with the folder and these changes; left out where the files have errors. */
  plan: z.object({ text: z.string(), summary: z.record(z.string(), z.number()), applyable: z.boolean() }).optional(),
  /** Where policies would be others than those that are applied: who would lose or gain what. */
  effects: policyEffects.optional(),
  /** Why effects are of less than the whole, or are not there although policies would change. */
  effectsNote: z.string().optional(),
}).meta({ id: 'Trial' })
export type Trial = z.infer<typeof trial>

export const meshFileEndpoints = {
  listMeshFiles: {
    method: 'GET', path: '/mesh/files', tag: 'plans', auth: 'signed-in',
    summary: 'Lists the files of the mesh folder that declare the mesh: for those who may plan.',
    response: z.object({ files: z.array(z.object({ path: z.string(), length: z.number() })) }),
    errors: ['not-allowed'],
  },
  readMeshFile: {
    method: 'GET', path: '/mesh/files/text', tag: 'plans', auth: 'signed-in',
    summary: 'Reads one of them.',
    query: z.object({ path }),
    response: z.object({ path: z.string(), text: z.string() }),
    errors: ['not-allowed', 'unknown-mesh-file'],
  },
  tryMeshFiles: {
    method: 'POST', path: '/mesh/files/trial', tag: 'plans', auth: 'signed-in',
    summary: 'Says what the mesh folder would declare with some changes, what would be wrong, and what apply would do. Writes and changes nothing.',
    body: z.object({ changes: z.array(change).max(50) }),
    response: trial,
    errors: ['not-allowed'],
  },
  listSchemas: {
    method: 'GET', path: '/mesh/schemas', tag: 'plans', auth: 'signed-in',
    summary: 'The JSON Schemas of the documents of a mesh, by kind; those of capabilities, the mesh\'s own too, as `capability.<type>`.',
    response: z.object({ schemas: z.record(z.string(), json) }),
  },
} as const satisfies Record<string, Endpoint>
