// Properties that several capabilities share, described once.

import { z } from 'zod'
import { nameText, proseText, titleText } from '../kinds/envelope.ts'

export const titleProperty = titleText.optional().describe('What people read instead of the name.')
export const descriptionProperty = proseText.optional().describe('What it is, in a few sentences.')

export const offeredDataSetsProperty = z.array(nameText).min(1, 'needs at least one data set').optional().describe('What it offers. Without it: every data set that has a contract.')

export const approvalProperty = z.enum(['automatic', 'owner', 'two-persons']).optional()
  .describe('Who approves requests for access: nobody, one owner or steward (as without it), or two of them. Where several ports offer a data set, the strictest counts.')

/** Truth as people write it in specifications. */
export const truth = z.union([z.boolean(), z.enum(['Yes', 'No', 'yes', 'no', 'true', 'false'])])

export const isTrue = (value: z.output<typeof truth>): boolean => value === true || value === 'Yes' || value === 'yes' || value === 'true'
