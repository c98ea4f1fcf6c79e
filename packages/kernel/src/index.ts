// The words that every room shares.

// What something is called.
export { formatRef, isName, isReservedSchema, parseRef, RESERVED_SCHEMAS } from './ref.ts'
export type { Ref } from './ref.ts'

// What went wrong, where, and the remedy.
export { defineDiagnostics, renderDiagnostic, renderPlace } from './diagnostic.ts'
export type { Diagnostic, Place, RelatedPlace, Severity } from './diagnostic.ts'
export { fail, ok, resultOf } from './result.ts'
export type { Failure, Result, Success } from './result.ts'
export { didYouMean, nearest } from './suggest.ts'
export { counted } from './counted.ts'
export { Bug, unreachable } from './bug.ts'

// What depends on what, and what is equal.
export { orderByDependencies, reachable } from './graph.ts'
export type { Dependencies, Ordering } from './graph.ts'
export { canonicalJson, fingerprintOf, sha256 } from './fingerprint.ts'
export type { Json } from './fingerprint.ts'

// When.
export { systemClock } from './clock.ts'
export type { Clock } from './clock.ts'
