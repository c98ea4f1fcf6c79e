// Holds a document to the kind that its place in the folder asks for.

import type { z } from 'zod'
import type { Diagnostic, Json } from '@tulle/kernel'
import { literalSecrets } from '../capabilities/secret-reference.ts'
import { messages } from '../messages.ts'
import { checkShape } from '../shape/check-shape.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'

interface KindSchema extends z.ZodType { readonly shape: { readonly kind: { readonly options: readonly string[] }; readonly apiVersion: { readonly options: readonly string[] } } }

/** Everything in which the document differs from the kind. Another kind altogether is one finding, not one per key. */
export function checkKind(document: YamlDocument, schema: KindSchema): readonly Diagnostic[] {
  const { kind, apiVersion } = headOf(document)
  const kinds = schema.shape.kind.options
  if (typeof kind === 'string' && !kinds.includes(kind)) return [messages['unknown-kind']({ name: kind, known: kinds }, { place: document.place(['kind']) })]
  const versions = schema.shape.apiVersion.options
  if (typeof apiVersion === 'string' && !versions.includes(apiVersion)) return [messages['unknown-api-version']({ name: apiVersion, known: versions }, { place: document.place(['apiVersion']) })]
  // Whatever else is wrong would repeat them.
  const secrets = literalSecrets(alertsIn(document), (path) => document.place(['spec', 'alerts', ...path]))
  return secrets.length > 0 ? secrets : checkShape({ value: document.value, schema, place: document.place })
}

function alertsIn({ value }: YamlDocument): Json {
  const spec = value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { spec?: unknown }).spec : undefined
  return ((spec as { alerts?: Json } | null | undefined)?.alerts) ?? null
}

function headOf({ value }: YamlDocument): { kind?: unknown; apiVersion?: unknown } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { kind?: unknown; apiVersion?: unknown }) : {}
}
