// A folder of the audit → who read the data sets of a product, how often, and when last. Newest files only, as far as they go back.

import type { AuditLine } from './types.ts'
import { listSegments, readLines } from './segments.ts'

export interface LastUse {
  readonly subject: string
  readonly subjectId?: string
  readonly dataSet: string
  /** The major version, where there were several of it at the time. */
  readonly major?: number
  readonly times: number
  /** ISO 8601. */
  readonly last: string
}

const MOST_SEGMENTS = 64
const PORTS: ReadonlySet<string> = new Set(['sql', 'rest', 'files', 'mcp', 'stream', 'webhook', 'kafka', 'iceberg', 'trino'])

/** `since` is ISO 8601. */
export async function lastUses(folder: string, { productId, since }: { readonly productId: string; readonly since: string }): Promise<readonly LastUse[]> {
  const mark = Buffer.from(productId)
  const uses = new Map<string, { -readonly [K in keyof LastUse]: LastUse[K] }>()
  for (const { path } of (await listSegments(folder)).toReversed().slice(0, MOST_SEGMENTS)) {
    for (const line of (await readLines(path)).lines.toReversed()) {
      if (Buffer.from(line.buffer, line.byteOffset, line.byteLength).indexOf(mark) < 0) continue
      const told = lineOf(line)
      if (told === undefined || told.outcome !== 'ok' || !PORTS.has(told.port)) continue
      if (told.time < since) return [...uses.values()]
      for (const { productId: id, dataSet, major } of told.reads) {
        if (id !== productId) continue
        const key = JSON.stringify([told.subject, dataSet, major ?? null])
        const known = uses.get(key)
        if (known !== undefined) known.times += 1
        else uses.set(key, { subject: told.subject, ...(told.subjectId !== undefined && { subjectId: told.subjectId }), dataSet, ...(major !== undefined && { major }), times: 1, last: told.time })
      }
    }
  }
  return [...uses.values()]
}

function lineOf(line: Uint8Array): AuditLine | undefined {
  try {
    const { kind, body } = JSON.parse(Buffer.from(line).toString('utf8')) as { readonly kind?: string; readonly body?: AuditLine }
    return kind === 'line' && body !== undefined && Array.isArray(body.reads) ? body : undefined
  } catch {
    return undefined
  }
}
