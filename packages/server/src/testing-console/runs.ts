// Runs, what they changed, and who may not start them.

import { expect, it } from 'vitest'
import type { ConsoleRig } from './rig.ts'

export function runs(rig: ConsoleRig): void {
  it('runs a product and shows its steps as they go', async () => {
    const page = await rig.signIn('dora')
    await page.goto('/products/punctuality')
    await page.getByRole('button', { name: 'More ways to run' }).click()
    await page.getByRole('menuitem', { name: 'Run even if nothing has changed' }).click()
    await page.getByRole('heading', { name: 'Run of punctuality' }).waitFor()
    // Without a reload: the server tells of each change.
    for (const step of ['ingest', 'transform', 'write', 'check', 'publish', 'notify', 'profile']) await page.getByRole('listitem', { name: `${step}: succeeded` }).waitFor({ timeout: 30_000 })
    await page.getByRole('status').getByText('succeeded').waitFor()
    await page.getByRole('log').getByText('Published punctuality.punctuality').waitFor()
    await page.getByText('16 of 16 pass').waitFor()
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0)

    // From a step: what came before it is taken over.
    const first = page.url()
    await page.getByRole('button', { name: 'Run again from check' }).click()
    await page.waitForURL((url) => url.href !== first)
    for (const step of ['ingest: skipped', 'transform: skipped', 'write: skipped', 'check: succeeded', 'publish: succeeded', 'profile: succeeded']) await page.getByRole('listitem', { name: step }).waitFor()
    await page.getByText(`Taken over from run ${first.split('/').at(-1)}.`).first().waitFor()
    // Another one has published since.
    await page.goto(first)
    await page.getByRole('button', { name: 'Run again from check' }).click()
    await page.getByRole('dialog', { name: 'Not from check' }).getByText(/has published punctuality\.punctuality since/u).waitFor()
    expect(page.url()).toBe(first)
  })

  it('shows what a version changed, and the SQL that reads it', async () => {
    const page = await rig.signIn('dora', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/products/punctuality?tab=versions')
    await page.getByText('contract-').first().waitFor()
    await page.getByRole('button', { name: /^Changes of /u }).first().click()
    const dialog = page.getByRole('dialog')
    // The run before was forced, over the same inputs.
    await dialog.getByText('0 rows added, 0 removed, 0 changed').waitFor()
    await dialog.getByRole('button', { name: 'Copy SQL' }).click()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(/^SELECT \* FROM "punctuality"\."punctuality" FOR VERSION AS OF \d+$/u)
  })

  it('tells somebody who may not run a product why, by mouse and by keyboard', async () => {
    const page = await rig.signIn('bo')
    await page.goto('/products/flights')
    const run = page.getByRole('button', { name: 'Run', exact: true })
    await run.focus()
    await page.getByRole('tooltip').getByText('The role consumer may not run.').waitFor()
    await run.press('Enter')
    expect(page.url()).toBe(`${rig.tulle.url}/products/flights`)
  })
}
