// Jobs of Flink in this house: reached where the operator says, with the secrets that he holds.

import { flinkJobProvider } from '@tulle/flink'
import type { FlinkJobProvider, FlinkRoom } from '@tulle/flink'
import { prepareTopic } from '@tulle/kafka'
import type { Clock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import type { Settings } from './settings.ts'

export function openFlinkRoom({ settings, clock, parse }: { readonly settings: Settings; readonly clock: Clock; readonly parse: FlinkRoom['parse'] }): FlinkJobProvider {
  const { flink, secrets, sources } = settings
  const values: Readonly<Record<string, () => string | undefined>> = {
    TULLE_SCHEMA_REGISTRY_URL: () => flink?.registryUrl,
    TULLE_SCHEMA_REGISTRY_USER_INFO: () => flink?.registryUser() ?? secrets('SCHEMA_REGISTRY_USER_INFO'),
  }
  return flinkJobProvider({
    parse,
    ...(flink !== undefined && { gateway: { url: flink.gateway, clock } }),
    valueFor: (name) => (Object.hasOwn(values, name) ? values[name]?.() : name.startsWith(SECRET) ? secrets(name.slice(SECRET.length)) : undefined),
    prepareTopic: (topic) => prepareTopic({ network: openNetwork(sources.hosts), secrets, clock }, topic),
  })
}

const SECRET = 'TULLE_SECRET_'
