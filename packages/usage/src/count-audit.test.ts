// Lines of a real chain become counts in a real database, each once.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditLine, OpenAudit } from '@tulle/audit'
import { openAudit } from '@tulle/audit'
import { memoryAnchors, memoryKeys } from '@tulle/audit/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { countAudit, readUsage, WHOLE } from './count-audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'tulle-usage-'))
let rig: TestStore
let audit: OpenAudit
beforeAll(async () => {
  rig = await testStore()
  audit = valueOf(await openAudit({ folder, place: 'here', clock: fakeClock(), anchors: memoryAnchors(), keys: memoryKeys() }))
})
afterAll(async () => {
  await audit.close()
  await rig.close()
  rmSync(folder, { recursive: true, force: true })
})

const read = (product: string) => ({ product, productId: `id-${product}`, dataSet: product, columns: [] })
const record = async (time: string, products: readonly string[], more: Partial<AuditLine> = {}): Promise<void> =>
  valueOf(await audit.record({ time, port: 'sql', subject: 'ana', subjectId: 'id-ana', purpose: 'safety', decision: 'allow', reads: products.map(read), rows: 5, bytes: 50, milliseconds: 3, outcome: 'ok', reasons: [], ...more }))
const count = (): Promise<number> => countAudit({ store: rig.store, folder, domainOf: (id) => (id === 'id-airports' ? 'geo' : 'ops') })
const told = async (id: string) => (await readUsage(rig.store, [id])).map(({ day, purpose, statements, refused, rows, crossing }) => ({ day, purpose, statements, refused, rows, crossing }))

describe('lines of the audit', () => {
  it('are counted by day, subject, product and purpose, and in the whole each statement once', async () => {
    await record('2026-01-01T10:00:00.000Z', ['flights'])
    await record('2026-01-01T11:00:00.000Z', ['flights', 'airports'])
    await record('2026-01-01T12:00:00.000Z', ['flights', 'delays'])
    await record('2026-01-02T10:00:00.000Z', ['flights'], { decision: 'deny', rows: 0, outcome: 'read-denied' })
    // What is no reading of data is not usage.
    await record('2026-01-02T10:00:00.000Z', ['flights'], { port: 'event' })
    await record('2026-01-02T10:00:00.000Z', [])
    await count()
    expect(await told('id-flights')).toEqual([
      { day: '2026-01-01', purpose: 'safety', statements: 3, refused: 0, rows: 15, crossing: 1 }, { day: '2026-01-02', purpose: 'safety', statements: 0, refused: 1, rows: 0, crossing: 0 },
    ])
    expect(await told('id-airports')).toEqual([{ day: '2026-01-01', purpose: 'safety', statements: 1, refused: 0, rows: 5, crossing: 1 }])
    expect((await told(WHOLE))[0]).toEqual({ day: '2026-01-01', purpose: 'safety', statements: 3, refused: 0, rows: 15, crossing: 1 })
  })

  it('are counted once, however often and by however many it is asked at once', async () => {
    const before = await readUsage(rig.store)
    expect(await count()).toBe(0)
    expect(await readUsage(rig.store)).toEqual(before)
    for (let i = 0; i < 30; i += 1) await record('2026-01-03T10:00:00.000Z', ['flights'])
    await Promise.all([count(), count(), count()])
    expect((await told('id-flights')).at(-1)).toMatchObject({ day: '2026-01-03', statements: 30, rows: 150 })
  })
})
