// How soon the console's first page is there on a cold cache, and how much script comes before it: `node bench/first-page.ts [ROUNDS]`. Each
// round is a browser of its own with nothing kept. It starts a Tulle on the sample mesh; needs Debian's Chromium.

import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, startTulle } from '@tulle/server/testing'

const ROUNDS = Number(process.argv[2] ?? 10)
const GOAL = { milliseconds: 1_000, bytes: 300_000 }

const executablePath = findChromium('how soon the first page is there')
if (executablePath !== undefined) {
  await using tulle = await startTulle()
  const session = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'ana', password: tulle.secret('ana') }) })
  const [cookie = ''] = session.headers.getSetCookie()
  const [pair = ''] = cookie.split(';')
  const at = pair.indexOf('=')
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  const rounds: { readonly painted: number; readonly usable: number; readonly bytes: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const context = await browser.newContext({ baseURL: tulle.url })
    await context.addCookies([{ name: pair.slice(0, at), value: pair.slice(at + 1), url: tulle.url }])
    const page = await context.newPage()
    const sizes: Promise<number>[] = []
    page.on('response', (response) => { if (response.url().endsWith('.js')) sizes.push(response.body().then((body) => gzipSync(body).length)) })
    await page.goto('/')
    await page.getByRole('link', { name: 'Flights', exact: true }).first().waitFor()
    await page.waitForFunction('performance.getEntriesByName("first-contentful-paint").length > 0')
    const { painted, usable } = await page.evaluate<{ painted: number; usable: number }>('({ painted: performance.getEntriesByName("first-contentful-paint")[0].startTime, usable: performance.now() })')
    rounds.push({ painted, usable, bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) })
    await context.close()
  }
  await browser.close()
  const middle = (key: keyof (typeof rounds)[number]): number => Math.round(rounds.map((one) => one[key]).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0)
  console.log(`first paint ${middle('painted')} ms, products in sight ${middle('usable')} ms (goal ${GOAL.milliseconds}), script ${Math.round(middle('bytes') / 1000)} KB compressed (goal ${GOAL.bytes / 1000}); middle of ${ROUNDS} rounds`)
  if (middle('usable') > GOAL.milliseconds || middle('bytes') > GOAL.bytes) process.exitCode = 1
}
