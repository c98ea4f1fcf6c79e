// A data domain. One domain.yaml yields five resources, so that a plan lists each thing that follows from it.

import type { DataDomain } from '@tulle/model'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Provider, ResourceKind, Spec } from './types.ts'

/** The domain itself: what it is called and who answers for it. */
export const dataDomainProvider = perDomain('data-domain', ({ name, title, description, owner }) => ({ name, title, description, owner }))

/** The part of the catalogue where its products are listed. */
export const domainNamespaceProvider = perDomain('domain-namespace', ({ name }) => ({ domain: name, namespace: name }))

/** The group of people who work in it. */
export const domainGroupProvider = perDomain('domain-group', ({ name, owner }) => ({ domain: name, group: name, owner }))

/** What holds for its products unless somebody grants more: the mesh's default, written down where it can be read. */
export const domainPolicyProvider = perDomain('domain-policy', ({ name }) => ({
  domain: name,
  effect: 'deny',
  allow: [
    { name: 'describe', to: 'everyone signed in' },
    { name: 'read-as-team', to: 'members of the product\'s team' },
    { name: 'read-as-granted', to: 'subjects of a grant, for its purposes' },
  ],
}))

/** How much its products may use together. */
export const domainQuotaProvider = perDomain('domain-quota', ({ name, quotas }) => ({ domain: name, limits: { ...quotas } }))

function perDomain(kind: ResourceKind, factsOf: (domain: DataDomain) => Spec): Provider {
  return recordProvider({
    kind,
    outlivesDeclaration: true,
    desire: {
      of: 'mesh',
      list: (mesh) => [...mesh.domains.values()].map((domain) => resourceOf({ kind, name: domain.name, declaredBy: domain, facts: factsOf(domain) })),
    },
  })
}
