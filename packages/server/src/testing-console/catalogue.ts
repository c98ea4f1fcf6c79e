// Finding products on the first page and from the keyboard.

import { expect, it } from 'vitest'
import { seriousFindings } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function finding(rig: ConsoleRig): void {
  it('finds products by the words of their columns, and the search is in the address', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/')
    await page.getByRole('heading', { name: 'Data products' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('passport')
    await page.getByText('1 found').waitFor()
    await page.getByRole('link', { name: 'Passengers' }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('passport')
    await page.reload()
    await page.getByText('1 found').waitFor()
    await expect(page.getByLabel('Search').inputValue()).resolves.toBe('passport')
    await page.getByLabel('Search').fill('no such thing')
    await page.getByRole('button', { name: 'Show everything' }).click()
    await page.getByText('10 found').waitFor()
  })

  it('asks for what the first page shows once, while its script is still on its way', async () => {
    const first = await rig.signIn('ana')
    const session = await first.context().storageState()
    const page = await rig.openBrowser({ storageState: session })
    await page.goto('/')
    await page.getByRole('link', { name: 'Flights', exact: true }).first().waitFor()
    const asked = await page.evaluate<readonly (readonly [string, string])[]>(`performance.getEntriesByType('resource').filter(({ name }) => /\\/api\\/v1\\/(?:me|status|domains|search)/.test(name)).map(({ name, initiatorType }) => [new URL(name).pathname, initiatorType])`)
    expect(asked.toSorted()).toEqual(['domains', 'me', 'search', 'status'].map((name) => [`/api/v1/${name}`, 'link']))
  })

  it('narrows a search down by facets that count, forgives a slip, and keeps all of it in the address', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/?q=pasenger')
    await page.getByText('2 found').waitFor()
    await page.getByText('nobody wrote “pasenger”, so this is “passenger”').waitFor()
    const facets = page.getByRole('region', { name: 'Narrow down' })
    await facets.getByRole('checkbox', { name: 'I may read it' }).check()
    await page.getByText('1 found').waitFor()
    await page.goto('/')
    await page.getByRole('region', { name: 'Needs you' }).waitFor()
    await facets.getByRole('group', { name: 'Domain' }).getByRole('checkbox', { name: 'Safety' }).check()
    await facets.getByRole('group', { name: 'Domain' }).getByRole('checkbox', { name: 'Weather' }).check()
    await page.getByText('3 found').waitFor()
    expect(new URL(page.url()).searchParams.get('domain')).toBe('safety,weather')
    expect(await page.getByRole('region', { name: 'Needs you' }).count()).toBe(0)
    await page.goBack()
    await page.goto('/?domain=safety,weather&certified=yes')
    await page.getByRole('button', { name: 'Show everything' }).click()
    await page.getByText('10 found').waitFor()
  })

  it('goes anywhere by a few letters, with no hand off the keyboard', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/runs')
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('pasport')
    const list = page.getByRole('listbox', { name: 'Found' })
    await list.getByRole('option', { name: /^Passengers column passengers\.passport/u }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Passengers', exact: true }).waitFor()
    expect(page.url()).toBe(`${rig.tulle.url}/products/passengers?tab=schema`)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find anything' }).waitFor()
    await page.keyboard.type('inbo')
    await list.getByRole('option', { name: /^Inbox/u }).waitFor()
    // There and back again, however many more are found meanwhile.
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor()
  })
}
