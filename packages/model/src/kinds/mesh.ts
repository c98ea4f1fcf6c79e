// `kind: Mesh`: what the whole mesh agrees on.

import { z } from 'zod'
import { alertsShape } from './alerts.ts'
import { certificationShape } from './certification.ts'
import { meshMaintenanceShape } from './maintenance.ts'
import { exportShape } from './export-rules.ts'
import { meshRunShape } from './run-rules.ts'
import { documentOfKind, nameText, OWN_API_VERSION, proseText, titleText } from './envelope.ts'

const purpose = z.strictObject({
  name: nameText.describe('The name that requests and grants use.'),
  title: titleText.optional().describe('What people read.'),
  description: proseText.optional().describe('What the purpose covers and what not.'),
})

const businessKey = z.strictObject({
  name: nameText.describe('The name that contracts refer to.'),
  type: z.string().describe('The one column type of the key: string, int, long, uuid, date, decimal(9, 2), …'),
  description: proseText.optional().describe('What the key identifies.'),
  identifies: z.enum(['person']).optional().describe('Whose rows may be erased by it.'),
  compare: z.enum(['exact', 'folded']).optional().describe('How two values are the same when a person is erased by it. folded: upper and lower case of A to Z, and blanks around it, make no other value. Exactly, unless told.'),
})

const erasure = z.strictObject({
  approval: z.enum(['one-person', 'two-persons']).optional().describe('Whether somebody else has to approve that a person is erased. One person unless told.'),
})

const demoUser = z.strictObject({
  name: nameText.describe('The account name.'),
  title: titleText.optional().describe('What people read.'),
  role: z.enum(['administrator', 'steward', 'owner', 'developer', 'consumer']).describe('What the account may do on the platform.'),
  teams: z.array(nameText).optional().describe('Technical teams it belongs to.'),
  purposes: z.array(nameText).optional().describe('Purposes of its grants.'),
  attributes: z
    .record(nameText, z.union([z.string().max(1000, 'may have at most 1000 characters'), z.number(), z.boolean(), z.array(z.string()).max(100, 'may have at most 100 texts')]))
    .optional()
    .describe('What is known of it besides, such as region: EU; policies can ask for it.'),
  grants: z.array(z.string()).optional().describe('What it may read: a product, or product.data_set.'),
})

export const meshDocument = documentOfKind({
  kinds: ['Mesh'],
  apiVersions: [OWN_API_VERSION],
  spec: z
    .strictObject({
      purposes: z.array(purpose).optional().describe('What data may be used for.'),
      classifications: z.array(z.string().min(1)).optional().describe('The words with which contracts classify columns, least to most sensitive.'),
      businessKeys: z.array(businessKey).optional().describe('Keys that mean the same in every product.'),
      environments: z.array(nameText).optional().describe('Environments, for example dev, test, prod.'),
      usage: z.array(nameText).optional().describe('Products that may read what the platform counts of use, by a usage input port. It names persons: none, unless told.'),
      erasure: erasure.optional().describe('How persons are erased.'),
      maintenance: meshMaintenanceShape,
      runs: meshRunShape,
      exports: exportShape,
      alerts: alertsShape,
      certification: certificationShape,
      demo: z.strictObject({ users: z.array(demoUser).optional().describe('Accounts with generated secrets.') }).optional().describe('What a sample mesh brings along; a real mesh has none.'),
    })
    .describe('What the whole mesh agrees on.'),
})

export type MeshDocument = z.infer<typeof meshDocument>
