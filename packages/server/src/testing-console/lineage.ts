// Where a column and a row come from.

import { expect, it } from 'vitest'
import { SCRIPT } from './hostile-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function lineage(rig: ConsoleRig): void {
  it('follows a column to where it comes from and where it goes, and keeps the way in the address', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/products/punctuality')
    await page.getByRole('tab', { name: 'Lineage' }).click()
    const picture = page.getByRole('group', { name: 'Lineage of punctuality.punctuality', exact: true })
    await picture.getByRole('group', { name: 'flights.flights' }).waitFor()
    await picture.getByRole('link', { name: 'mean_delay' }).click()
    await page.getByRole('group', { name: 'Lineage of punctuality.punctuality.mean_delay' }).waitFor()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ tab: 'lineage', of: 'punctuality', column: 'mean_delay' })
    const sources = page.getByRole('region', { name: 'Where it comes from' })
    const flights = sources.getByRole('group', { name: 'flights.flights' })
    await flights.getByRole('listitem').filter({ hasText: 'delay' }).getByText('out of many').waitFor()
    await flights.getByRole('listitem').filter({ hasText: 'origin' }).getByText(/^decides: .*join/u).waitFor()
    // One value flows into it; what decides is drawn apart.
    expect(await page.locator('.lineage path.lineage-decides').count()).toBeGreaterThan(0)
    expect(await page.locator('.lineage path.lineage-flows').count()).toBeGreaterThan(0)
    await flights.getByRole('link', { name: 'delay' }).first().click()
    await page.getByRole('heading', { name: 'Flights', exact: true }).waitFor()
    await page.getByRole('region', { name: 'Where it goes' }).getByRole('group', { name: 'punctuality.punctuality' }).getByRole('link', { name: 'mean_delay' }).waitFor()
    expect(await page.getByText('Guessed').count(), 'it has no model that could be misread').toBe(0)
    await page.goBack()
    await page.getByRole('group', { name: 'Lineage of punctuality.punctuality.mean_delay' }).waitFor()
    await page.getByRole('combobox', { name: 'As of' }).click()
    await page.getByRole('option').nth(1).click()
    await page.getByText('As this version was made.').waitFor()
    await sources.getByText(/^data set, at \d+$/u).first().waitFor()
    expect(await page.getByRole('region', { name: 'Where it goes' }).count()).toBe(0)
  })

  it('shows what a job of others makes of our data in the same graph, as they tell it', async () => {
    const event = {
      eventType: 'COMPLETE', eventTime: '2026-03-01T04:00:00Z', producer: 'https://reports.test', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
      run: { runId: '0199b3e2-7d1a-7c55-9b1e-111111111111' }, job: { namespace: 'reports', name: 'nightly' },
      inputs: [{ namespace: `tulle://${new URL(rig.tulle.url).host}`, name: 'punctuality.punctuality' }],
      outputs: [{
        namespace: 'warehouse', name: `late ${SCRIPT}`,
        facets: { columnLineage: { _producer: 'https://reports.test', _schemaURL: 'https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json', fields: { worst: { inputFields: [{ namespace: `tulle://${new URL(rig.tulle.url).host}`, name: 'punctuality.punctuality', field: 'mean_delay' }] } } } },
      }],
    }
    const as = async (bearer: string, path: string, body: unknown): Promise<Response> => fetch(`${rig.tulle.url}/api/v1/${path}`, { method: 'POST', headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const { secret } = (await (await as(await tokenOf(rig.tulle, 'dora'), 'tokens', { label: 'reports', scope: 'lineage' })).json()) as { readonly secret: string }
    const told = await as(secret, 'lineage', event)
    expect(told.status, await told.text()).toBeLessThan(300)
    const page = await rig.signIn('ana')
    await page.goto('/products/punctuality?tab=lineage')
    const elsewhere = page.getByRole('region', { name: 'Where it goes' }).getByRole('group', { name: `warehouse/late ${SCRIPT}` })
    await elsewhere.getByText('elsewhere, as others tell').waitFor()
    await elsewhere.getByRole('listitem').filter({ hasText: 'mean_delay' }).filter({ hasText: 'worst' }).waitFor()
    await page.getByRole('group', { name: 'Lineage of punctuality.punctuality', exact: true }).getByRole('group', { name: `warehouse/late ${SCRIPT}` }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect(rig.faults).toEqual([])
  })

  it('names the rows that made a row, hides those that the viewer may not read, and goes on from input to input', async () => {
    const token = await tokenOf(rig.tulle, 'ada')
    const give = async (product: string): Promise<void> => {
      const answer = await fetch(`${rig.tulle.url}/api/v1/grants`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ subjectKind: 'user', subject: 'bo', product, purposes: ['operations_planning'] }) })
      expect(answer.status, await answer.text()).toBe(201)
    }
    await give('punctuality')
    const page = await rig.signIn('bo')
    await page.goto('/products/punctuality?tab=sample')
    const asks = page.getByRole('button', { name: /^Where it comes from: airport_iata [A-Z]{3}, day \d{4}-\d\d-\d\d$/u })
    await asks.first().waitFor()
    // The one with the fewest departures, so that all its flights are shown: rows come in the order in which the engine made them.
    const flown = (await page.getByRole('row').filter({ has: asks }).allInnerTexts()).map((row) => Number(row.split('\t')[6]))
    const ask = asks.nth(flown.indexOf(Math.min(...flown)))
    const dialog = page.getByRole('dialog', { name: 'Where it comes from' })
    await ask.click()
    await dialog.getByRole('region', { name: 'Input airports.airports' }).getByText('Its rows are hidden from you: read-denied').waitFor()
    await dialog.getByRole('region', { name: 'Input flights.flights' }).getByText(/^\d+ rows?, or fewer of them, made it/u).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await give('airports')
    await ask.click()
    const departures = Number(await dialog.getByRole('region', { name: 'The row' }).getByRole('cell').nth(5).innerText())
    const flights = dialog.getByRole('region', { name: 'Input flights.flights' })
    await flights.getByRole('row').nth(1).waitFor()
    expect(await flights.getByRole('row').count(), 'as many flights as the row says, and the head').toBe(departures + 1)
    expect(await seriousFindings(page)).toEqual([])
    await dialog.getByRole('region', { name: 'Input airports.airports' }).getByRole('button', { name: /^Where it comes from: iata [A-Z]{3}$/u }).click()
    await dialog.getByRole('alert').getByText('its rows come from outside the mesh').waitFor()
    await dialog.getByRole('button', { name: 'punctuality.punctuality' }).click()
    await flights.waitFor()
    // And the other way, from an airport to the days of it.
    await page.goto('/products/airports?tab=sample')
    await page.getByRole('button', { name: /^Where it comes from: iata /u }).first().click()
    await dialog.getByRole('button', { name: 'Where it goes' }).click()
    await dialog.getByRole('region', { name: 'Output punctuality.punctuality' }).getByText(/^It had a part in \d+ rows?/u).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })
}
