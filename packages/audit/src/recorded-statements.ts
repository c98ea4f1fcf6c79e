// A folder of the audit → statements that were run over some products, each text once, the newest first. Whether the chain is whole is
// what `verify` says; here a line that does not read is passed over.

import type { AuditLine, AuditRead } from './types.ts'
import { listSegments, readLines } from './segments.ts'

export interface RecordedStatement {
  /** Without its literals. */
  readonly text: string
  /** Who ran it, by name; the first few of them. */
  readonly subjects: readonly { readonly name: string; readonly id?: string }[]
  readonly runs: number
  /** ISO 8601. */
  readonly last: string
  readonly reads: readonly Pick<AuditRead, 'product' | 'productId' | 'dataSet' | 'major'>[]
}

export interface StatementsQuery {
  /** By id. */
  readonly products: ReadonlySet<string>
  /** ISO 8601. */
  readonly since: string
  /** Distinct texts. */
  readonly most: number
}

/** Newest files that are looked through: what is older counts as no longer run. */
const MOST_SEGMENTS = 32
const MOST_SUBJECTS = 20
const MARK = Buffer.from('"statement":')

/** `whole` is false where there are more than were asked for, or files that were not looked through. */
export async function recordedStatements(folder: string, { products, since, most }: StatementsQuery): Promise<{ readonly statements: readonly RecordedStatement[]; readonly whole: boolean }> {
  const segments = (await listSegments(folder)).toReversed()
  const found = new Map<string, { -readonly [K in keyof RecordedStatement]: RecordedStatement[K] }>()
  let whole = segments.length <= MOST_SEGMENTS
  for (const { path } of segments.slice(0, MOST_SEGMENTS)) {
    let before = false
    for (const line of (await readLines(path)).lines.toReversed()) {
      if (Buffer.from(line.buffer, line.byteOffset, line.byteLength).indexOf(MARK) < 0) continue
      const told = lineOf(line)
      if (told === undefined || told.outcome !== 'ok' || told.statement === undefined || !told.reads.some(({ productId }) => products.has(productId))) continue
      if (told.time < since) {
        before = true
        break
      }
      const known = found.get(told.statement)
      const subject = { name: told.subject, ...(told.subjectId !== undefined && { id: told.subjectId }) }
      if (known === undefined) {
        if (found.size >= most) return { statements: [...found.values()], whole: false }
        found.set(told.statement, { text: told.statement, subjects: [subject], runs: 1, last: told.time, reads: told.reads.map(({ product, productId, dataSet, major }) => ({ product, productId, dataSet, ...(major !== undefined && { major }) })) })
        continue
      }
      known.runs += 1
      if (known.subjects.length < MOST_SUBJECTS && !known.subjects.some(({ name }) => name === told.subject)) known.subjects = [...known.subjects, subject]
    }
    if (before) break
  }
  return { statements: [...found.values()], whole }
}

function lineOf(line: Uint8Array): AuditLine | undefined {
  try {
    const { kind, body } = JSON.parse(Buffer.from(line).toString('utf8')) as { readonly kind?: string; readonly body?: AuditLine }
    return kind === 'line' && body !== undefined && Array.isArray(body.reads) && (body.port === 'sql' || body.port === 'rest' || body.port === 'mcp') ? body : undefined
  } catch {
    return undefined
  }
}
