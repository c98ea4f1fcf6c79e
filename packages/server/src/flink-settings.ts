// Where the SQL gateway of Flink is, and how Flink reaches the schema registry of this house.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface FlinkSettings {
  /** Of the SQL gateway, without a slash at the end. */
  readonly gateway: string
  /** As Flink reaches it. */
  readonly registryUrl: string
  /** `name:password` of who may read the schemas. A function, so that whoever prints the settings prints no secret. */
  readonly registryUser: () => string | undefined
}

export function readFlinkSettings(environment: NodeJS.ProcessEnv, publicUrl: string, diagnostics: Diagnostic[]): { readonly flink?: FlinkSettings } {
  const { TULLE_FLINK_GATEWAY: gateway, TULLE_SCHEMA_REGISTRY_URL: registryUrl } = environment
  for (const [name, value] of Object.entries({ TULLE_FLINK_GATEWAY: gateway, TULLE_SCHEMA_REGISTRY_URL: registryUrl })) {
    if (value && !isPlainAddress(value)) diagnostics.push(messages['bad-setting']({ name, value: '…', want: 'an address without user, password or query, such as https://flink.example.com:8083' }))
  }
  if (!gateway) return {}
  return { flink: { gateway: gateway.replace(/\/+$/u, ''), registryUrl: registryUrl || `${publicUrl}/schema-registry`, registryUser: () => environment['TULLE_SCHEMA_REGISTRY_USER_INFO'] || undefined } }
}

function isPlainAddress(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && /^https?:$/u.test(url.protocol) && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}
