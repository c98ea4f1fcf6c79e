// The rig of the console's tests: one Tulle on one mesh and one browser, shared by every page's cases.

import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { CHROMIUM_FLAGS, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { makeHostileMesh } from './hostile-mesh.ts'

export interface ConsoleRig {
  readonly tulle: TestTulle
  /** What a page logged or tried that it must not: scripts of others, errors, dialogs. */
  readonly faults: string[]
  /** A page that nobody has signed in on. */
  openBrowser(options?: Parameters<Browser['newContext']>[0]): Promise<Page>
  fillIn(page: Page, user: string, password?: string): Promise<void>
  /** The first page of a user: by hand once, later pages of the same user begin with that session. */
  signIn(user: string, options?: Parameters<Browser['newContext']>[0]): Promise<Page>
  start(executablePath: string): Promise<void>
  /** At the end of a case: what each of its pages shows is kept in `.test-output/console`, by the case's name. */
  closePages(nameOfCase: string): Promise<void>
  stop(): Promise<void>
}

export function consoleRig(): ConsoleRig {
  let tulle: TestTulle
  let browser: Browser
  let mesh: string
  const faults: string[] = []

  const openBrowser = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const context: BrowserContext = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: tulle.url, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(30_000)
    const page = await context.newPage()
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    // Chromium logs each refusal too; who is not signed in, not allowed or lost is no fault of the page, nor is what a form was refused.
    page.on('response', (response) => { if (response.request().method() === 'GET' && response.status() >= 400 && ![401, 403, 404].includes(response.status())) faults.push(`${response.status()} ${response.url()}`) })
    page.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text()) })
    return page
  }

  const fillIn = async (page: Page, user: string, password = tulle.secret(user)): Promise<void> => {
    await page.getByRole('textbox', { name: 'Name' }).fill(user)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  // By hand once; later pages of the same user begin with that session.
  const sessions = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>()
  const signIn = async (user: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const session = sessions.get(user)
    const page = await openBrowser({ ...options, ...(session !== undefined && { storageState: session }) })
    await page.goto('/')
    if (session === undefined) await fillIn(page, user)
    await page.getByRole('heading', { name: 'Data products' }).waitFor()
    if (session === undefined) sessions.set(user, await page.context().storageState())
    return page
  }

  return {
    get tulle() { return tulle },
    faults, openBrowser, fillIn, signIn,
    start: async (executablePath) => {
      mesh = makeHostileMesh()
      ;[tulle, browser] = await Promise.all([startTulle({ mesh, environment: { TULLE_WEBHOOK_HOSTS: '127.0.0.1' } }), chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })])
      await untilPublished(tulle, ['flights', 'passengers', 'punctuality', 'naughty'])
    },
    closePages: (nameOfCase) => keepAndClose(browser, nameOfCase),
    stop: async () => {
      await browser?.close()
      await tulle?.stop()
      rmSync(mesh, { recursive: true, force: true })
    },
  }
}

const PICTURES = resolve(import.meta.dirname, '../../../../.test-output/console')

/** Pages that stay open ask for news for ever, which slows the others down. */
export async function keepAndClose(browser: Browser, nameOfCase: string): Promise<void> {
  const pages = browser.contexts().flatMap((context) => context.pages())
  const name = nameOfCase.replaceAll(/[^a-z0-9]+/giu, '-').slice(0, 120)
  // A page may be on its way somewhere; a picture is no part of what the case holds.
  await Promise.all(pages.map((page, i) => page.screenshot({ path: join(PICTURES, `${name}${pages.length > 1 ? `-${i + 1}` : ''}.png`), timeout: 5_000 }).catch(() => undefined)))
  await Promise.all(browser.contexts().map((context) => context.close()))
}

/** What axe finds on a page that is serious or worse. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)
}

export async function tokenOf(tulle: TestTulle, user: string): Promise<string> {
  const signedIn = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: user, password: tulle.secret(user) }) })
  return ((await signedIn.json()) as { token: string }).token
}

/** Every product named has something to show. */
async function untilPublished(tulle: TestTulle, products: readonly string[]): Promise<void> {
  const token = await tokenOf(tulle, 'ada')
  const deadline = Date.now() + 240_000
  for (;;) {
    const answer = await fetch(`${tulle.url}/api/v1/products`, { headers: { authorization: `Bearer ${token}` } })
    const known = ((await answer.json()) as { products: { name: string; lastPublished?: string }[] }).products
    const waiting = products.filter((name) => known.find((product) => product.name === name)?.lastPublished === undefined)
    if (waiting.length === 0) return
    if (Date.now() > deadline) throw new Error(`Not published in time: ${waiting.join(', ')}.\n${tulle.output()}`)
    await new Promise((wake) => setTimeout(wake, 200))
  }
}
