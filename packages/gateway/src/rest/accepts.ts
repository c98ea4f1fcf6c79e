// What an Accept header prefers among the formats of a data port (RFC 9110, 12.5.1).

import type { DataFormat } from './types.ts'

/** Media types of the formats, with names that clients use besides; the first of a tie is taken. */
const TYPES: readonly (readonly [type: string, format: DataFormat])[] = [
  ['application/json', 'json'], ['application/x-ndjson', 'ndjson'], ['application/ndjson', 'ndjson'], ['application/jsonl', 'ndjson'], ['text/csv', 'csv'],
  ['application/vnd.apache.arrow.stream', 'arrow'], ['application/vnd.apache.parquet', 'parquet'], ['application/x-parquet', 'parquet'],
]

/** Undefined where it says nothing, `none` where it takes none of them. */
export function acceptedFormat(header: string | undefined): DataFormat | 'none' | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const ranges = header.slice(0, 2000).split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { range, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
  })
  // A type is taken at the quality of the range that names it most exactly.
  const qualityOf = (type: string): number => {
    const matching = ranges.filter(({ range }) => range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1))))
    const exact = (range: string): number => (range === '*/*' ? 0 : range.endsWith('/*') ? 1 : 2)
    return matching.toSorted((a, b) => exact(b.range) - exact(a.range))[0]?.quality ?? 0
  }
  let best: readonly [DataFormat, number] | undefined
  for (const [type, format] of TYPES) {
    const quality = qualityOf(type)
    if (quality > (best?.[1] ?? 0)) best = [format, quality]
  }
  return best?.[0] ?? 'none'
}
