// The whole HTTP API as one table. The order is that of the reference page.

import type { Endpoint, Handler } from './endpoint.ts'
import { accountEndpoints } from './accounts.ts'
import { auditEndpoints } from './audit.ts'
import { accessEndpoints } from './access.ts'
import { backupEndpoints } from './backups.ts'
import { capabilityEndpoints } from './capabilities.ts'
import { catalogueEndpoints } from './catalogue.ts'
import { changelogEndpoints } from './changelog.ts'
import { consumerEndpoints } from './consumers.ts'
import { erasureEndpoints } from './erasures.ts'
import { eventEndpoints } from './events.ts'
import { fileEndpoints } from './files.ts'
import { governanceEndpoints } from './governance.ts'
import { grantEndpoints } from './grants.ts'
import { historyEndpoints } from './history.ts'
import { lineageEndpoints } from './lineage.ts'
import { maintenanceEndpoints } from './maintenance.ts'
import { noticeEndpoints } from './notices.ts'
import { planEndpoints } from './plans.ts'
import { policyEndpoints } from './policies.ts'
import { profileEndpoints } from './profiles.ts'
import { quarantineEndpoints } from './quarantine.ts'
import { meshFileEndpoints } from './mesh-files.ts'
import { meshGraphEndpoints } from './mesh-graph.ts'
import { searchEndpoints } from './search.ts'
import { queryEndpoints } from './query.ts'
import { rehearsalEndpoints } from './rehearsals.ts'
import { runEndpoints } from './runs.ts'
import { serviceLevelEndpoints } from './service-levels.ts'
import { incidentEndpoints } from './incidents.ts'
import { controlEndpoints } from './control.ts'
import { sessionEndpoints } from './session.ts'
import { tokenEndpoints } from './tokens.ts'
import { usageEndpoints } from './usage.ts'
import { webhookEndpoints } from './webhooks.ts'
import { workbenchEndpoints } from './workbench.ts'

export const endpoints = {
  ...sessionEndpoints,
  ...catalogueEndpoints,
  ...searchEndpoints,
  ...meshGraphEndpoints,
  ...queryEndpoints,
  ...fileEndpoints,
  ...workbenchEndpoints,
  ...consumerEndpoints,
  ...historyEndpoints,
  ...changelogEndpoints,
  ...lineageEndpoints,
  ...capabilityEndpoints,
  ...planEndpoints,
  ...meshFileEndpoints,
  ...runEndpoints,
  ...rehearsalEndpoints,
  ...quarantineEndpoints,
  ...profileEndpoints,
  ...noticeEndpoints,
  ...serviceLevelEndpoints,
  ...incidentEndpoints,
  ...controlEndpoints,
  ...maintenanceEndpoints,
  ...erasureEndpoints,
  ...grantEndpoints,
  ...policyEndpoints,
  ...governanceEndpoints,
  ...accessEndpoints,
  ...accountEndpoints,
  ...tokenEndpoints,
  ...eventEndpoints,
  ...webhookEndpoints,
  ...auditEndpoints,
  ...usageEndpoints,
  ...backupEndpoints,
} as const satisfies Record<string, Endpoint>

export type Endpoints = typeof endpoints
export type EndpointName = keyof Endpoints

/** One handler per endpoint: a server that leaves one out does not compile. */
export type Handlers<Caller> = { readonly [Name in EndpointName]: Handler<Endpoints[Name], Caller> }
