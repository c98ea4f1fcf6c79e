// Signing in, and a session that ends.

import { expect, it } from 'vitest'
import type { ConsoleRig } from './rig.ts'

export function signingIn(rig: ConsoleRig): void {
  it('sends a stranger to sign in, says what is wrong with a password, and leads back to the page that was asked for', async () => {
    const page = await rig.openBrowser()
    await page.goto('/products/flights?tab=schema')
    await rig.fillIn(page, 'ana', 'wrong')
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor()
    await rig.fillIn(page, 'ana')
    await page.getByRole('heading', { name: 'Flights', exact: true }).waitFor()
    expect(page.url()).toBe(`${rig.tulle.url}/products/flights?tab=schema`)
    await expect(page.title()).resolves.toBe('Flights: Schema · Tulle')
  })

  it('leads only to its own pages after signing in', async () => {
    const page = await rig.openBrowser()
    await page.goto(`/sign-in?to=${encodeURIComponent('//elsewhere.example/')}`)
    await rig.fillIn(page, 'ana')
    await page.getByRole('heading', { name: 'Data products' }).waitFor()
    expect(page.url()).toBe(`${rig.tulle.url}/`)
  })

  it('asks for a new sign-in when the session ends in the middle, and goes on where it was', async () => {
    const page = await rig.openBrowser()
    await page.goto('/products/flights?tab=versions')
    await rig.fillIn(page, 'ana')
    await page.getByText('served').first().waitFor()
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
    // Whatever the page asks next brings it up: this one looks for news by itself.
    await page.getByText('Your session has ended').waitFor()
    await rig.fillIn(page, 'ana')
    await page.getByText('served').first().waitFor()
    expect(page.url()).toBe(`${rig.tulle.url}/products/flights?tab=versions`)
  })
}
