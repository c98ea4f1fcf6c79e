// `kind: DataProduct` (or OAM's `Application`): the contract between a product team and the platform.

import { z } from 'zod'
import { documentOfKind, OAM_API_VERSION, OWN_API_VERSION, titleText } from './envelope.ts'

const component = z.strictObject({
  name: titleText.describe('The name of the part. Where it is no identifier it is kept as a title.'),
  type: z.string().min(1, 'may not be empty').max(100, 'may have at most 100 characters').describe('A capability of the registry (`tulle capability list`).'),
  properties: z.record(z.string(), z.unknown()).optional().describe('What the capability asks for; each value plain or wrapped as {value: …}.'),
  traits: z.array(z.unknown()).optional().describe('Carried along for other readers of OAM.'),
  scopes: z.record(z.string(), z.unknown()).optional().describe('Carried along for other readers of OAM.'),
  dependsOn: z.array(z.string()).optional().describe('Carried along for other readers of OAM.'),
})

export const dataProductDocument = documentOfKind({
  kinds: ['DataProduct', 'Application'],
  apiVersions: [OAM_API_VERSION, OWN_API_VERSION],
  spec: z
    .strictObject({
      components: z.array(component).min(1, 'needs at least one component').describe('The parts of the product.'),
      policies: z.array(z.unknown()).optional().describe('Carried along for other readers of OAM.'),
      workflow: z.record(z.string(), z.unknown()).optional().describe('Carried along for other readers of OAM.'),
    })
    .describe('The parts of the product.'),
})

export type DataProductDocument = z.infer<typeof dataProductDocument>
