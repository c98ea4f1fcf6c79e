// What is wrong, where, and what to do about it: data that is collected, never thrown.

export type Severity = 'error' | 'warning' | 'info'

/** A place in a text. `line` and `column` count from 1; `length` counts UTF-16 units on that line. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length?: number
  /** The whole source line, for the squiggle. */
  readonly source?: string
}

export interface RelatedPlace {
  readonly place: Place
  readonly message: string
}

/** One finding. `code` is permanent: never renamed, never reused. */
export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly help?: string
  readonly place?: Place
  readonly related?: readonly RelatedPlace[]
}

interface Definition<P> {
  readonly severity: Severity
  readonly message: (parameters: P) => string
  readonly help?: (parameters: P) => string
}

interface Where {
  readonly place?: Place | undefined
  readonly related?: readonly RelatedPlace[]
}

type Catalogue<D> = {
  readonly [Code in keyof D]: D[Code] extends Definition<infer P> ? (parameters: P, where?: Where) => Diagnostic : never
}

/**
 * Declares a room's diagnostics: code → severity, message and help, each with typed parameters. The result has a
 * maker per code: `messages['unknown-type']({ type }, { place })`. `help` annotates its own parameters.
 */
export function defineDiagnostics<const D extends Record<string, Definition<never>>>(definitions: D): Catalogue<D> {
  const makers = Object.entries(definitions).map(([code, definition]) => {
    const make = (parameters: never, where: Where = {}): Diagnostic => ({
      code,
      severity: definition.severity,
      message: definition.message(parameters),
      ...(definition.help !== undefined && { help: definition.help(parameters) }),
      ...(where.place !== undefined && { place: where.place }),
      ...(where.related !== undefined && { related: where.related }),
    })
    return [code, make]
  })
  return Object.freeze(Object.fromEntries(makers)) as Catalogue<D>
}

const GLYPH: Record<Severity, string> = { error: '❌', warning: '⚠️ ', info: 'ℹ️ ' }

/** Prints a finding for a person: place, code, message, source line with a squiggle, related places, help. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { place } = diagnostic
  const where = place === undefined ? '' : `${renderPlace(place)} `
  const lines = [`${GLYPH[diagnostic.severity]} ${where}${diagnostic.code}: ${diagnostic.message}`]
  if (place !== undefined) lines.push(...renderSource(place, '    '))
  for (const related of diagnostic.related ?? []) {
    lines.push(`    ${renderPlace(related.place)} ${related.message}`, ...renderSource(related.place, '        '))
  }
  if (diagnostic.help !== undefined) lines.push(`    Help: ${diagnostic.help}`)
  return lines.map(printable).join('\n')
}

/** `file:line:column`, as editors and terminals make it a link. */
export const renderPlace = (place: Place): string => `${place.file}:${place.line}:${place.column}`

function renderSource(place: Place, indent: string): readonly string[] {
  if (place.source === undefined) return []
  const start = Math.max(0, place.column - 61)
  const shown = place.source.slice(start, start + 120)
  const at = place.column - 1 - start
  const length = Math.max(1, Math.min(place.length ?? 1, shown.length - at))
  return [`${indent}${shown}`, `${indent}${' '.repeat(Math.max(0, at))}${'~'.repeat(length)}`]
}

// Source text is hostile: control characters and bidirectional marks would let it rewrite the terminal line it is shown on.
const printable = (line: string): string =>
  line.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) => (c === '\t' ? ' ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
