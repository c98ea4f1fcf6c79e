// What is found again of statements that were run, and of who ran them.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeClock } from '@tulle/kernel/testing'
import { lastUses } from './last-uses.ts'
import { memoryAnchors, memoryKeys } from './memory-keeping.ts'
import { openAudit } from './open-audit.ts'
import { recordedStatements } from './recorded-statements.ts'
import type { AuditLine } from './types.ts'

const folder = mkdtempSync(join(tmpdir(), 'tulle-recorded-'))
const read = (productId: string, more = {}) => ({ product: 'flights', productId, dataSet: 'flights', columns: [], ...more })
const line = (day: number, subject: string, statement: string | undefined, more: Partial<AuditLine> = {}): AuditLine => ({
  time: `2026-01-0${day}T00:00:00.000Z`, port: 'sql', subject, subjectId: `id-${subject}`, purpose: null, decision: 'allow', reads: [read('p1')], rows: 1, milliseconds: 1, outcome: 'ok', reasons: [],
  ...(statement !== undefined && { statement, values: ['a literal'] }), ...more,
})

beforeAll(async () => {
  const audit = await openAudit({ folder, place: 'here', clock: fakeClock(), anchors: memoryAnchors(), keys: memoryKeys(), limits: { segmentBytes: 1500 } })
  if (!audit.ok) throw new Error(JSON.stringify(audit.diagnostics))
  for (const one of [
    line(1, 'old', 'select ?:int from flights.flights'),
    line(2, 'ana', 'select delay from flights.flights', { reads: [read('p1', { major: 1 })] }),
    line(3, 'bo', 'select delay from flights.flights', { reads: [read('p1', { major: 2 })] }),
    line(4, 'ana', 'select delay from flights.flights', { outcome: 'read-denied', decision: 'deny' }),
    line(4, 'ana', 'select a from others.others', { reads: [read('p2')] }),
    line(5, 'ana', 'select * from pg_class', { port: 'catalogue' }),
    line(6, 'ana', 'select origin from flights.flights'),
    line(7, 'cy', undefined, { port: 'iceberg' }),
  ]) await audit.value.record(one)
  await audit.value.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('statements of the audit', () => {
  it('are those that ran over a product since then, each text once, with who and how often, newest first', async () => {
    const { statements, whole } = await recordedStatements(folder, { products: new Set(['p1']), since: '2026-01-02T00:00:00.000Z', most: 10 })
    expect(whole).toBe(true)
    expect(statements.map(({ text, subjects, runs, last }) => [text, subjects.map(({ name }) => name), runs, last.slice(0, 10)])).toEqual([
      ['select origin from flights.flights', ['ana'], 1, '2026-01-06'],
      ['select delay from flights.flights', ['bo', 'ana'], 2, '2026-01-03'],
    ])
    expect(JSON.stringify(statements)).not.toContain('a literal')
  })

  it('are no more than were asked for, and say so', async () => {
    expect(await recordedStatements(folder, { products: new Set(['p1']), since: '2026-01-02T00:00:00.000Z', most: 1 })).toMatchObject({ whole: false, statements: [{ text: 'select origin from flights.flights' }] })
  })
})

describe('who used a product', () => {
  it('is told by version, with the last time, whatever the port', async () => {
    const uses = await lastUses(folder, { productId: 'p1', since: '2026-01-02T00:00:00.000Z' })
    expect(uses.map(({ subject, major, times, last }) => [subject, major, times, last.slice(0, 10)])).toEqual([
      ['cy', undefined, 1, '2026-01-07'], ['ana', undefined, 1, '2026-01-06'], ['bo', 2, 1, '2026-01-03'], ['ana', 1, 1, '2026-01-02'],
    ])
  })
})
