// The page of erasures, as a steward uses it.

import { expect, it } from 'vitest'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

const WHO = { email: 'regan.kutch.2@example.org', id: 'P000002' }

export function erasing(rig: ConsoleRig): void {
  it('erases a person after it has shown what that touches, and gives a certificate', async () => {
    const page = await rig.signIn('ada')
    await page.goto('/erasure')
    await page.getByRole('heading', { name: 'Erasure' }).first().waitFor()
    await page.getByRole('combobox', { name: 'Key' }).click()
    await page.getByRole('option', { name: 'email' }).click()
    await page.getByLabel('Value', { exact: true }).fill(WHO.email)
    await page.getByRole('button', { name: 'Show what it would touch' }).click()
    const foreseen = page.getByRole('region', { name: 'What it would touch' }).first()
    await foreseen.getByText('passengers.passengers').waitFor()
    expect(await foreseen.innerText()).toContain('rows go, in every version')
    expect(await rowsOf(rig)).toBe(1)
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Erase, which nobody can undo' }).click()
    const followed = page.getByRole('region', { name: 'This erasure' })
    await followed.getByText('Nothing of the person comes in any more.').waitFor({ timeout: 60_000 })
    await followed.getByRole('link', { name: 'Certificate' }).waitFor({ timeout: 90_000 })
    await followed.getByRole('button', { name: 'Verify it' }).click()
    await followed.getByText('It is by this mesh and unchanged.').waitFor()
    expect(await page.content()).not.toContain(WHO.email)
    expect(await rowsOf(rig)).toBe(0)
  })

  it('is no place for who may not erase', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/erasure')
    await page.getByRole('heading', { name: 'Erasure' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Show what it would touch' }).count()).toBe(0)
  })
}

/** How many rows of the person a preview finds now. */
async function rowsOf({ tulle }: ConsoleRig): Promise<number> {
  const answer = await fetch(`${tulle.url}/api/v1/erasures/preview`, { method: 'POST', headers: { authorization: `Bearer ${await tokenOf(tulle, 'ada')}`, 'content-type': 'application/json' }, body: JSON.stringify({ key: 'passenger_id', value: WHO.id }) })
  const { tables } = (await answer.json()) as { readonly tables: readonly { readonly product: string; readonly rows: { readonly current: number } }[] }
  return tables.filter(({ product }) => product === 'passengers').reduce((sum, { rows }) => sum + rows.current, 0)
}
