// Who is told when a run fails or a product is late: said for the mesh, a team or a product; all that is said holds.

import { z } from 'zod'
import { secretReference } from '../capabilities/secret-reference.ts'
import type { AlertRule } from '../types.ts'

const REASONS = ['failure', 'lateness', 'incident', 'burn', 'quarantine'] as const
/** An incident that a failed run opens would be told twice to those who said nothing. */
const USUAL = ['failure', 'lateness'] as const

const alert = z.strictObject({
  on: z.array(z.enum(REASONS)).min(1, 'must name at least one').max(REASONS.length).optional().describe('failure: a run failed; lateness: a publish that was due has not come; incident: one was opened or resolved; burn: the error budget of a service level goes fast; quarantine: rows were set aside, or corrected ones came back. Without it: failure and lateness.'),
  webhook: z.strictObject({
    url: z.string().max(2_000).regex(/^https?:\/\/[^\s@]+$/u, 'must be an http or https address without a name or password in it').describe('Where it is posted to.'),
    secret: secretReference.shape.secret,
  }).optional().describe('A message signed as Standard Webhooks has it. The secret is named, never given.'),
  mail: z.array(z.string().max(254).regex(/^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+\.[^\s@<>,;:"()]+$/u, 'must be an e-mail address')).min(1, 'must have an address').max(20, 'may have at most 20 addresses').optional().describe('Addresses that get a mail.'),
}).refine(({ webhook, mail }) => (webhook === undefined) !== (mail === undefined), 'must have either a webhook or mail')

export const alertsShape = z.array(alert).max(20, 'may have at most 20 entries').optional().describe('Who is told when a run fails, the product is late, or a promise breaks. The console always tells those who may run the product.')

export const alertsOf = (written: z.output<typeof alertsShape>): readonly AlertRule[] | undefined =>
  written?.map(({ on, webhook, mail }) => ({ on: on ?? USUAL, ...(webhook !== undefined && { webhook }), ...(mail !== undefined && { mail }) }))
