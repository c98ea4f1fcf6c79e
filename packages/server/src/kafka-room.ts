// Kafka in this house: messages are read by the schemas of its own registry, and topics are written as process domains may see them.

import type { AccessControl, Account } from '@tulle/access'
import { serviceAccount } from '@tulle/access'
import { choosePurpose } from '@tulle/gateway'
import { messageDecoder, openKafkaPorts, settingsOf, topicsOf } from '@tulle/kafka'
import type { KafkaPort, KafkaPorts } from '@tulle/kafka'
import type { Clock } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readProductDefinitions } from '@tulle/providers'
import type { SchemaRegistry } from '@tulle/schema-registry'
import { openNetwork } from '@tulle/sources'
import type { MessageReading } from '@tulle/sources'
import type { Store } from '@tulle/store'
import type { Reader, Streams } from '@tulle/streams'
import type { Log } from './log.ts'
import { servedName } from './served-name.ts'
import type { Settings } from './settings.ts'

export const readMessages = (schemas: SchemaRegistry): MessageReading => ({
  decoder: messageDecoder,
  own: async (id) => {
    const kept = await schemas.schema(id)
    if (kept === undefined) return undefined
    const references = await schemas.texts(kept.references)
    return references.ok ? { type: kept.type, text: kept.text, references: references.value } : undefined
  },
})

interface Needs { readonly store: Store; readonly clock: Clock; readonly access: AccessControl; readonly schemas: SchemaRegistry; readonly streams: Streams; readonly settings: Settings; readonly log: Log }

export function openKafkaRoom({ store, clock, access, schemas, streams, settings, log }: Needs): KafkaPorts {
  return openKafkaPorts({
    store, clock, schemas, streams, network: openNetwork(settings.sources.hosts), secrets: settings.secrets, warn: (message) => log.warn(message),
    ports: () => appliedPorts(store),
    readerOf: (port) => asApplication({ store, clock, access }, port),
  })
}

async function appliedPorts(store: Store): Promise<readonly KafkaPort[]> {
  const rows = await store.db.selectFrom('resource').select(['id', 'ref', 'product']).where('kind', '=', 'output-port').where('archived_at', 'is', null).where((e) => e(e.ref('spec', '->>').key('kind' as never), '=', 'kafka' as never)).execute()
  if (rows.length === 0) return []
  const ids = new Map(rows.map(({ id, ref }) => [ref, id]))
  const definitions = await readProductDefinitions(store.db, [...new Set(rows.map(({ product }) => product ?? ''))])
  return definitions.flatMap(({ id: productId, product }) => product.outputPorts.flatMap((port) => {
    const name = `${product.name}.${port.name}`
    const id = ids.get(`output-port:${name}`)
    const address = (dataSet: string) => {
      const served = servedName(product, dataSet)
      return { product: served.schema, dataSet: served.name }
    }
    return id === undefined ? [] : [{ id, name, productId, settings: settingsOf(port), topics: topicsOf(product, port, address) }]
  }))
}

/** The account is read again when the rights' version rose; the policy is asked every time, since grants end by themselves. */
function asApplication({ store, clock, access }: Pick<Needs, 'store' | 'clock' | 'access'>, { productId, settings: { application, purpose } }: KafkaPort): Reader {
  let known: { readonly version: number; readonly account: Account } | undefined
  return async () => {
    const version = access.version()
    if (known?.version !== version) {
      const found = await serviceAccount(store, `application.${application}`)
      if (!found.ok) return found
      known = { version, account: found.value }
    }
    const { account } = known
    const granted = access.policy().openPurposes(account.subject, productId, { now: clock.now(), environment: access.environment })
    // Where nothing is granted, the decision says so, and that is the answer.
    const chosen = choosePurpose(granted.length === 0 ? undefined : purpose, { purposes: account.purposes, grantedPurposes: granted })
    if (!chosen.ok) return chosen
    return ok({ subject: account.subject, purpose: chosen.value, purposes: granted })
  }
}
