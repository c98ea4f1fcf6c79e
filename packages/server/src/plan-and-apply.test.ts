// Plan and apply as a product developer meets them: one living mesh, changed by its files, step by step. Each test leaves
// files and mesh in agreement.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openStore } from '@tulle/store'
import type { Store } from '@tulle/store'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { ORDERS_CONTRACT, ORDERS_YAML, shopMesh } from './testing-mesh.ts'

interface Snapshot { readonly id: string }
interface Planned { readonly text: string; readonly summary: Readonly<Record<string, number>>; readonly applyable: boolean }

// A command takes half a second on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 120_000 })
let tulle: TestTulle
let mesh: string
const folder = shopMesh()

beforeAll(async () => {
  tulle = await startTulle({ mesh: folder })
  mesh = join(tulle.checkout, 'examples/skyline')
})

afterAll(async () => {
  await tulle?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const sh = (command: string) => tulle.sh(`tulle ${command}`)
const edit = (path: string, before: string, after: string): void => writeFileSync(join(mesh, path), readFileSync(join(mesh, path), 'utf8').replace(before, after))
const plan = (flags = ''): Planned => JSON.parse(sh(`plan examples/skyline --as ada -o json ${flags}`).stdout) as Planned
const apply = (flags = '') => sh(`apply examples/skyline --as ada --yes ${flags}`)
const count = (table: string): string => sh(`sql --as ana -o csv 'select count(*) from ${table}'`).stdout.split('\n')[1] ?? ''

const history = (): readonly string[] => (JSON.parse(sh('history orders --as ada -o json').stdout) as Snapshot[]).map(({ id }) => id)

async function untilPublished(table: string): Promise<void> {
  await expect.poll(() => count(table), { timeout: 30_000, interval: 200 }).toBe('3')
}

describe('a plan', () => {
  it('of what was applied says that there is nothing to change', () => {
    expect(plan()).toMatchObject({ summary: {}, text: 'No changes. The mesh is as its files say.' })
  })

  it('lists, from one domain.yaml alone, the namespace, the group, the default policy and the quotas of the domain', () => {
    mkdirSync(join(mesh, 'domains/people'))
    writeFileSync(join(mesh, 'domains/people/domain.yaml'), 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: people }\nspec: { owner: support_team, quotas: { storage_gb: 7 } }\n')
    const { text, summary } = plan()
    expect(summary).toMatchObject({ create: 5 })
    expect(text.match(/\+ \S+/gu)).toEqual(['data-domain', 'domain-namespace', 'domain-group', 'domain-policy', 'domain-quota'].map((kind) => `+ ${kind}:people`))
    rmSync(join(mesh, 'domains/people'), { recursive: true })
  })

  it('that breaks a contract names the consumers and cannot be applied, unless that is said', () => {
    edit(ORDERS_CONTRACT, 'decimal(9,2)', 'string')
    const { text, applyable } = plan()
    expect(applyable).toBe(false)
    expect(text).toContain('❌ domains/sales/orders/contracts/orders.odcs.yaml:8:5 contract-breaks-consumer: data-set:orders.orders: Column amount changes from decimal(9, 2) to string')
    expect(text).toContain('This breaks 2 consumers: product totals, user ana')
    expect(apply().status).toBe(1)
    expect(plan('--allow-breaking').applyable).toBe(true)
    edit(ORDERS_CONTRACT, 'string\'', 'decimal(9,2)\'')
    expect(plan().summary).toEqual({})
  })

  it('changes nothing by being made, or by a dry run', () => {
    edit(ORDERS_YAML, 'What people ordered', 'What everybody ordered')
    const first = plan()
    expect(sh('apply examples/skyline --as ada --dry-run').stdout).toContain('1 to change')
    expect(plan()).toMatchObject({ summary: first.summary, text: first.text })
    const found = (): unknown => (JSON.parse(sh('search what was ordrred --as ana -o json').stdout) as { hits: { product: { name: string; access: string } }[] }).hits.map(({ product }) => [product.name, product.access])
    expect(found()).toEqual([['orders', 'granted']])
    expect(sh('search everybody --as ana').stdout).toBe('Nothing found.\n')
    expect(apply()).toMatchObject({ status: 0 })
    // A search knows what was applied at once.
    expect(sh('search everybody --as ana').stdout).toContain('What everybody ordered')
    expect(plan().summary).toEqual({})
  })

  it('that was kept is refused when the mesh has moved since', () => {
    edit(ORDERS_YAML, 'What everybody ordered', 'Orders kept')
    expect(sh('plan examples/skyline --as ada --out kept.json')).toMatchObject({ status: 0, stderr: '' })
    edit(ORDERS_YAML, 'Orders kept', 'Orders changed by somebody else')
    expect(apply()).toMatchObject({ status: 0 })
    const refused = sh('apply --plan kept.json --as ada --yes')
    expect({ status: refused.status, stderr: refused.stderr.match(/❌ [a-z-]+/gu) }).toEqual({ status: 1, stderr: ['❌ plan-stale'] })
    expect(refused.stderr).toContain('Help: Plan again')
    expect(plan().summary).toEqual({})
  })

  it('over a contract whose rule would read a file is refused, by validate too', () => {
    edit(ORDERS_CONTRACT, 'mustBeGreaterThan: 0 }', "mustBeGreaterThan: 0 }\n      - { type: sql, mustBe: 0, query: \"select count(*) from read_csv('/etc/passwd')\" }")
    for (const refused of [sh('plan examples/skyline --as ada'), apply(), sh('validate examples/skyline')]) {
      expect(refused.status).toBe(1)
      expect(`${refused.stdout}${refused.stderr}`).toContain('contract-sql-refused')
    }
    edit(ORDERS_CONTRACT, "\n      - { type: sql, mustBe: 0, query: \"select count(*) from read_csv('/etc/passwd')\" }", '')
    expect(plan().summary).toEqual({})
  })

  it('with one finding changes nothing of the rest', () => {
    edit(ORDERS_YAML, 'Orders changed by somebody else', 'Half of a change')
    edit('domains/sales/totals/product.yaml', 'sql-output-port', 'sql-outptu-port')
    const refused = apply()
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('Did you mean "sql-output-port"?')
    expect(sh('product show orders --as ada').stdout).toContain('Orders changed by somebody else')
    edit('domains/sales/totals/product.yaml', 'sql-outptu-port', 'sql-output-port')
    edit(ORDERS_YAML, 'Half of a change', 'Orders changed by somebody else')
  })
})

describe('two appliers at once', () => {
  it('one wins, and the other is told', () => {
    edit(ORDERS_YAML, 'Orders changed by somebody else', 'Orders')
    const both = tulle.sh('for i in 1 2; do (tulle apply examples/skyline --as ada --yes > out$i 2>&1; echo "exit $?" >> out$i) & done; wait; cat out1 out2')
    const exits = both.stdout.match(/exit \d/gu)?.toSorted()
    // The second may have planned only after the first was through: then it has nothing to do.
    const told = /❌ (?:apply-in-progress|plan-stale)/u.test(both.stdout) ? ['exit 0', 'exit 1'] : ['exit 0', 'exit 0']
    expect(exits).toEqual(told)
    expect(told[1] === 'exit 1' || both.stdout.includes('No changes')).toBe(true)
    expect(plan().summary).toEqual({})
  })
})

describe('a product', () => {
  it('moves to another domain and team with its snapshots, its grants and its readers', () => {
    const [grants, before] = [sh('grants list --as ada -o json').stdout, history()]
    renameSync(join(mesh, 'domains/sales/orders'), join(mesh, 'domains/support/orders'))
    edit('domains/support/orders/product.yaml', 'domains/sales/', 'domains/support/')
    const { text, summary } = plan()
    expect(summary).toEqual({ move: 1, update: 1 })
    expect(text).toContain('Move data product orders (nothing is destroyed: same id, same tables, same snapshots, same grants)')
    expect(apply()).toMatchObject({ status: 0 })
    expect(sh('grants list --as ada -o json').stdout).toBe(grants)
    // Its input port names another path now, so a run may have added a snapshot on top.
    expect(history().slice(-before.length)).toEqual(before)
    expect(count('orders.orders')).toBe('3')
    expect(plan().summary).toEqual({})
  })

  it('that leaves the files is kept, and said to be, until somebody says --prune', () => {
    removeTotals()
    const kept = sh('plan examples/skyline --as ada')
    expect(kept.stdout).toContain('No changes. The mesh has what its files say, and more.')
    expect(`${kept.stdout}${kept.stderr}`).toContain('product-kept: The data product "totals" is no longer in the files.')
    expect(apply()).toMatchObject({ status: 0 })
    expect(count('totals.totals')).toBe('3')
  })

  it('is archived by --prune: not served any more, and nothing of it destroyed', () => {
    const files = filesOf('totals-')
    expect(files.length).toBeGreaterThan(0)
    expect(apply('--prune').stdout).toContain('Archive totals (it can come back: data, ids and grants are kept)')
    const asked = sh("sql --as ana 'select count(*) from totals.totals'")
    expect({ status: asked.status, stderr: asked.stderr.split('\n', 1)[0] }).toEqual({ status: 1, stderr: '❌ sql-failed: There is no table totals.totals. (42P01)' })
    expect(filesOf('totals-')).toEqual(files)
  })

  it('comes back with its data and its grants', () => {
    bringTotalsBack()
    expect(plan().text).toContain('↑ data-product:totals')
    expect(apply()).toMatchObject({ status: 0 })
    expect(count('totals.totals')).toBe('3')
  })

  it('is destroyed only by --allow-destroy, with its data, and begins anew afterwards', async () => {
    removeTotals()
    expect(plan('--allow-destroy').text).toContain('Destroy totals (this cannot be taken back)')
    expect(apply('--allow-destroy').status).toBe(0)
    expect(filesOf('totals-')).toEqual([])
    bringTotalsBack()
    // Orders belong to another team by now: a product reads them by a grant of its own, which the same plan makes.
    mkdirSync(join(mesh, 'grants'))
    writeFileSync(join(mesh, 'grants/totals_read_orders.yaml'), 'apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: totals_read_orders }\nspec: { subject: { product: totals }, product: orders, purposes: [reporting] }\n')
    expect(apply()).toMatchObject({ status: 0 })
    const asked = sh("sql --as ana 'select count(*) from totals.totals'")
    expect(asked.stderr, 'its grants went with it').toContain('No grant lets ana read totals.totals. (42501)')
    await expect.poll(() => sh("sql --as dora -o csv 'select count(*) from totals.totals'").stdout, { timeout: 20_000, interval: 200 }).toBe('count\n3\n')
  })
})

describe('drift', () => {
  it('is seen by plan, healed by apply, and the next run fills the table again', async () => {
    const { store, close } = await controlDatabase()
    try {
      const dropped = await store.db.deleteFrom('table_pointer').where('name', '=', 'orders').returning('uuid').execute()
      expect(dropped).toHaveLength(1)
    } finally {
      await close()
    }
    expect(plan().text).toContain('data-set:orders.orders')
    expect(plan().summary).toEqual({ heal: 1 })
    expect(apply()).toMatchObject({ status: 0 })
    expect(plan().summary).toEqual({})
    await untilPublished('orders.orders')
  })
})

const aside = (): string => join(tulle.checkout, 'totals')

function removeTotals(): void {
  cpSync(join(mesh, 'domains/sales/totals'), aside(), { recursive: true })
  rmSync(join(mesh, 'domains/sales/totals'), { recursive: true })
  edit('mesh.yaml', 'orders, totals', 'orders')
}

function bringTotalsBack(): void {
  renameSync(aside(), join(mesh, 'domains/sales/totals'))
  edit('mesh.yaml', 'grants: [orders]', 'grants: [orders, totals]')
}

/** The files below the warehouse folders of a data set. */
function filesOf(prefix: string): readonly string[] {
  const warehouse = join(tulle.home, 'warehouse')
  return readdirSync(warehouse, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes(`/${prefix}`))
    .map((entry) => join(entry.parentPath, entry.name)).toSorted()
}

/** The state behind the server's back, as somebody with the keys of the house would open it. */
async function controlDatabase(): Promise<{ readonly store: Store; close(): Promise<void> }> {
  const folder = join(tulle.home, 'pg')
  const host = join(folder, 'cluster/run')
  expect(existsSync(host)).toBe(true)
  const store = await openStore({ connection: { host, port: 5432, user: 'tulle', password: readFileSync(join(folder, 'password'), 'utf8').trim(), database: 'tulle' } })
  if (!store.ok) throw new Error(JSON.stringify(store.diagnostics))
  return { store: store.value, close: () => store.value.close() }
}
