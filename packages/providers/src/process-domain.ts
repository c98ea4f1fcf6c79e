// An application's process domain: the immutable id that grants and its service identity hold on to. Its team is a fact
// and no part of its address, and its file may lie under any name.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

export const processDomainProvider = recordProvider({
  kind: 'process-domain',
  outlivesDeclaration: true,
  belongsTo: ['team'],
  desire: {
    of: 'mesh',
    list: (mesh) =>
      [...mesh.processDomains.values()].map((processDomain) => {
        const { name, title, description, application, team, systems } = processDomain
        return resourceOf({ kind: 'process-domain', name, declaredBy: processDomain, facts: { name, title, description, application, team, systems: systems.length === 0 ? undefined : [...systems] } })
      }),
  },
})
