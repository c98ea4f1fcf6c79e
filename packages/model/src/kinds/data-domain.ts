// `kind: DataDomain`: a part of the business that owns data products.

import { z } from 'zod'
import { documentOfKind, nameText, OWN_API_VERSION } from './envelope.ts'

export const dataDomainDocument = documentOfKind({
  kinds: ['DataDomain'],
  apiVersions: [OWN_API_VERSION],
  spec: z
    .strictObject({
      owner: nameText.optional().describe('The technical team that owns the products which name no team.'),
      quotas: z.record(nameText, z.number().min(0, 'may not be negative')).optional().describe('Limits by name, for example storage_gb or products.'),
    })
    .optional()
    .describe('Who owns the domain and how much it may use.'),
})

export type DataDomainDocument = z.infer<typeof dataDomainDocument>
