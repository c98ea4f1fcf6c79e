// Every migration, in order. A number is never given twice, and a migration that was released is never edited.

import { journal } from './001-journal.ts'
import { mesh } from './002-mesh.ts'
import { access } from './003-access.ts'
import { runs } from './004-runs.ts'
import { catalog } from './005-catalog.ts'
import { requests } from './006-requests.ts'
import { identity } from './007-identity.ts'
import { audit } from './008-audit.ts'
import { exports } from './010-exports.ts'
import { deciding } from './011-deciding.ts'
import { workflowEvents } from './013-workflow-events.ts'
import { hooks } from './015-hooks.ts'
import { runDocuments } from './018-run-documents.ts'
import { alerts } from './020-alerts.ts'
import { runQueue } from './021-run-queue.ts'
import { rerun } from './025-rerun.ts'
import { checkVerdicts } from './028-check-verdicts.ts'
import { runWorkers } from './029-run-workers.ts'
import { deliveries } from './030-deliveries.ts'
import { auditCuts } from './031-audit-cuts.ts'
import { usage } from './032-usage.ts'
import { serviceLevels } from './036-service-levels.ts'
import { runsAside } from './037-runs-aside.ts'
import { profiles } from './040-profiles.ts'
import { streams } from './041-streams.ts'
import { schemaRegistry } from './042-schema-registry.ts'
import { webhooks } from './043-webhooks.ts'
import { sharedWork } from './044-shared-work.ts'
import { erasure } from './046-erasure.ts'
import { foreignLineage } from './047-foreign-lineage.ts'
import { discussion } from './048-discussion.ts'
import { backupPlaces } from './049-backup-places.ts'
import { kafkaTopics } from './050-kafka-topics.ts'
import { personKeys } from './051-person-keys.ts'
import { certificateKeys } from './052-certificate-keys.ts'
import { coldStore } from './053-cold-store.ts'
import { endedArchives } from './054-ended-archives.ts'
import { keysOfTables } from './055-keys-of-tables.ts'

export interface Migration { readonly number: number; readonly name: string; readonly statements: string }

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'journal', statements: journal },
  { number: 2, name: 'mesh', statements: mesh },
  { number: 3, name: 'access', statements: access },
  { number: 4, name: 'runs', statements: runs },
  { number: 5, name: 'catalog', statements: catalog },
  { number: 6, name: 'requests', statements: requests },
  { number: 7, name: 'identity', statements: identity },
  { number: 8, name: 'audit', statements: audit },
  { number: 10, name: 'exports', statements: exports },
  { number: 11, name: 'deciding', statements: deciding },
  { number: 13, name: 'workflow-events', statements: workflowEvents },
  { number: 15, name: 'hooks', statements: hooks },
  { number: 18, name: 'run-documents', statements: runDocuments },
  { number: 20, name: 'alerts', statements: alerts },
  { number: 21, name: 'run-queue', statements: runQueue },
  { number: 25, name: 'rerun', statements: rerun },
  { number: 28, name: 'check-verdicts', statements: checkVerdicts },
  { number: 29, name: 'run-workers', statements: runWorkers },
  { number: 30, name: 'deliveries', statements: deliveries },
  { number: 31, name: 'audit-cuts', statements: auditCuts },
  { number: 32, name: 'usage', statements: usage },
  { number: 36, name: 'service-levels', statements: serviceLevels },
  { number: 37, name: 'runs-aside', statements: runsAside },
  { number: 40, name: 'profiles', statements: profiles },
  { number: 41, name: 'streams', statements: streams },
  { number: 42, name: 'schema-registry', statements: schemaRegistry },
  { number: 43, name: 'webhooks', statements: webhooks },
  { number: 44, name: 'shared-work', statements: sharedWork },
  { number: 46, name: 'erasure', statements: erasure },
  { number: 47, name: 'foreign-lineage', statements: foreignLineage },
  { number: 48, name: 'discussion', statements: discussion },
  { number: 49, name: 'backup-places', statements: backupPlaces },
  { number: 50, name: 'kafka-topics', statements: kafkaTopics },
  { number: 51, name: 'person-keys', statements: personKeys },
  { number: 52, name: 'certificate-keys', statements: certificateKeys },
  { number: 53, name: 'cold-store', statements: coldStore },
  { number: 54, name: 'ended-archives', statements: endedArchives },
  { number: 55, name: 'keys-of-tables', statements: keysOfTables },
]
