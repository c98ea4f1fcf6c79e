// How soon the map of a thousand products follows the hand: `node bench/map.ts [MOVES]`. From each wheel turn and each move of a drag to the
// moment after the frame that shows it. It starts a Tulle on the sample mesh, whose graph is another one for the map; needs Debian's Chromium.

import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, generatedGraph, startTulle } from '@tulle/server/testing'

const MOVES = Number(process.argv[2] ?? 120)
const GOAL_MILLISECONDS = 100

// In the page: an event's own time, and the first task after the next frame was painted.
const WATCH = `
globalThis.taken = []
for (const type of ['wheel', 'pointermove']) addEventListener(type, (event) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => globalThis.taken.push(performance.now() - event.timeStamp)
  port2.postMessage(0)
}), { capture: true, passive: true })`

const executablePath = findChromium('how soon the map follows')
if (executablePath !== undefined) {
  await using tulle = await startTulle()
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, baseURL: tulle.url })
  await page.goto('/')
  await page.getByRole('textbox', { name: 'Name' }).fill('ana')
  await page.getByLabel('Password', { exact: true }).fill(tulle.secret('ana'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Data products' }).waitFor()
  await page.route('**/api/v1/mesh/graph', (route) => route.fulfill({ json: generatedGraph(1_000) }))
  await page.goto('/map')
  const map = page.getByRole('application', { name: 'Map of products' })
  await map.locator('.map-dot').first().waitFor()
  await page.evaluate(WATCH)
  const { x, y, width, height } = await map.boundingBox() ?? { x: 0, y: 0, width: 0, height: 0 }
  const middle = { x: x + width / 2, y: y + height / 2 }
  const taken = async (): Promise<readonly number[]> => {
    await page.waitForTimeout(300)
    return page.evaluate<number[]>('globalThis.taken.splice(0)')
  }
  const drag = async (): Promise<void> => {
    await page.mouse.move(middle.x, middle.y)
    await page.mouse.down()
    for (let move = 0; move < MOVES; move++) await page.mouse.move(middle.x + 200 * Math.sin(move / 9), middle.y + 120 * Math.cos(move / 7))
    await page.mouse.up()
  }
  const turn = async (): Promise<void> => {
    // In and out again, through every level of detail.
    for (let move = 0; move < MOVES; move++) await page.mouse.wheel(0, move % 60 < 30 ? -120 : 120)
  }
  await taken()
  for (const [name, hand] of [['pan from afar', drag], ['zoom', turn], ['zoom in', () => page.mouse.wheel(0, -1_500)], ['pan when near', drag]] as const) {
    await hand()
    const times = (await taken()).toSorted((a, b) => a - b)
    if (name === 'zoom in') continue
    const p95 = times[Math.floor(times.length * 0.95)] ?? Infinity
    console.log(`${name}: ${times.length} events, p50 ${Math.round(times[Math.floor(times.length / 2)] ?? 0)} ms, p95 ${Math.round(p95)} ms, longest ${Math.round(times.at(-1) ?? 0)} ms (goal p95 ${GOAL_MILLISECONDS})`)
    if (p95 > GOAL_MILLISECONDS) process.exitCode = 1
  }
  await browser.close()
}
