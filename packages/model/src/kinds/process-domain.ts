// `kind: ProcessDomain`: a group of systems of an application that keeps its own copy of the data it consumes.

import { z } from 'zod'
import { documentOfKind, nameText, OWN_API_VERSION, titleText } from './envelope.ts'

export const processDomainDocument = documentOfKind({
  kinds: ['ProcessDomain'],
  apiVersions: [OWN_API_VERSION],
  spec: z
    .strictObject({
      application: titleText.optional().describe('The application that it is a part of, as people call it.'),
      team: nameText.describe('The technical team that keeps it: its owners make and end its tokens.'),
      systems: z.array(titleText).max(1000, 'may have at most 1000 systems').optional().describe('The systems that hold the copy.'),
    })
    .describe('Whose it is, and which systems belong to it.'),
})

export type ProcessDomainDocument = z.infer<typeof processDomainDocument>
