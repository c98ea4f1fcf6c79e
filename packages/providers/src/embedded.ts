// Every provider of the target `embedded`, in the order in which one kind needs the other. A new kind is one family of
// files and one line here.

import { accessGrantProvider } from './access-grant.ts'
import { capabilityProvider } from './capability.ts'
import { controlPortProvider } from './control-port.ts'
import { dataDomainProvider, domainGroupProvider, domainNamespaceProvider, domainPolicyProvider, domainQuotaProvider } from './data-domain.ts'
import { dataProductProvider } from './data-product.ts'
import { dataSetProvider } from './data-set.provider.ts'
import { inputPortProvider } from './input-port.ts'
import { meshProvider } from './mesh.ts'
import { outputPortProvider } from './output-port.ts'
import { policyProvider } from './policy.ts'
import { processDomainProvider } from './process-domain.ts'
import { serviceLevelProvider } from './service-level.ts'
import { technicalTeamProvider } from './technical-team.ts'
import type { Provider } from './types.ts'
import { workflowProvider } from './workflow.ts'

export const embeddedProviders: readonly Provider[] = [
  meshProvider,
  capabilityProvider,
  technicalTeamProvider,
  processDomainProvider,
  dataDomainProvider,
  domainNamespaceProvider,
  domainGroupProvider,
  domainPolicyProvider,
  domainQuotaProvider,
  policyProvider,
  dataProductProvider,
  inputPortProvider,
  dataSetProvider,
  outputPortProvider,
  controlPortProvider,
  serviceLevelProvider,
  workflowProvider,
  accessGrantProvider,
]
