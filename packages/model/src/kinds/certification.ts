// What a product must be like to carry the badge: rules of the mesh, all of which must hold.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { CertificationRule } from '../types.ts'
import { nameText } from './envelope.ts'
import { duration, millisecondsOf } from './written-units.ts'

const REQUIRED = ['owner', 'description', 'contracts', 'classification', 'documented-columns', 'checks-pass', 'service-levels', 'no-open-incidents'] as const

const rule = z.strictObject({
  name: nameText.describe('What reasons call it.'),
  because: z.string().min(1).max(500).optional().describe('Why the house wants it.'),
  require: z.enum(REQUIRED).describe('owner, description: the product has one; contracts: each data set has one; classification: each column has one; documented-columns: that share of columns is described; checks-pass: every check of every run within that time passed; service-levels: each measured promise is kept; no-open-incidents.'),
  over: duration.optional().describe('checks-pass: for how long. Without it: the last run alone.'),
  'at-least': z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional().describe('documented-columns: percent. Without it: 100.'),
}).superRefine((written, context) => {
  if (written.over !== undefined && written.require !== 'checks-pass') context.addIssue({ code: 'custom', path: ['over'], message: 'is for checks-pass' })
  if (written['at-least'] !== undefined && written.require !== 'documented-columns') context.addIssue({ code: 'custom', path: ['at-least'], message: 'is for documented-columns' })
})

export const certificationShape = z.array(rule).min(1, 'needs at least one rule').max(50, 'may have at most 50 rules').optional()
  .describe('Which products are certified: those that keep every rule. Without it, those that say so themselves.')

export const certificationOf = (written: z.output<typeof certificationShape>): readonly CertificationRule[] | undefined =>
  written?.map(({ name, because, require, over, 'at-least': atLeast }) => withoutUndefined({ name, because, require, over: over === undefined ? undefined : millisecondsOf(over), atLeast }))
