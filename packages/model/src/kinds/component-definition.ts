// `kind: ComponentDefinition`: a capability that the platform team makes out of another by presetting its properties.

import { z } from 'zod'
import { documentOfKind, OAM_API_VERSION, OWN_API_VERSION, typeText } from './envelope.ts'

export const componentDefinitionDocument = documentOfKind({
  kinds: ['ComponentDefinition'],
  apiVersions: [OWN_API_VERSION, OAM_API_VERSION],
  name: typeText,
  spec: z
    .strictObject({
      presets: z.string().min(1, 'may not be empty').describe('The capability that this one presets, shipped or your own.'),
      properties: z.record(z.string(), z.unknown()).optional().describe('Properties that are given already; a product may give others, and these anew.'),
      schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema of the properties; may demand more, and add properties of its own.'),
    })
    .describe('What is preset.'),
})

export type ComponentDefinitionDocument = z.infer<typeof componentDefinitionDocument>
