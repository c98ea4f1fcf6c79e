// The workbench.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { ConsoleRig } from './rig.ts'

export function theWorkbench(rig: ConsoleRig): void {
  it('answers a statement in the workbench as the SQL port does, marks the place of a mistake, and draws what is pointed at', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/workbench')
    const editor = page.getByRole('textbox', { name: 'SQL statement' })
    await page.getByText('flights.flights', { exact: true }).waitFor()
    await editor.click()
    await page.keyboard.type('select nope from flights.flights')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('alert').getByText('engine-undefined-column · line 1, column 8').waitFor()
    await page.locator('.cm-lintRange-error').getByText('nope').waitFor()

    await page.goto(`/workbench?sql=${encodeURIComponent('select name, passport from passengers.passengers order by passport')}`)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).first().waitFor()
    expect(await page.getByRole('row').count(), 'only what is in sight is drawn').toBeLessThan(120)
    await page.getByRole('table', { name: 'Rows' }).focus()
    await page.keyboard.press('End')

    const chart = encodeURIComponent('select origin, count(*) as n from flights.flights group by origin order by n desc limit 12')
    await page.goto(`/workbench?view=chart&sql=${chart}`)
    // A link fills in; only a person runs.
    expect(await page.getByRole('region', { name: 'Answer' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('img', { name: 'n by origin, 12 points; the table has the numbers' }).waitFor()
    expect(await page.locator('.chart rect').count()).toBeGreaterThanOrEqual(12)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    expect(readFileSync(await (await download).path(), 'utf8').split('\r\n').slice(0, 1)).toEqual(['origin,n'])
    for (const [format, magic] of [['Parquet', 'PAR1'], ['Arrow', '\xff\xff\xff\xff']] as const) {
      const file = page.waitForEvent('download')
      await page.getByRole('button', { name: format }).click()
      expect(readFileSync(await (await file).path()).subarray(0, 4).toString('latin1')).toBe(magic)
    }

    await page.goto(`/workbench?sql=${encodeURIComponent('select * from bookings.bookings')}`)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('alert').getByText('read-denied').waitFor()
  })
}
