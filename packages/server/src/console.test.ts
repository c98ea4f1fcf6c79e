// The console in a real browser, against a whole Tulle.

import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_FLAGS, findChromium, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

const executablePath = findChromium('the console in a real browser')

describe.skipIf(executablePath === undefined)('the console', () => {
  let tulle: TestTulle
  let browser: Browser
  const faults: string[] = []

  beforeAll(async () => {
    tulle = await startTulle()
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: [...CHROMIUM_FLAGS] })
    for (const product of ['flights', 'airports', 'punctuality', 'passengers']) {
      expect(tulle.sh(`tulle run ${product} --as ${product === 'passengers' ? 'olga' : product === 'airports' ? 'ada' : 'dora'} --wait`)).toMatchObject({ status: 0 })
    }
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await tulle?.stop()
  })

  const signIn = async (user: string): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 40[13]/u.test(message.text())) faults.push(message.text()) })
    await page.goto(tulle.url)
    await page.getByLabel('Name').fill(user)
    await page.getByLabel('Password', { exact: true }).fill(tulle.secret(user))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Data products' }).waitFor()
    return page
  }

  it('sends strangers to sign in, and a wrong password is a sentence', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${tulle.url}/products/flights`)
    await page.getByLabel('Name').fill('ana')
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert').textContent()).resolves.toContain('password')
    await page.getByLabel('Password', { exact: true }).fill(tulle.secret('ana'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Flights' }).waitFor()
    expect(page.url()).toBe(`${tulle.url}/products/flights`)
  })

  it('finds products by the words of their columns, and the search is in the address', async () => {
    const page = await signIn('ana')
    await page.getByText('8 found').waitFor()
    await page.getByLabel('Search').fill('passport')
    await page.getByText('1 found').waitFor()
    await page.getByRole('link', { name: 'Passengers' }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('passport')
  })

  it('shows sample rows under the viewer\'s own rights', async () => {
    const ana = await signIn('ana')
    await ana.goto(`${tulle.url}/products/passengers?tab=sample`)
    await ana.getByRole('cell', { name: /@example\.org/u }).first().waitFor()
    const bo = await signIn('bo')
    await bo.goto(`${tulle.url}/products/passengers?tab=sample`)
    await expect(bo.getByRole('alert').first().textContent()).resolves.toMatch(/may not read|grant/u)
    expect(await bo.getByRole('cell', { name: /@example\.org/u }).count()).toBe(0)
  })

  it('gives each port a snippet for each tool', async () => {
    const page = await signIn('ana')
    await page.goto(`${tulle.url}/products/flights?tab=ports`)
    for (const tool of ['psql', 'JDBC', 'Python', 'curl']) {
      await page.getByRole('tab', { name: tool }).click()
      await page.getByRole('button', { name: `Copy for ${tool}` }).waitFor()
    }
    await page.getByText(`jdbc:postgresql://127.0.0.1:${tulle.sqlPort}/tulle`).waitFor({ state: 'attached' }).catch(() => undefined)
  })

  it('runs a product and shows its steps as they go', async () => {
    const page = await signIn('dora')
    await page.goto(`${tulle.url}/products/punctuality`)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('heading', { name: /Run of punctuality/u }).waitFor()
    for (const step of ['ingest', 'transform', 'check', 'publish', 'notify']) await page.getByRole('cell', { name: step, exact: true }).waitFor()
    await page.getByText('succeeded').first().waitFor({ timeout: 60_000 })
  })

  it('tells somebody who may not run a product why', async () => {
    const page = await signIn('bo')
    await page.goto(`${tulle.url}/products/flights`)
    await page.getByRole('button', { name: 'Run' }).hover()
    await page.getByRole('tooltip').waitFor()
  })

  it('logs no fault of its own, under a policy that lets no foreign script run', async () => {
    const response = await fetch(tulle.url, { headers: { accept: 'text/html' } })
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(faults).toEqual([])
  })
})
