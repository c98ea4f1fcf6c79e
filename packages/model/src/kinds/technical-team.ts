// `kind: TechnicalTeam`: the people who build and run products.

import { z } from 'zod'
import { documentOfKind, OWN_API_VERSION } from './envelope.ts'

export const technicalTeamDocument = documentOfKind({
  kinds: ['TechnicalTeam'],
  apiVersions: [OWN_API_VERSION],
  spec: z.strictObject({ email: z.email('must be an e-mail address').optional().describe('Where the team is reached.') }).optional().describe('How the team is reached.'),
})

export type TechnicalTeamDocument = z.infer<typeof technicalTeamDocument>
