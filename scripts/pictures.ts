// Takes the pictures of the README from the real console: `node scripts/pictures.ts [NAME…]`, all of them unless told. Needs Debian's Chromium.

import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

interface Picture {
  readonly name: string
  readonly user: string
  readonly path: string
  /** A text that stands on the page when it is whole. */
  readonly wait: string
  /** A button that is pressed before it is. */
  readonly press?: string
  readonly dark?: boolean
  readonly phone?: boolean
}

const PICTURES: readonly Picture[] = [
  { name: 'catalogue', user: 'ana', path: '/', wait: '9 found' },
  { name: 'catalogue-phone', user: 'ana', path: '/', wait: '9 found', phone: true },
  { name: 'product', user: 'bo', path: '/products/flights', wait: ' pass' },
  { name: 'product-dark', user: 'bo', path: '/products/flights', wait: ' pass', dark: true },
  { name: 'ports', user: 'ana', path: '/products/flights?tab=ports', wait: 'psql' },
  { name: 'schema', user: 'ana', path: '/products/passengers?tab=schema', wait: 'Classification' },
  { name: 'sample', user: 'ana', path: '/products/passengers?tab=sample', wait: 'P0000' },
  { name: 'denied', user: 'bo', path: '/products/bookings?tab=sample', wait: 'No grant' },
  { name: 'versions', user: 'ana', path: '/products/punctuality?tab=versions', wait: 'served' },
  { name: 'profile', user: 'ana', path: '/products/flights?tab=profile', wait: 'distinct' },
  { name: 'workbench', user: 'ana', path: `/workbench?sql=${encodeURIComponent('select origin, count(*) as flights, avg(delay) as mean_delay from flights.flights group by origin order by flights desc limit 12')}`, press: 'Run', wait: 'rows in' },
  { name: 'dashboard', user: 'ana', path: '/dashboards/flights/skies', wait: 'asked at' },
  { name: 'editor', user: 'dora', path: '/editor?file=domains/operations/flights/product.yaml', wait: 'No changes' },
  { name: 'governance', user: 'ada', path: '/governance?tab=coverage', wait: 'Not classified' },
  { name: 'changes', user: 'ana', path: '/products/passengers?tab=changes', press: 'From the start', wait: 'P0000' },
  { name: 'lineage', user: 'ana', path: '/products/punctuality?tab=lineage', wait: 'airport_iata' },
  { name: 'map', user: 'ana', path: '/map', wait: 'Punctuality' },
  { name: 'access', user: 'olga', path: '/products/passengers?tab=access', wait: 'Revoke' },
  { name: 'ask', user: 'bo', path: '/products/bookings/ask?columns=%5B%22booking_id%22,%22origin%22,%22destination%22,%22fare%22%5D&where=fare+%3E+100&days=30', wait: 'An owner of the product' },
]

// A picture weighs on every clone.
const LIMIT_BYTES = 250_000

const executablePath = findChromium('the pictures')
if (executablePath !== undefined) {
  const folder = join(import.meta.dirname, '../docs/pictures')
  mkdirSync(folder, { recursive: true })
  await using tulle = await startTulle()
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  const first = await signIn(browser, tulle, 'ana', {})
  await untilEverythingIsPublished(first, tulle)
  await keepDashboard(first, tulle)
  const shoot = async (page: Page, { name, path, wait, press }: Pick<Picture, 'name' | 'path' | 'wait' | 'press'>): Promise<void> => {
    await page.goto(`${tulle.url}${path}`)
    if (press !== undefined) await page.getByRole('button', { name: press }).click()
    await page.getByText(wait).first().waitFor()
    await page.waitForTimeout(500)
    const file = join(folder, `${name}.png`)
    await page.screenshot({ path: file })
    const { size } = statSync(file)
    console.log(`docs/pictures/${name}.png ${Math.round(size / 1000)} KB${size > LIMIT_BYTES ? ': too heavy' : ''}`)
    if (size > LIMIT_BYTES) process.exitCode = 1
  }
  const wanted = process.argv.slice(2)
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
  for (const picture of PICTURES.filter(({ name }) => isWanted(name))) {
    const page = await signIn(browser, tulle, picture.user, picture)
    await shoot(page, picture)
    await page.context().close()
  }
  if (isWanted('request')) {
    const request = JSON.parse(tulle.sh('tulle access request bookings --as bo --purpose operations_planning --columns booking_id,origin,destination,fare --where "fare > 100" --for 30d --because "Where our passengers fly." -o json').stdout) as { id: string }
    const olga = await signIn(browser, tulle, 'olga', {})
    await shoot(olga, { name: 'request', path: `/access/requests/${request.id}`, wait: 'rows' })
    await olga.context().close()
  }
  if (isWanted('run')) {
    const run = JSON.parse(tulle.sh('tulle run punctuality --as dora --wait --force -o json').stdout) as { id: string }
    await shoot(first, { name: 'run', path: `/runs/${run.id}`, wait: ' pass' })
  }
  await first.context().clearCookies()
  if (isWanted('sign-in')) await shoot(first, { name: 'sign-in', path: '/sign-in', wait: 'Demo users' })
  await browser.close()
}

/** Three queries on a page, beside the flights. */
async function keepDashboard(page: Page, tulle: TestTulle): Promise<void> {
  const put = async (path: string, data: unknown): Promise<void> => {
    const answer = await page.request.put(`${tulle.url}/api/v1/products/flights/${path}`, { data, headers: { origin: tulle.url } })
    if (!answer.ok()) throw new Error(`${path}: ${await answer.text()}`)
  }
  const queries = [
    ['busiest', 'Busiest airports', 'select origin, count(*) as flights from flights.flights group by origin order by flights desc limit 12', { mark: 'bar' }],
    ['by_day', 'Mean delay by day', 'select date::date as day, avg(delay) as mean_delay from flights.flights group by day order by day', { mark: 'line' }],
    ['worst', 'Longest delays', 'select origin, destination, date, delay from flights.flights order by delay desc limit 12', undefined],
  ] as const
  for (const [name, title, sql, chart] of queries) await put(`queries/${name}`, { title, sql, ...(chart !== undefined && { chart }) })
  await put('dashboards/skies', {
    title: 'How the skies are', description: 'Where people fly from, and how late they are.',
    panels: [{ product: 'flights', query: 'busiest', width: 2, view: 'chart' }, { product: 'flights', query: 'worst', width: 1, view: 'table' }, { product: 'flights', query: 'by_day', width: 3, view: 'chart' }],
  })
}

async function signIn(browser: Browser, tulle: TestTulle, user: string, { dark = false, phone = false }: Pick<Picture, 'dark' | 'phone'>): Promise<Page> {
  const page = await browser.newPage({ viewport: phone ? { width: 390, height: 780 } : { width: 1280, height: 800 }, colorScheme: dark ? 'dark' : 'light' })
  await page.goto(tulle.url)
  await page.getByRole('textbox', { name: 'Name' }).fill(user)
  await page.getByLabel('Password', { exact: true }).fill(tulle.secret(user))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Data products' }).waitFor()
  return page
}

async function untilEverythingIsPublished(page: Page, tulle: TestTulle): Promise<void> {
  const deadline = Date.now() + 300_000
  for (;;) {
    const { products } = (await (await page.request.get(`${tulle.url}/api/v1/products`)).json()) as { products: { name: string; lastPublished?: string }[] }
    const waiting = products.filter(({ lastPublished }) => lastPublished === undefined).map(({ name }) => name)
    if (waiting.length === 0) return
    if (Date.now() > deadline) throw new Error(`Not published in time: ${waiting.join(', ')}.`)
    await page.waitForTimeout(300)
  }
}
