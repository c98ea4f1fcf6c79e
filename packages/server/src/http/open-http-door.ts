// Everything behind the HTTP port: API, its page, REST data ports, the Iceberg catalogue, Trino's questions, console.

import { join } from 'node:path'
import { findAccount, findAccountByToken, isTokenSecret } from '@tulle/access'
import type { FastifyInstance } from 'fastify'
import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { accessHandlers } from '../handlers/access.ts'
import { accountHandlers } from '../handlers/accounts.ts'
import { consumerHandlers } from '../handlers/consumers.ts'
import { auditHandlers } from '../handlers/audit.ts'
import { backupHandlers } from '../handlers/backups.ts'
import { capabilityHandlers } from '../handlers/capabilities.ts'
import { catalogueHandlers } from '../handlers/catalogue.ts'
import { discussionHandlers } from '../handlers/discussion.ts'
import { eventHandlers } from '../handlers/events.ts'
import { fileHandlers } from '../handlers/files.ts'
import { freezeHandlers } from '../handlers/freezes.ts'
import { governanceHandlers } from '../handlers/governance.ts'
import { grantHandlers } from '../handlers/grants.ts'
import { changelogHandlers } from '../handlers/changelog.ts'
import { historyHandlers } from '../handlers/history.ts'
import { rehearsalHandlers } from '../handlers/rehearsals.ts'
import { lineageHandlers } from '../handlers/lineage.ts'
import { provenanceHandlers } from '../handlers/provenance.ts'
import { runLineageHandlers } from '../handlers/run-lineage.ts'
import { erasureHandlers } from '../handlers/erasures.ts'
import { maintenanceHandlers } from '../handlers/maintenance.ts'
import { planHandlers } from '../handlers/plans.ts'
import { policyHandlers } from '../handlers/policies.ts'
import { controlHandlers } from '../handlers/control.ts'
import { incidentHandlers } from '../handlers/incidents.ts'
import { meshFileHandlers } from '../handlers/mesh-files.ts'
import { meshGraphHandlers } from '../handlers/mesh-graph.ts'
import { noticeHandlers } from '../handlers/notices.ts'
import { profileHandlers } from '../handlers/profiles.ts'
import { quarantineHandlers } from '../handlers/quarantine.ts'
import { serviceLevelHandlers } from '../handlers/service-levels.ts'
import { backfillHandlers } from '../handlers/backfills.ts'
import { runHandlers } from '../handlers/runs.ts'
import { sampleHandlers } from '../handlers/sample.ts'
import { queryHandlers } from '../handlers/query.ts'
import { searchHandlers } from '../handlers/search.ts'
import { sessionHandlers } from '../handlers/session.ts'
import { tokenHandlers } from '../handlers/tokens.ts'
import { usageHandlers } from '../handlers/usage.ts'
import { webhookHandlers } from '../handlers/webhooks.ts'
import { workbenchHandlers } from '../handlers/workbench.ts'
import { recordDeed } from '../audit-deeds.ts'
import type { House } from '../house.ts'
import { CHECKOUT } from '../settings.ts'
import { openSignIns } from '../sign-ins.ts'
import { listen, openApp } from './app.ts'
import { mountAsyncApi } from './async-api.ts'
import type { Authenticator, Caller } from './callers.ts'
import { mountConsole } from './console.ts'
import { mountControlPorts } from './control-ports.ts'
import { mountDataPorts } from './data-ports.ts'
import { mountStreamPorts } from './stream-ports.ts'
import { mountDocs } from './docs.ts'
import { mountExportAnswers } from './export-answers.ts'
import { mountFileLinks } from './file-links.ts'
import { mountHooks } from './hooks.ts'
import { mountIceberg } from './iceberg.ts'
import { mountMcp } from './mcp.ts'
import { mountOpenLineage } from './openlineage.ts'
import { mountPartialTables } from './partial-tables.ts'
import { mountOidc } from './oidc.ts'
import { mountApi } from './routes.ts'
import { mountSchemaRegistry } from './schema-registry.ts'
import { mountTrino } from './trino.ts'

/** Opens the port; the answer closes it. */
export async function openHttpDoor(house: House): Promise<Result<() => Promise<void>>> {
  const app = openApp(house.log)
  await mountEverything(app, house)
  const listening = await listen(app, house.settings.host, house.settings.httpPort)
  return listening.ok ? ok(() => app.close()) : listening
}

/** Hangs up every route that there is. */
export async function mountEverything(app: FastifyInstance, house: House): Promise<void> {
  const accounts = authenticator(house)
  const signIns = openSignIns(house)
  const handlers: Handlers<Caller> = {
    ...sessionHandlers(house, signIns),
    ...catalogueHandlers(house),
    ...searchHandlers(house),
    ...meshGraphHandlers(house),
    ...queryHandlers(house),
    ...fileHandlers(house),
    ...workbenchHandlers(house),
    ...discussionHandlers(house),
    ...sampleHandlers(house),
    ...historyHandlers(house),
    ...changelogHandlers(house),
    ...rehearsalHandlers(house),
    ...lineageHandlers(house),
    ...provenanceHandlers(house),
    ...runLineageHandlers(house),
    ...capabilityHandlers(house),
    ...planHandlers(house),
    ...meshFileHandlers(house),
    ...runHandlers(house),
    ...backfillHandlers(house),
    ...quarantineHandlers(house),
    ...profileHandlers(house),
    ...noticeHandlers(house),
    ...serviceLevelHandlers(house),
    ...incidentHandlers(house),
    ...controlHandlers(house),
    ...maintenanceHandlers(house),
    ...erasureHandlers(house),
    ...grantHandlers(house),
    ...policyHandlers(house),
    ...governanceHandlers(house),
    ...accessHandlers(house),
    ...freezeHandlers(house),
    ...accountHandlers(house),
    ...tokenHandlers(house),
    ...eventHandlers(house),
    ...webhookHandlers(house),
    ...auditHandlers(house),
    ...usageHandlers(house),
    ...consumerHandlers(house),
    ...backupHandlers(house),
  }
  mountApi(app, { handlers, accounts, port: house.settings.httpPort, secure: house.settings.publicUrl.startsWith('https:'), log: house.log, record: (caller, operation, outcome) => recordDeed(house, { port: 'api', subject: caller?.subject, token: caller?.apiToken?.id, outcome, deed: { operation } }) })
  mountFileLinks(app, house)
  mountPartialTables(app, house)
  await mountHooks(app, house)
  mountDataPorts(app, house, accounts)
  mountExportAnswers(app, house, accounts)
  mountAsyncApi(app, house, accounts)
  mountStreamPorts(app, house, accounts)
  mountControlPorts(app, house, accounts)
  await mountIceberg(app, house, accounts)
  await mountSchemaRegistry(app, house, accounts)
  await mountTrino(app, house)
  await mountOpenLineage(app, house)
  await mountMcp(app, house, accounts, handlers)
  if (house.issuer !== undefined) mountOidc(app, house, house.issuer, signIns)
  await mountDocs(app, { version: house.settings.version, url: house.url })
  await mountConsole(app, join(CHECKOUT, 'packages/console/dist'), house.settings.httpPort)
}

function authenticator({ sessions, store, clock }: House): Authenticator {
  return {
    authenticateToken: (token) => sessions.authenticateToken(token),
    authenticatePassword: async (name, password) => {
      const byToken = isTokenSecret(password) ? await sessions.authenticateToken(password) : undefined
      if (byToken?.subject.name === name) return ok(byToken)
      const session = await sessions.signIn(name, password, { label: 'basic' })
      if (!session.ok) return session
      await sessions.signOut(session.value.token)
      return ok(session.value.account)
    },
    findAgain: (account) => (account.token === undefined ? findAccount(store, account.subject.name, clock) : findAccountByToken(store, account.token.id, clock)),
  }
}
