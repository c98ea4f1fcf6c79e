// One reference grammar for YAML, URLs, SQL, logs and errors:
// `[kind:]product[@major][.dataset[.column]]`. It never names a domain or a team, because a product keeps its
// address when it moves.

import type { Result } from './result.ts'
import { fail, ok } from './result.ts'
import { defineDiagnostics } from './diagnostic.ts'

/** A parsed reference. `major` is a contract's major version and nothing else. */
export interface Ref {
  readonly kind?: string
  readonly product: string
  readonly major?: number
  readonly dataSet?: string
  readonly column?: string
}

const messages = defineDiagnostics({
  'bad-reference': {
    severity: 'error',
    message: (p: { text: string }) => `"${p.text}" is not a reference.`,
    help: () => 'Write [kind:]product[@major][.dataset[.column]], for example flights, flights@2.flights or data-set:flights.flights.delay.',
  },
})

const NAME = /^[a-z][a-z0-9_]{0,62}$/
const REF = /^(?:(?<kind>[a-z][a-z-]*):)?(?<product>[a-z][a-z0-9_]{0,62})(?:@(?<major>[1-9][0-9]{0,5}))?(?:\.(?<dataSet>[a-z][a-z0-9_]{0,62})(?:\.(?<column>[^.\0]{1,255}))?)?$/u

/** Schemas that SQL clients and engines own; a product may not take their names. */
export const RESERVED_SCHEMAS: ReadonlySet<string> = new Set([
  'public', 'main', 'temp', 'system', 'information_schema', 'pg_catalog', 'pg_toast', 'pg_temp', 'tulle', 'memory', 'default',
])

/** True for names of products, data sets, domains and teams: lower case, digits, underscore, at most 63 characters. */
export const isName = (text: string): boolean => NAME.test(text)

/** True where a SQL client would take the name for a schema of its own. */
export const isReservedSchema = (name: string): boolean => RESERVED_SCHEMAS.has(name) || name.startsWith('pg_')

/** Reads a reference; a malformed one is the diagnostic `bad-reference`. */
export function parseRef(text: string): Result<Ref> {
  const groups = REF.exec(text)?.groups
  if (groups === undefined) return fail(messages['bad-reference']({ text }))
  return ok({
    ...(groups['kind'] !== undefined && { kind: groups['kind'] }),
    product: groups['product'] as string,
    ...(groups['major'] !== undefined && { major: Number(groups['major']) }),
    ...(groups['dataSet'] !== undefined && { dataSet: groups['dataSet'] }),
    ...(groups['column'] !== undefined && { column: groups['column'] }),
  })
}

/** Prints a reference so that `parseRef` reads it back equal. */
export function formatRef(ref: Ref): string {
  const kind = ref.kind === undefined ? '' : `${ref.kind}:`
  const major = ref.major === undefined ? '' : `@${ref.major}`
  const dataSet = ref.dataSet === undefined ? '' : `.${ref.dataSet}`
  const column = ref.column === undefined ? '' : `.${ref.column}`
  return `${kind}${ref.product}${major}${dataSet}${column}`
}
