// A product of one Tulle that reads a product of another one, by the rights that it has there.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { GOOD_ORDERS, ORDERS_CSV, shopMesh } from './testing-mesh.ts'
import { startTulle } from './testing.ts'
import type { TestTulle } from './testing.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 })

let [far, near]: (TestTulle | undefined)[] = []
let meshes: readonly string[] = []
const tokenOf = async (tulle: TestTulle, name: string): Promise<string> => {
  const answer = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password: tulle.secret(name) }) })
  return (await answer.json() as { readonly token: string }).token
}

function copyMesh(url: string): string {
  const folder = mkdtempSync('/tmp/tulle-near-')
  const port = (name: string, secret: string): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: ${name}, title: ${name} }
spec:
  components:
    - { name: ${name}, type: data-product, properties: { definition: A copy } }
    - { name: far, type: mesh-input-port, properties: { url: '${url}', product: orders, token: { secret: ${secret} }, purpose: reporting } }
    - { name: ${name}, type: data-set, properties: { from: far } }
    - { name: sql, type: sql-output-port }
`
  const contract = (name: string): string => JSON.stringify({ apiVersion: 'v3.1.0', kind: 'DataContract', id: name, name, version: '1.0.0', status: 'active', schema: [{ name, properties: [{ name: 'id', logicalType: 'integer' }, { name: 'amount', logicalType: 'number', physicalType: 'decimal(9,2)' }] }] })
  const files: Readonly<Record<string, string>> = {
    'mesh.yaml': 'apiVersion: tulle.dev/v1\nkind: Mesh\nmetadata: { name: near, title: Near }\nspec:\n  purposes: [{ name: reporting }]\n  demo:\n    users:\n      - { name: ada, role: administrator }\n      - { name: dora, role: developer, teams: [near] }\n',
    'teams/near.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: near }\n',
    'domains/near/domain.yaml': 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: near }\nspec: { owner: near }\n',
    'domains/near/seen/product.yaml': port('seen', 'ANA'), 'domains/near/seen/contracts/seen.odcs.yaml': contract('seen'),
    'domains/near/unseen/product.yaml': port('unseen', 'BO'), 'domains/near/unseen/contracts/unseen.odcs.yaml': contract('unseen'),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

beforeAll(async () => {
  const shop = shopMesh()
  far = await startTulle({ mesh: shop })
  const copy = copyMesh(far.url)
  meshes = [shop, copy]
  near = await startTulle({ mesh: copy, environment: { TULLE_SOURCE_HOSTS: new URL(far.url).host, TULLE_SECRET_ANA: await tokenOf(far, 'ana'), TULLE_SECRET_BO: await tokenOf(far, 'bo') } })
})
afterAll(async () => {
  await near?.stop()
  await far?.stop()
  for (const mesh of meshes) rmSync(mesh, { recursive: true, force: true })
})

const run = (product: string) => (near as TestTulle).sh(`npx tulle run ${product} --wait --as ada`)
const rows = (): unknown => JSON.parse((near as TestTulle).sh("npx tulle sql 'select * from seen.seen order by id' --as dora -o json").stdout || 'null')

describe('a port that reads another mesh', () => {
  it('reads what is published there, says the snapshot, and nothing again that is as it was', async () => {
    expect(run('seen').status).toBe(0)
    expect(rows()).toEqual([{ id: 1, amount: '12.50' }, { id: 2, amount: '7.25' }, { id: 3, amount: '1.00' }].map((row) => expect.objectContaining({ id: row.id })))
    const idle = run('seen')
    expect(`${idle.stdout}${idle.stderr}`).toContain('Nothing changed')
    const csv = join((far as TestTulle).checkout, 'examples/skyline', ORDERS_CSV)
    writeFileSync(csv, readFileSync(csv, 'utf8').replace(GOOD_ORDERS, `${GOOD_ORDERS}4,Di,2.00\n`))
    expect((far as TestTulle).sh('npx tulle run orders --wait --as ada').status).toBe(0)
    expect(run('seen').status).toBe(0)
    expect((rows() as readonly unknown[]).length).toBe(4)
    const listed = JSON.parse((near as TestTulle).sh('npx tulle runs list seen --as ada -o json').stdout) as readonly { readonly id: string }[]
    expect((near as TestTulle).sh(`npx tulle runs logs ${listed[0]?.id ?? ''} --as ada`).stdout).toMatch(/Read orders\.orders of 127\.0\.0\.1:\d+ at snapshot \d+/u)
  })

  it('is refused what its account may not see, in the words of the other mesh', () => {
    const refused = run('unseen')
    expect(refused.status).toBe(1)
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/source-refused[\s\S]*it says:/u)
  })
})
