// A capability that the platform team offers by presetting another. The shipped ones need no row.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

export const capabilityProvider = recordProvider({
  kind: 'capability',
  outlivesDeclaration: true,
  whole: (path) => path[0] === 'schema',
  desire: {
    of: 'mesh',
    list: (mesh) =>
      mesh.capabilities.list()
        .filter((capability) => capability.presets !== undefined)
        .map(({ type, title, description, presets, baseType, schema, targets }) =>
          resourceOf({ kind: 'capability', name: type, facts: { type, title, description, presets, baseType, schema, targets } })),
  },
})
