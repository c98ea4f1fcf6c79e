// Access given and taken by an owner.

import { expect, it } from 'vitest'
import type { ConsoleRig } from './rig.ts'

export function givingAccess(rig: ConsoleRig): void {
  it('lets an owner give access and revoke it, and the other user\'s open page follows', async () => {
    const [olga, bo] = [await rig.signIn('olga'), await rig.signIn('bo')]
    await bo.goto('/products/bookings?tab=sample')
    await bo.getByRole('alert').waitFor()
    await olga.goto('/products/bookings?tab=access')
    await olga.getByRole('button', { name: 'Give access' }).click()
    const form = olga.getByRole('dialog')
    await form.getByRole('combobox', { name: 'User' }).fill('bo')
    await form.getByRole('checkbox', { name: 'Operations planning' }).check()
    await form.getByRole('button', { name: 'Give access' }).click()
    await olga.getByRole('button', { name: 'Revoke the access of bo' }).waitFor()
    await bo.getByRole('cell', { name: /^B\d+$/u }).first().waitFor()
    // Whoever keeps the product sees whether a right is used.
    await olga.reload()
    await olga.getByRole('group', { name: 'Grants in force' }).getByRole('row').filter({ hasText: 'bo' }).getByText(/\d+ times?$/u).waitFor()
    expect(await bo.getByText('Last used').count()).toBe(0)

    await olga.getByRole('button', { name: 'Revoke the access of bo' }).click()
    await olga.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await olga.getByRole('group', { name: 'Ended grants' }).getByText('revoked').waitFor()
    await bo.getByRole('alert').getByText('No grant lets bo read bookings.bookings.').waitFor()
    expect(await bo.getByRole('cell').count()).toBe(0)
  })

  it('says in the form what the server refuses, and does not offer it to those who may not give', async () => {
    const olga = await rig.signIn('olga')
    await olga.goto('/products/passengers?tab=access')
    await olga.getByRole('button', { name: 'Give access' }).click()
    const form = olga.getByRole('dialog')
    await form.getByRole('combobox', { name: 'User' }).fill('nobody')
    await form.getByRole('checkbox', { name: 'Customer care' }).check()
    await form.getByRole('button', { name: 'Give access' }).click()
    await form.getByRole('alert').getByText(/nobody/u).waitFor()

    const ana = await rig.signIn('ana')
    await ana.goto('/products/passengers?tab=access')
    await expect(ana.getByRole('button', { name: 'Give access' }).getAttribute('aria-disabled')).resolves.toBe('true')
    expect(await ana.getByRole('button', { name: /Revoke/u }).count()).toBe(0)
  })
}
