// The pages of a product: overview, sample rows, ports, usage, status.

import { expect, it } from 'vitest'
import type { ConsoleRig } from './rig.ts'

export function products(rig: ConsoleRig): void {
  it('shows what a product is, where it comes from and where it goes', async () => {
    const page = await rig.signIn('bo')
    await page.goto('/products/flights')
    await page.getByText('3,000,000 rows').waitFor()
    await page.getByText('For the purpose: Operations planning.').waitFor()
    await page.getByText(/^\d+ of \d+ pass$/u).waitFor()
    await page.getByRole('link', { name: 'Punctuality' }).click()
    await page.getByRole('heading', { name: 'Punctuality', exact: true }).waitFor()
    await page.getByText('You may not read it yet').waitFor()
    await page.getByText('npx tulle access request punctuality --purpose operations_planning').waitFor()
  })

  it('shows sample rows under the viewer\'s own rights, and tells others why not and whom to ask', async () => {
    const [ana, bo] = [await rig.signIn('ana'), await rig.signIn('bo')]
    await Promise.all([ana, bo].map((page) => page.goto('/products/passengers?tab=sample')))
    await ana.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).first().waitFor()
    expect(await ana.getByRole('row').count()).toBe(21)
    await bo.getByRole('cell', { name: /^P\d+$/u }).first().waitFor()
    expect(await bo.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).count(), 'planning sees no names').toBe(0)
    await bo.goto('/products/bookings?tab=sample')
    const refusal = bo.getByRole('alert')
    await refusal.getByText('No grant lets bo read bookings.bookings.').waitFor()
    await refusal.getByText('olga').waitFor()
    await refusal.getByRole('link', { name: 'Ask for access' }).waitFor()
    expect(await bo.getByRole('cell').count()).toBe(0)
  })

  it('gives each port a snippet for each tool, ready to paste and without a secret', async () => {
    const tools: readonly (readonly [tool: string, snippet: RegExp])[] = [
      ['psql', new RegExp(`^psql 'host=127\\.0\\.0\\.1 port=${rig.tulle.sqlPort} dbname=tulle user=ana sslmode=verify-ca sslrootcert=\\S+/ca\\.pem'`, 'u')],
      ['JDBC', new RegExp(`"jdbc:postgresql://127\\.0\\.0\\.1:${rig.tulle.sqlPort}/tulle\\?sslmode=verify-ca`, 'u')],
      ['Python', new RegExp(`psycopg\\.connect\\(host="127\\.0\\.0\\.1", port=${rig.tulle.sqlPort}`, 'u')],
      ['curl', /^curl -u ana 'http\S+\/data\/v1\/flights\/flights\?limit=10'$/u],
    ]
    const page = await rig.signIn('ana', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/products/flights?tab=ports')
    for (const [tool, snippet] of tools) {
      await page.getByRole('tab', { name: tool, exact: true }).click()
      await page.getByRole('button', { name: `Copy for ${tool}` }).click()
      const copied = await page.evaluate<string>('navigator.clipboard.readText()')
      expect(copied).toMatch(snippet)
      expect(copied).not.toContain(rig.tulle.secret('ana'))
    }
  })

  it('shows those who answer for a product who uses it, and nobody else', async () => {
    const [olga, ana] = [await rig.signIn('olga'), await rig.signIn('ana')]
    await olga.goto('/products/passengers?tab=usage')
    await olga.getByRole('region', { name: 'Active consumers' }).waitFor()
    await olga.getByRole('img', { name: /queries in 30 days/u }).waitFor()
    await ana.goto('/products/passengers?tab=usage')
    await ana.getByRole('alert').waitFor()
    expect(await ana.getByRole('region', { name: 'Active consumers' }).count()).toBe(0)
  })

  it('says on one page what a product promises of its service, how it is kept, and whether its incidents are told', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/products/flights?tab=status')
    await page.getByText('80 % over 20 days').waitFor()
    await page.getByRole('region', { name: 'Badge' }).getByText('documented-columns').waitFor()
    await page.getByRole('link', { name: /^\d+ of \d+ pass$/u }).waitFor()
    await page.getByRole('button', { name: 'Tell me of incidents' }).click()
    await page.getByRole('button', { name: 'Tell me no more of incidents' }).waitFor()
  })
}
