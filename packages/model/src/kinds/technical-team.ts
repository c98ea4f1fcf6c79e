// `kind: TechnicalTeam`: the people who build and run products.

import { z } from 'zod'
import { alertsShape } from './alerts.ts'
import { documentOfKind, OWN_API_VERSION } from './envelope.ts'
import { teamRunShape } from './run-rules.ts'

export const technicalTeamDocument = documentOfKind({
  kinds: ['TechnicalTeam'],
  apiVersions: [OWN_API_VERSION],
  spec: z.strictObject({
    email: z.email('must be an e-mail address').optional().describe('Where the team is reached.'),
    runs: teamRunShape,
    alerts: alertsShape,
  }).optional().describe('How the team is reached.'),
})

export type TechnicalTeamDocument = z.infer<typeof technicalTeamDocument>
