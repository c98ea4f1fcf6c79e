// What holds of every page: hostile texts, findings of axe, size, faults.

import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { hostile, MARKDOWN, SCRIPT } from './hostile-mesh.ts'
import { seriousFindings } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function everyPage(rig: ConsoleRig): void {
  it('shows hostile texts as they are, wherever they stand, and runs none of them', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/')
    await page.getByRole('heading', { name: 'Data products' }).waitFor()
    const scripts = await page.locator('script').count()
    await page.goto('/?q=naughty')
    await page.getByRole('link', { name: SCRIPT }).waitFor()
    for (const text of [SCRIPT, ...hostile.slice(0, 5)]) await page.getByLabel('Search').fill(text.slice(0, 200))
    for (const tab of ['overview', 'ports', 'schema', 'sample', 'runs', 'status', 'versions', 'retention', 'changelog', 'lineage', 'changes', 'access', 'usage']) {
      await page.goto(`/products/naughty?tab=${tab}`)
      await page.getByRole('heading', { name: SCRIPT }).waitFor()
      await page.getByText(MARKDOWN).first().waitFor()
    }
    await page.goto('/products/naughty?tab=sample')
    await page.getByRole('cell', { name: SCRIPT, exact: true }).waitFor()
    expect(await page.getByRole('cell').count()).toBeGreaterThanOrEqual(hostile.length)
    expect(await page.locator('img:not([alt=""]), svg[onload], iframe, a[href^="javascript:"]').count()).toBe(0)
    expect(await page.locator('script').count()).toBe(scripts)
    expect(await page.title()).toBe(`${SCRIPT}: Sample rows · Tulle`)
    expect(rig.faults).toEqual([])
  })

  it('answers an address where nothing is with a page that leads on', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/nowhere')
    await page.getByRole('heading', { name: 'No such page' }).waitFor()
    await page.goto('/products/flihgts')
    await page.getByText('Did you mean "flights"?').waitFor()
    await page.getByRole('link', { name: 'To the catalogue', exact: true }).click()
    await page.getByText('10 found').waitFor()
    // The library logs what a page of an error shows.
    expect(rig.faults.splice(0).every((fault) => fault.includes('There is no product "flihgts"'))).toBe(true)
  })

  const PAGES = ['/', '/?q=passenger', '/products/passengers', '/products/passengers?tab=ports', '/products/passengers?tab=schema', '/products/passengers?tab=sample', '/products/passengers?tab=versions', '/products/passengers?tab=retention', '/products/passengers?tab=changelog', '/products/passengers?tab=changes', '/webhooks', '/products/flights?tab=lineage&column=origin', '/products/passengers?tab=access', '/products/flights?tab=status', '/products/passengers?tab=usage', '/map', '/map?product=naughty', '/workbench?sql=select%201', '/dashboards', '/dashboards/flights/busy_skies', '/products/naughty', '/runs', '/capabilities/file-input-port']

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('has no serious finding of axe in %s, and fits %d pixels', { timeout: 240_000 }, async (colorScheme, width) => {
    const page = await rig.signIn('olga', { colorScheme, viewport: { width, height: 850 } })
    const findings: string[] = []
    for (const path of PAGES) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      findings.push(...(await seriousFindings(page)).map((finding) => `${path}: ${finding}`))
      if (await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')) findings.push(`${path} is wider than the screen`)
    }
    expect(findings).toEqual([])
  })

  it('needs at most 300 KB of compressed script before the first paint', async () => {
    const page = await rig.openBrowser()
    const sizes: Promise<number>[] = []
    const plain: string[] = []
    page.on('response', (response) => {
      if (!response.url().endsWith('.js')) return
      sizes.push(response.body().then((bytes) => {
        if (bytes.length > 1_000 && response.headers()['content-encoding'] === undefined) plain.push(response.url())
        return gzipSync(bytes).length
      }))
    })
    await page.goto('/')
    await page.getByRole('textbox', { name: 'Name' }).waitFor()
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(50_000)
    expect(total).toBeLessThan(300_000)
    expect(plain, 'and it is compressed on its way').toEqual([])
  })

  it('logs no fault of its own, under a policy that lets no foreign script run', async () => {
    const response = await fetch(rig.tulle.url, { headers: { accept: 'text/html' } })
    expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self'(?:;|$)/u)
    expect(rig.faults).toEqual([])
  })
}
