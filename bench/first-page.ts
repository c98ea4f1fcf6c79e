// How soon the console's first page is there on a cold cache, and how much script comes before it: `node bench/first-page.ts [ROUNDS]`. Each
// round is a browser of its own with nothing kept. It starts a Tulle on the sample mesh; needs Debian's Chromium.

import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, startTulle } from '@tulle/server/testing'

const ROUNDS = Number(process.argv[2] ?? 10)
const GOAL = { milliseconds: 1_000, bytes: 300_000 }

// In the page: the frame after the first product was there. A strict page evaluates no text, so nothing is asked of it again and again.
const WATCH = `
globalThis.inSight = new Promise((seen) => {
  const look = () => {
    if (![...document.querySelectorAll('a')].some((link) => link.textContent === 'Flights')) return void setTimeout(look, 4)
    requestAnimationFrame(() => requestAnimationFrame(() => seen(performance.now())))
  }
  look()
})`
const READ = `globalThis.inSight.then((usable) => new Promise((told) => {
  new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime: painted }) => {
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
    told({ painted, usable, bytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) })
  })).observe({ type: 'paint', buffered: true })
}))`

const executablePath = findChromium('how soon the first page is there')
if (executablePath !== undefined) {
  await using tulle = await startTulle()
  const session = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'ana', password: tulle.secret('ana') }) })
  const [cookie = ''] = session.headers.getSetCookie()
  const [pair = ''] = cookie.split(';')
  const at = pair.indexOf('=')
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  // The first products are published by then.
  await waitForFlights(tulle.url, pair)
  const rounds: { readonly painted: number; readonly usable: number; readonly bytes: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const context = await browser.newContext({ baseURL: tulle.url })
    await context.addCookies([{ name: pair.slice(0, at), value: pair.slice(at + 1), url: tulle.url }])
    const page = await context.newPage()
    await page.addInitScript(WATCH)
    await page.goto('/', { waitUntil: 'commit' })
    rounds.push(await page.evaluate<(typeof rounds)[number]>(READ))
    await context.close()
  }
  await browser.close()
  const middle = (key: keyof (typeof rounds)[number]): number => Math.round(rounds.map((one) => one[key]).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0)
  console.log(`first paint ${middle('painted')} ms, products in sight ${middle('usable')} ms (goal ${GOAL.milliseconds}), script ${Math.round(middle('bytes') / 1000)} KB compressed (goal ${GOAL.bytes / 1000}); middle of ${ROUNDS} rounds`)
  if (middle('usable') > GOAL.milliseconds || middle('bytes') > GOAL.bytes) process.exitCode = 1
}

async function waitForFlights(url: string, cookie: string): Promise<void> {
  for (const began = performance.now(); performance.now() - began < 120_000; await new Promise((wake) => setTimeout(wake, 500))) {
    const answer = await fetch(`${url}/api/v1/search?q=flights`, { headers: { cookie } })
    if (answer.ok && (await answer.text()).includes('"title":"Flights"')) return
  }
  throw new Error('no product "Flights"')
}
