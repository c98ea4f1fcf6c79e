// A technical team: whoever builds and runs products.

import type { Json } from '@tulle/kernel'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

export const technicalTeamProvider = recordProvider({
  kind: 'technical-team',
  outlivesDeclaration: true,
  desire: {
    of: 'mesh',
    list: (mesh) =>
      [...mesh.teams.values()].map((team) => {
        const { name, title, description, email, runs, alerts } = team
        return resourceOf({ kind: 'technical-team', name, declaredBy: team, facts: { name, title, description, email, runs: runs as Json | undefined, alerts: alerts as unknown as Json | undefined } })
      }),
  },
})
