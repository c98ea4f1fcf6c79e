import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import type { OpenAudit } from './open-audit.ts'
import { openAudit } from './open-audit.ts'
import { postgresAnchors, postgresKeys } from './postgres-keeping.ts'
import { verifyChain } from './verify-chain.ts'

let rig: TestStore
const folder = mkdtempSync(join(tmpdir(), 'tulle-audit-pg-'))
beforeAll(async () => {
  rig = await testStore()
})
afterAll(async () => {
  await rig.close()
  rmSync(folder, { recursive: true })
})

const open = async (): Promise<Result<OpenAudit>> => openAudit({ folder, place: 'here', clock: systemClock, anchors: postgresAnchors(rig.store), keys: postgresKeys(rig.store) })
const record = (audit: OpenAudit, subject: string) => audit.record({ time: new Date().toISOString(), port: 'sql', subject, subjectId: `id-${subject}`, purpose: null, decision: 'allow', reads: [], rows: 0, milliseconds: 0, outcome: 'ok', reasons: [], values: ['secret'] })

it('a chain is held by the database: one writer, anchors that agree, keys that can be destroyed', async () => {
  const audit = valueOf(await open())
  expect(await open()).toMatchObject({ ok: false, diagnostics: [{ code: 'audit-in-use' }] })
  await Promise.all(['ana', 'bo', 'ana'].map((subject) => record(audit, subject)))
  await audit.anchor()
  expect(valueOf(await audit.forget({ subject: 'id-ana' }, 'sam'))).toBe(2)
  const keys = postgresKeys(rig.store)
  expect((await keys.find(audit.chain, 3))?.length).toBe(32)
  expect(await keys.find(audit.chain, 2)).toBeUndefined()
  await audit.close()
  const again = valueOf(await open())
  expect(again.chain).toBe(audit.chain)
  await again.close()

  const anchors = postgresAnchors(rig.store)
  const against = { anchors: await anchors.list(), whole: true, places: await anchors.places(), place: 'here' }
  expect(await verifyChain(folder, against)).toMatchObject({ whole: true, anchors: 3, diagnostics: [] })
  await rig.store.db.updateTable('audit_anchor').set({ hash: 'f'.repeat(64) }).where('number', '=', '2').execute()
  expect(await verifyChain(folder, { ...against, anchors: await anchors.list() })).toMatchObject({ whole: false, diagnostics: [{ message: expect.stringContaining('anchor 2 of chain') }] })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}
