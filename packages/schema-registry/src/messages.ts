// What the registry refuses, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

const short = (text: string): string => text.slice(0, 200)

export const messages = defineDiagnostics({
  'subject-missing': { severity: 'error', message: (p: { subject: string }) => `Subject '${short(p.subject)}' not found.`, help: () => 'GET /subjects lists those that you may read.' },
  'schema-version-missing': { severity: 'error', message: (p: { version: string }) => `Version ${short(p.version)} not found.`, help: () => 'GET /subjects/{subject}/versions lists them.' },
  'schema-missing': { severity: 'error', message: () => 'Schema not found.', help: () => 'Register it first.' },
  'schema-id-missing': { severity: 'error', message: (p: { id: string }) => `Schema ${short(p.id)} not found.`, help: () => 'Ask for an id that was given by this registry.' },
  'subject-soft-deleted': { severity: 'error', message: (p: { subject: string }) => `Subject '${short(p.subject)}' was soft deleted. Set permanent=true to delete permanently.`, help: () => 'Register in it again to have it back.' },
  'subject-not-soft-deleted': { severity: 'error', message: (p: { subject: string }) => `Subject '${short(p.subject)}' was not deleted first before being permanently deleted.`, help: () => 'Delete it without permanent=true first.' },
  'version-soft-deleted': { severity: 'error', message: (p: { subject: string; version: string }) => `Subject '${short(p.subject)}' Version ${p.version} was soft deleted. Set permanent=true to delete permanently.`, help: () => 'Register the schema again to have it back.' },
  'version-not-soft-deleted': { severity: 'error', message: (p: { subject: string; version: string }) => `Subject '${short(p.subject)}' Version ${p.version} was not deleted first before being permanently deleted.`, help: () => 'Delete it without permanent=true first.' },
  'compatibility-not-set': { severity: 'error', message: (p: { subject: string }) => `Subject '${short(p.subject)}' does not have subject-level compatibility configured.`, help: () => 'Ask with defaultToGlobal=true for what holds.' },
  'mode-not-set': { severity: 'error', message: (p: { subject: string }) => `Subject '${short(p.subject)}' does not have subject-level mode configured.`, help: () => 'Ask with defaultToGlobal=true for what holds.' },
  'schema-invalid': { severity: 'error', message: (p: { type: string; why: string }) => `Invalid schema of type ${p.type}: ${p.why}.`, help: () => 'Nothing was registered. Correct the schema.' },
  'schema-type-unknown': { severity: 'error', message: (p: { type: string }) => `Invalid schema type ${short(p.type)}.`, help: () => 'Write AVRO, JSON or PROTOBUF.' },
  'schema-version-invalid': { severity: 'error', message: (p: { version: string }) => `The specified version '${short(p.version)}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest".`, help: () => 'Ask for a number or for latest.' },
  'compatibility-invalid': { severity: 'error', message: () => 'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive.', help: () => 'Write one of them.' },
  'mode-invalid': { severity: 'error', message: () => 'Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT.', help: () => 'Write one of them.' },
  'subject-read-only': { severity: 'error', message: (p: { subject: string; mode: string }) => `Subject ${short(p.subject)} is in ${p.mode} mode.`, help: () => 'Set its mode to READWRITE first.' },
  'subject-declared': { severity: 'error', message: (p: { subject: string }) => `Subject ${short(p.subject)} is derived from a data product's contract.`, help: () => 'Change the contract, then plan and apply.' },
  'mode-not-possible': { severity: 'error', message: (p: { why: string }) => p.why, help: () => 'Delete the schemas first, or ask with force=true.' },
  'reference-exists': { severity: 'error', message: (p: { subject: string; version: number }) => `One or more references exist to the schema ${short(p.subject)}-${p.version}.`, help: () => 'Delete what refers to it first.' },
  'schema-incompatible': { severity: 'error', message: (p: { subject: string; problems: readonly string[] }) => `Schema being registered is incompatible with an earlier schema for subject "${short(p.subject)}", details: [${p.problems.join('; ')}]`, help: () => 'Make it compatible, or register it in a subject of its own.' },
  'registry-request-invalid': { severity: 'error', message: (p: { problem: string }) => p.problem, help: () => 'Nothing was changed.' },
  'registry-route-missing': { severity: 'error', message: (p: { method: string; path: string }) => `This registry has no ${p.method} ${short(p.path)}.`, help: () => 'See the page on the schema registry for what there is.' },
  'registry-forbidden': { severity: 'error', message: (p: { reason: string }) => p.reason, help: () => 'Ask those who keep the product.' },
  'derived-schema-forbidden': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; subject: string; level: string; problems: readonly string[] }) => `The new contract of ${p.product}.${p.dataSet} gives a message schema that subject ${p.subject} does not allow (${p.level}): ${p.problems.join('; ')}.`,
    help: () => 'Make the change so that readers can follow, publish a new major version beside this one, or change the compatibility that the Kafka port declares.',
  },
})
