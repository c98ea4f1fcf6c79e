// People at a browser, for the tests of the console. Everybody keeps one page from case to case: its process, its cache and its compiled
// code are warm, and a page that is loaded in it costs a third of one in a new window. Between cases it forgets what a case left there.

import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

/** How a page is looked at. */
export interface Look {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  readonly permissions?: readonly string[]
  readonly hasTouch?: boolean
}

export interface People {
  /** A page in a window of its own, where nobody has signed in. */
  openBrowser(options?: BrowserContextOptions): Promise<Page>
  fillIn(page: Page, user: string, password?: string): Promise<void>
  /** A page where this user is signed in, at no address yet: a case goes to its own. */
  signIn(user: string, look?: Look): Promise<Page>
  /** After each case: what a failed one shows is kept in `.test-output/console` by its name, of every case with `TULLE_TEST_PICTURES=1`. */
  endCase(task: { readonly name: string; readonly result?: { readonly state: string } }): Promise<void>
  close(): Promise<void>
}

export interface PeopleOptions {
  readonly executablePath: string
  readonly tulle: TestTulle
  /** Gets what a page logged or tried that it must not: scripts of others, errors, dialogs. */
  readonly faults: string[]
  readonly viewport: { readonly width: number; readonly height: number }
  readonly timeout: number
}

interface Seat {
  readonly page: Page
  readonly cookies: Awaited<ReturnType<BrowserContext['cookies']>>
  taken: boolean
}

/** A picture of the console's: a page of the same origin that asks for no news. */
const IDLE = '/tulle.svg'
const EVENTS = ['request', 'requestfinished', 'requestfailed', 'response', 'console', 'dialog', 'pageerror', 'download', 'popup'] as const

export async function openPeople({ executablePath, tulle, faults, viewport, timeout }: PeopleOptions): Promise<People> {
  const browser: Browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  const seats = new Map<string, Seat>()

  const openContext = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const context = await browser.newContext({ viewport, baseURL: tulle.url, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(timeout)
    context.on('weberror', (fault) => faults.push(fault.error().message))
    context.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    // Chromium logs each refusal too; who is not signed in, not allowed or lost is no fault of the page, nor is what a form was refused.
    context.on('response', (response) => { if (response.request().method() === 'GET' && response.status() >= 400 && ![401, 403, 404].includes(response.status())) faults.push(`${response.status()} ${response.url()}`) })
    context.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text()) })
    return context
  }

  const sitDown = async (user: string, hasTouch: boolean): Promise<Seat> => {
    const context = await openContext({ hasTouch })
    const answer = await context.request.post('/api/v1/session', { data: { name: user, password: tulle.secret(user) } })
    if (!answer.ok()) throw new Error(`${user} cannot sign in: ${answer.status()} ${await answer.text()}`)
    const page = await context.newPage()
    await page.goto(IDLE)
    return { page, cookies: await context.cookies(), taken: true }
  }

  const standUp = async ({ page, cookies }: Seat): Promise<void> => {
    const context = page.context()
    await Promise.all(context.pages().filter((other) => other !== page).map((other) => other.close()))
    for (const event of EVENTS) page.removeAllListeners(event)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.goto(IDLE)
    await page.evaluate(() => {
      localStorage.clear()
      sessionStorage.clear()
    })
    await Promise.all([context.clearPermissions(), context.clearCookies().then(() => context.addCookies(cookies))])
  }

  return {
    openBrowser: async (options) => (await openContext(options)).newPage(),
    fillIn: async (page, user, password = tulle.secret(user)) => {
      await page.getByRole('textbox', { name: 'Name' }).fill(user)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
    },
    signIn: async (user, look = {}) => {
      const of = `${user}${look.hasTouch === true ? ' by touch' : ''}`
      const kept = seats.get(of)
      if (kept?.taken === true) throw new Error(`${user} sits at a page in this case already.`)
      const seat = kept ?? (await sitDown(user, look.hasTouch === true))
      seats.set(of, seat)
      seat.taken = true
      await seat.page.setViewportSize(look.viewport ?? viewport)
      await seat.page.emulateMedia({ colorScheme: look.colorScheme ?? 'light' })
      if (look.permissions !== undefined) await seat.page.context().grantPermissions([...look.permissions])
      return seat.page
    },
    endCase: async ({ name, result }) => {
      const failed = result?.state === 'fail'
      const used = [...seats.values()].filter(({ taken }) => taken)
      const kept = failed ? [] : used.map(({ page }) => page.context())
      const idle = [...seats.values()].filter(({ taken }) => !taken).map(({ page }) => page.context())
      const open = browser.contexts().filter((context) => !idle.includes(context))
      if (failed || process.env['TULLE_TEST_PICTURES'] === '1') await picture(open.flatMap((context) => context.pages()), name)
      // A page that stays open asks for news for ever, which slows the others down.
      await Promise.all(open.filter((context) => !kept.includes(context)).map((context) => context.close()))
      for (const [of, seat] of seats) if (seat.taken && failed) seats.delete(of)
      await Promise.all(used.filter(() => !failed).map(async (seat) => {
        await standUp(seat)
        seat.taken = false
      }))
    },
    close: () => browser.close(),
  }
}

const PICTURES = resolve(import.meta.dirname, '../../../../.test-output/console')

async function picture(pages: readonly Page[], nameOfCase: string): Promise<void> {
  const name = nameOfCase.replaceAll(/[^a-z0-9]+/giu, '-').slice(0, 120)
  // A page may be on its way somewhere; a picture is no part of what the case holds.
  await Promise.all(pages.map((page, i) => page.screenshot({ path: join(PICTURES, `${name}${pages.length > 1 ? `-${i + 1}` : ''}.png`), timeout: 5_000 }).catch(() => undefined)))
}
