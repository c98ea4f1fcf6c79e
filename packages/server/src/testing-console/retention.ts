// The tab that says how long what is kept, what would go, and what was archived.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { TestTulle } from '@tulle/server/testing'
import { seriousFindings } from './rig.ts'

interface Rig {
  readonly tulle: TestTulle
  readonly signIn: (user: string, options?: { readonly colorScheme: 'dark'; readonly viewport: { readonly width: number; readonly height: number } }) => Promise<Page>
  readonly faults: readonly string[]
}

/** A product with rows of two years ago, which its contract has archived, and one of today. */
export function addVisits(mesh: string): void {
  const folder = join(mesh, 'domains/sales/visits')
  mkdirSync(join(folder, 'contracts'), { recursive: true })
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/visits.csv'), `id,happened\n1,2024-01-01\n2,2024-01-10\n3,${new Date().toISOString().slice(0, 10)}\n`)
  writeFileSync(join(folder, 'product.yaml'), `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: visits, title: Visits }
spec:
  components:
    - { name: visits, type: data-product, properties: { definition: Who came, data_product_owner: olga, maintenance: { keep-stream: 7d } } }
    - { name: visits_file, type: file-input-port, properties: { path: domains/sales/visits/data/visits.csv } }
    - { name: visits, type: data-set, properties: { from: visits_file, maintenance: { keep-runs: 20d } } }
    - { name: sql, type: sql-output-port }
`)
  writeFileSync(join(folder, 'contracts/visits.odcs.yaml'), `apiVersion: v3.1.0
kind: DataContract
id: visits
name: visits
version: 1.0.0
status: active
schema:
  - name: visits
    customProperties: [{ property: retention, value: { column: happened, for: 30d, action: archive } }]
    properties:
      - { name: id, logicalType: integer }
      - { name: happened, logicalType: date }
`)
}

export function retaining(rig: Rig): void {
  const { signIn, faults } = rig
  it('shows how long what is kept and what would go, archives it, counts what would come back, and brings it back', async () => {
    const olga = await signIn('olga')
    await olga.goto('/products/visits?tab=retention')
    const kept = olga.getByRole('region', { name: 'How long it is kept' })
    await kept.getByText('Their happened is older than 30d: the contract has them archived.').waitFor()
    for (const [rule, by] of [['keep-stream: 7d', 'product'], ['keep-runs: 20d', 'data set'], ['expire-after: 30d', 'default']] as const) {
      expect(await kept.getByRole('row').filter({ hasText: rule }).innerText()).toContain(by)
    }
    await olga.getByText('Nothing was archived').waitFor()
    const due = olga.getByRole('region', { name: 'What would go now' })
    await expect.poll(async () => {
      await due.getByRole('button', { name: 'Look' }).click()
      await due.getByRole('status').waitFor()
      return due.getByRole('status').innerText()
    }, { timeout: 60_000, interval: 1_000 }).toContain('2, 2024-01-01 to 2024-01-10')
    expect(await seriousFindings(olga)).toEqual([])
    await due.getByRole('button', { name: 'Let it go now' }).click()
    await olga.getByRole('dialog').getByRole('button', { name: 'Let it go' }).click()
    await due.getByText('2 rows into the archive').waitFor()
    const archived = olga.getByRole('region', { name: 'Archived of visits' })
    await archived.getByText('happened from 2024-01-01 to 2024-01-10').waitFor()
    expect(rowsOf(rig.tulle)).toBe('1')

    await archived.getByRole('button', { name: 'Bring rows back' }).click()
    const form = olga.getByRole('dialog')
    await form.getByLabel('From').fill('2024-01-05')
    await form.getByLabel('Days to keep them').fill('10')
    expect(await form.getByRole('button', { name: 'Bring them back' }).isDisabled(), 'nobody has counted yet').toBe(true)
    await form.getByRole('button', { name: 'Count them' }).click()
    await form.getByText('1 row would come back').waitFor()
    expect(rowsOf(rig.tulle)).toBe('1')
    expect(await seriousFindings(olga)).toEqual([])
    await form.getByRole('button', { name: 'Bring them back' }).click()
    await form.getByText('1 row left the archive, 1 came into the data set').waitFor()
    await form.getByRole('button', { name: 'Done' }).click()
    await archived.getByText(/^Rows that came back \(from 2024-01-05\) stay until/u).waitFor()
    await archived.getByText('1 row in 1 file').waitFor()
    expect(rowsOf(rig.tulle)).toBe('2')
  })

  it('tells who only reads how long it is kept, and neither which values were archived nor how to bring them back', async () => {
    const ana = await signIn('ana', { colorScheme: 'dark', viewport: { width: 390, height: 850 } })
    await ana.goto('/products/visits?tab=retention')
    const archived = ana.getByRole('region', { name: 'Archived of visits' })
    await archived.waitFor()
    expect(await ana.getByRole('main').innerText()).not.toContain('2024-01')
    expect(await archived.getByRole('button', { name: 'Bring rows back' }).getAttribute('aria-disabled')).toBe('true')
    expect(await ana.getByRole('button', { name: 'Look' }).getAttribute('aria-disabled')).toBe('true')
    expect(await seriousFindings(ana)).toEqual([])
    expect(await ana.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false)
    expect(faults).toEqual([])
  })
}

const rowsOf = (tulle: TestTulle): string => tulle.sh('npx tulle sql "select count(*) as n from visits.visits" -o csv --as olga').stdout.trim().split('\n').at(-1) ?? ''
