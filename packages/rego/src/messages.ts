// What can be wrong with a rule that asks Rego. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'rego-bundle-unread': { severity: 'error', message: (p: { rule: string; reason: string }) => `The bundle of ${p.rule} cannot be used: ${p.reason}.`, help: () => 'Make it by "opa build -t wasm -e <entrypoint> -o bundle.tar.gz …", and put it there as Base64.' },
  'rego-entrypoint-missing': { severity: 'error', message: (p: { rule: string; entrypoint: string; known: readonly string[] }) => `The bundle of ${p.rule} has no entrypoint "${p.entrypoint}"${p.known.length === 0 ? '' : `; it has ${p.known.join(', ')}`}.`, help: () => 'Name it with -e when the bundle is built, or name another.' },
  'rego-server-not-listed': { severity: 'error', message: (p: { rule: string; server: string }) => `${p.rule} asks ${p.server}, which this Tulle may not.`, help: () => "Whoever runs it lists the hosts in TULLE_OPA_SERVERS." },
})
