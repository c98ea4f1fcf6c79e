// A suspicious export, from the cut to the thaw, at the doors of a whole Tulle; and what the audit says of it afterwards, server or none.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let mesh: string
beforeAll(async () => {
  mesh = shopMesh()
  tulle = await startTulle({ mesh, environment: { TULLE_EXPORT_ROWS: '5' } })
}, 180_000)
afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

interface Answer { readonly status: number; readonly text: string }
async function ask(who: string, path: string, method = 'GET'): Promise<Answer> {
  const answer = await fetch(`${tulle.url}${path}`, { method, headers: { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}` } })
  return { status: answer.status, text: await answer.text().catch((error: unknown) => String(error)) }
}
const rows = '/data/v1/orders/orders?format=ndjson'

it('is cut, frozen, told, opened by somebody else, and whole in the audit', { timeout: 600_000 }, async () => {
  expect(await ask('ana', rows)).toMatchObject({ status: 200 })
  // The second time it would be six rows of five: the third row of it does not leave.
  const cut = await ask('ana', rows).catch((error: unknown) => ({ status: 0, text: String(error) }))
  expect(cut.text).not.toContain('"id":3')
  // Her own grant is frozen with it, at every door.
  expect((await ask('ana', rows)).status).toBe(403)
  expect(tulle.sh(`npx tulle sql --as ana 'select count(*) from orders.orders'`)).toMatchObject({ status: 1 })

  expect(JSON.parse((await ask('olga', `${API_ROOT}/exports`)).text)).toMatchObject({ exports: [{ subject: 'ana', product: 'orders', what: 'rows', allowed: 5, rule: 'budget' }] })
  expect(JSON.parse((await ask('bo', `${API_ROOT}/exports`)).text)).toEqual({ exports: [] })
  expect((await ask('ada', `${API_ROOT}/events?limit=1000`)).text).toContain('tulle.export.suspicious')
  // One list says what is frozen, and one word opens it: her grant is a part of her way, and not one thing more.
  const frozen = (more = ''): readonly { id: string; thawedBy?: string }[] => JSON.parse(tulle.sh(`npx tulle access frozen ${more} --as olga -o json`).stdout) as { id: string }[]
  const [{ id } = { id: '' }, ...others] = frozen()
  expect(others).toEqual([])
  expect(tulle.sh('npx tulle access list --as olga').stdout).toContain(id)
  const [grant] = (JSON.parse((await ask('olga', `${API_ROOT}/grants?product=orders`)).text) as { grants: { id: string; state: string; subject: string }[] }).grants.filter(({ state, subject }) => state === 'frozen' && subject === 'ana')
  expect(grant?.id, (await ask('olga', `${API_ROOT}/grants?product=orders`)).text).toBeDefined()
  for (const [who, what] of [['ana', id], ['ana', grant?.id], ['bo', id]]) expect(tulle.sh(`npx tulle access thaw ${what} --as ${who}`), `${who} ${what}`).toMatchObject({ status: 1 })
  await tulle.killAndRestart()
  expect((await ask('ana', rows)).status).toBe(403)
  expect(tulle.sh(`npx tulle access thaw ${grant?.id} --as olga`)).toEqual({ status: 0, stdout: 'ana may read orders again.\n', stderr: '' })
  expect([frozen(), frozen('--all')]).toMatchObject([[], [{ id, kind: 'export', subject: 'ana', product: 'orders', thawedBy: 'olga' }]])
  expect(await ask('ana', rows)).toMatchObject({ status: 200 })

  // What left is usage, for who answers for the product and who keeps the mesh, and for nobody else.
  const used = JSON.parse(tulle.sh('npx tulle usage orders --as olga -o json').stdout) as { queries: number; refused: number; consumers: { active: number }; trend: unknown[] }
  expect(used).toMatchObject({ consumers: { active: 1 }, firstUse: { used: 1 }, coverage: { contracted: 1 } })
  expect([used.queries > 1, used.refused > 1, used.trend.length]).toEqual([true, true, 30])
  expect(JSON.parse(tulle.sh('npx tulle usage --days 7 --as ada -o json').stdout)).toMatchObject({ products: expect.arrayContaining([expect.objectContaining({ product: 'orders', active: 1 })]) as unknown })
  expect(tulle.sh('npx tulle usage --as ada').stdout).toContain('1 active (0 before)')
  for (const command of ['usage orders --as ana', 'usage --as olga', 'usage orders --as bo']) expect(tulle.sh(`npx tulle ${command}`), command).toMatchObject({ status: 1, stderr: expect.stringContaining('not-allowed') as string })

  const denied = tulle.sh('npx tulle audit list --as olga --decision deny --product orders -o json')
  expect(JSON.parse(denied.stdout)).toMatchObject({ entries: expect.arrayContaining([expect.objectContaining({ body: expect.objectContaining({ subject: 'ana', outcome: 'export-cut', port: 'rest' }) })]) })
  expect(tulle.sh('npx tulle audit verify --as ada')).toMatchObject({ status: 0, stdout: expect.stringContaining('stand as they were written') })

  // The same without a server, and where somebody helped himself to the files.
  tulle.server.kill('SIGTERM')
  await new Promise((resolve) => tulle.server.once('exit', resolve))
  expect(tulle.sh('npx tulle audit verify')).toMatchObject({ status: 0, stdout: expect.stringContaining('stand as they were written') })
  const folder = join(tulle.home, 'audit')
  const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"outcome":"export-cut"', '"outcome":"ok"'))
  expect(tulle.sh('npx tulle audit verify')).toMatchObject({ status: 1, stderr: expect.stringContaining('audit-altered') })
})
