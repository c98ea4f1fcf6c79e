// A folder's files become a plan; a plan becomes an apply. The plan itself belongs to the planner and is opaque here.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant, json, named, permission } from './nouns.ts'

const plan = z.object({
  /** The plan as the planner made it: keep it, send it back, do not read it. */
  plan: json,
  fingerprint: z.string(),
  /** What it would do, for a person. */
  text: z.string(),
  /** How many resources each verb touches, verbs of zero left out; none at all says "no changes". */
  summary: z.record(z.string(), z.number()),
  applyable: z.boolean(),
  /** Warnings and notes; with `applyable: false`, what stands in its way. */
  diagnostics: z.array(diagnostic),
  can: z.object({ apply: permission }),
}).meta({ id: 'Plan' })
export type Plan = z.infer<typeof plan>

const apply = z.object({
  id: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'refused']),
  startedBy: z.string(),
  startedAt: instant,
  finishedAt: instant.optional(),
  stages: z.array(z.object({
    title: z.string(),
    status: z.enum(['pending', 'running', 'succeeded', 'skipped', 'failed']),
    startedAt: instant.optional(),
    finishedAt: instant.optional(),
    message: z.string().optional(),
  })),
  diagnostics: z.array(diagnostic),
}).meta({ id: 'Apply' })
export type Apply = z.infer<typeof apply>

export const planEndpoints = {
  createPlan: {
    method: 'POST', path: '/plans', tag: 'plans', auth: 'signed-in',
    summary: 'Compares a folder\'s files with the mesh and says what apply would do. Changes nothing.',
    body: z.object({
      /** Path below the mesh folder, `/`-separated → text. */
      files: z.record(z.string(), z.string()),
      /** Archive what the folder no longer declares. */
      prune: z.boolean().default(false),
      allowDestroy: z.boolean().default(false),
      allowBreaking: z.boolean().default(false),
    }),
    response: plan,
    errors: ['not-allowed'],
  },
  applyPlan: {
    method: 'POST', path: '/applies', tag: 'plans', auth: 'signed-in', status: 202,
    summary: 'Starts to carry a plan out; it is refused when the mesh has moved since it was made.',
    body: z.object({ plan: json }),
    response: apply,
    errors: ['not-allowed', 'plan-stale', 'plan-not-applyable', 'apply-in-progress', 'plan-invalid'],
  },
  getApply: {
    method: 'GET', path: '/applies/:apply', tag: 'plans', auth: 'signed-in',
    summary: 'Shows how far an apply has come.',
    params: z.object({ apply: named }),
    response: apply,
    errors: ['unknown-apply'],
  },
} as const satisfies Record<string, Endpoint>
