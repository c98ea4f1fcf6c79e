// `kind: AccessGrant`: a right that the mesh folder itself gives. It is there as long as its file is.

import { z } from 'zod'
import { documentOfKind, nameText, OWN_API_VERSION } from './envelope.ts'

export const accessGrantDocument = documentOfKind({
  kinds: ['AccessGrant'],
  apiVersions: [OWN_API_VERSION],
  spec: z.strictObject({
    subject: z.union([
      z.strictObject({ user: z.string().regex(/^[a-z][a-z0-9._-]{0,62}$/u, 'must be the name of an account').describe('The name of an account.') }),
      z.strictObject({ team: nameText.describe('A technical team.') }),
      z.strictObject({ domain: nameText.describe('A data domain: everybody whose team owns it.') }),
      z.strictObject({ product: nameText.describe('A data product, by its service identity.') }),
      z.strictObject({ application: nameText.describe('An application process domain, by its service identity.') }),
    ]).describe('Who may read: exactly one of user, team, domain, product and application.'),
    product: nameText.describe('The product that may be read.'),
    data_set: nameText.optional().describe('One data set of it; every one where it is left out.'),
    columns: z.array(z.string().min(1)).min(1, 'needs at least one column').optional().describe('These columns; every one where it is left out. Needs a data set.'),
    rows: z.string().min(1).max(2_000).optional().describe("Only these rows: SQL over the row, such as carrier = 'AA'. Needs a data set."),
    purposes: z.array(nameText).min(1, 'needs at least one purpose').describe('What it may be used for, from the purposes of the mesh.'),
    until: z.iso.date('must be a day, such as 2027-01-31').optional().describe('The last day, in UTC. Without it, it holds as long as the file is there.'),
  }).describe('Who may read what, for which purposes.'),
})

export type AccessGrantDocument = z.infer<typeof accessGrantDocument>
