// What the files of a port are read as.

import { describe, expect, it } from 'vitest'
import { formatOf } from './read-port.ts'

describe('what a connected port brought', () => {
  it.each([
    ['a topic of JSON', 'kafka', { format: 'json' }, 'ndjson'],
    ['a topic whose messages name their schemas', 'kafka', { format: 'registry' }, 'ndjson'],
    ['a table', 'postgres', {}, 'ndjson'],
    ['files of a bucket', 'files', { format: 'parquet' }, 'parquet'],
  ] as const)('%s is read as it was drawn', (_what, system, settings, format) => {
    expect(formatOf({ kind: 'connected', system, settings })).toBe(format)
  })
})
