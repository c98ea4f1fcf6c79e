// A policy: what holds wherever data is read. Its row is what every process decides by, so a policy that is no longer
// declared must be taken out of use in so many words, like everything that outlives its declaration.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

export const policyProvider = recordProvider({
  kind: 'policy',
  outlivesDeclaration: true,
  desire: {
    of: 'mesh',
    list: (mesh) =>
      [...mesh.policies.values()].map((policy) => {
        const { name, title, description, domain, document } = policy
        return resourceOf({ kind: 'policy', name, declaredBy: policy, facts: { name, title, description, domain, spec: document } })
      }),
  },
})
