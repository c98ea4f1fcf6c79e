// The mesh as a map.

import { expect, it } from 'vitest'
import { generatedGraph } from '../testing-graph.ts'
import type { ConsoleRig } from './rig.ts'

export function theMap(rig: ConsoleRig): void {
  it('shows the mesh as a map: who reads whom, near and far, with the window and the choice in the address', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/')
    await page.getByRole('link', { name: 'As a map' }).click()
    const map = page.getByRole('application', { name: 'Map of products' })
    await map.getByRole('link', { name: /^Flights/u }).waitFor()
    expect(await map.locator('.map-box').count()).toBe(10)
    const box = map.locator('a[data-product="flights"] .map-box')
    const before = await box.boundingBox()
    await map.focus()
    for (const key of ['+', '+']) await page.keyboard.press(key)
    expect((await box.boundingBox())?.width).toBeCloseTo((before?.width ?? 0) * 1.25 ** 2, 0)
    await page.waitForURL(/[?&]view=/u)
    await page.keyboard.press('0')
    await page.getByRole('searchbox', { name: 'Find on the map' }).fill('punct')
    await page.getByRole('status').getByText('1 of 10 products').waitFor()
    await page.keyboard.press('Enter')
    const chosen = page.getByRole('region', { name: 'Chosen product' })
    await chosen.getByRole('list', { name: 'Reads', exact: true }).getByRole('button', { name: /^Flights/u }).press('Enter')
    await chosen.getByRole('heading', { name: 'Flights' }).waitFor()
    expect(new URL(page.url()).searchParams.get('product')).toBe('flights')
    expect(await map.locator('.map-lit .map-line[data-towards="out"]').count()).toBe(await chosen.getByRole('list', { name: 'Read by' }).getByRole('button').count())
    await page.reload()
    await chosen.getByRole('heading', { name: 'Flights' }).waitFor()
    await map.focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.waitForURL((url) => !['flights', null].includes(url.searchParams.get('product')))
    await page.keyboard.press('Shift+ArrowLeft')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname.startsWith('/products/'))
    await page.goBack()
    await chosen.waitFor()
    await page.goto('/map')
    await map.locator('a[data-product="bookings"]:visible').click()
    await page.getByRole('heading', { level: 1, name: 'Bookings' }).waitFor()
  })

  it('keeps a map of a thousand products usable: fields from afar, what is near in full, found by a few letters', async () => {
    const page = await rig.signIn('ana', { colorScheme: 'dark', hasTouch: true })
    await page.route('**/api/v1/mesh/graph', (route) => route.fulfill({ json: generatedGraph(1_000) }))
    await page.goto('/map')
    const map = page.getByRole('application', { name: 'Map of products' })
    await page.getByText('1,000 products in 9 domains').waitFor()
    await map.locator('.map-dot').first().waitFor()
    expect(await map.locator('.map-title').count(), 'no box has a text from afar').toBe(0)
    expect(await map.locator('a:visible .map-dot').count()).toBe(1_000)
    await page.getByRole('searchbox', { name: 'Find on the map' }).fill('product 777')
    await page.getByRole('status').getByText('1 of 1,000 products').waitFor()
    await page.keyboard.press('Enter')
    await map.locator('.map-lit').getByText('Product 777').waitFor()
    expect(await map.locator('.map-all .map-box').count(), 'only what is near is drawn').toBeLessThan(150)
    const { x, y, width, height } = await map.boundingBox() ?? { x: 0, y: 0, width: 0, height: 0 }
    const middle = { x: x + width / 2, y: y + height / 2 }
    // A drag that begins on a product moves the map and opens nothing.
    await page.mouse.move(middle.x, middle.y)
    await page.mouse.down()
    await page.mouse.move(middle.x + 150, middle.y + 60, { steps: 5 })
    await page.mouse.up()
    expect(new URL(page.url()).pathname).toBe('/map')
    const [dragged] = await map.locator('.map-lit [data-here]').evaluateAll((boxes) => boxes.map((box) => (box as unknown as { getBoundingClientRect(): { x: number; width: number } }).getBoundingClientRect()).map(({ x, width }) => x + width / 2))
    expect((dragged ?? 0) - middle.x).toBeCloseTo(150, -1)
    await page.mouse.wheel(0, 4_000)
    await map.locator('.map-box').first().waitFor({ state: 'detached' })
    // A finger chooses at its first touch, and opens nothing.
    for (const name of ['Choose none', 'Everything']) await page.getByRole('button', { name }).click()
    await map.locator('a[data-product="p500"]:visible').tap()
    await page.getByRole('region', { name: 'Chosen product' }).getByRole('heading', { name: 'Product 500' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/map')
  })
}
