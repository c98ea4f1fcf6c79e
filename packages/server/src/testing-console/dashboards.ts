// Queries that are kept beside a product, and pages of them.

import { expect, it } from 'vitest'
import { MARKDOWN, SCRIPT } from './hostile-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

const BUSIEST = 'select origin, count(*) as n from flights.flights group by origin order by n desc limit 12'
const NAMES = 'select passenger_id, name from passengers.passengers order by passenger_id limit 5'
const NAUGHTY = 'select text_0 from naughty.naughty'

export function sharedWork(rig: ConsoleRig): void {
  const call = async (user: string, method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly codes: readonly string[] }> => {
    const answer = await fetch(`${rig.tulle.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${await tokenOf(rig.tulle, user)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, codes: text === '' ? [] : ((JSON.parse(text) as { diagnostics?: { code: string }[] }).diagnostics ?? []).map(({ code }) => code) }
  }

  it('keeps a query beside its product, for all who may see it to run under their own rights', async () => {
    const ana = await rig.signIn('ana')
    await ana.goto(`/workbench?view=chart&sql=${encodeURIComponent(BUSIEST)}`)
    await ana.getByRole('complementary', { name: 'What you may read' }).getByText('flights.flights', { exact: true }).waitFor()
    await ana.getByRole('button', { name: 'Save', exact: true }).click()
    const form = ana.getByRole('dialog', { name: 'Save this query' })
    await form.getByRole('textbox', { name: 'Title' }).fill('¡¿!')
    await form.getByText('A title needs a letter.').waitFor()
    await form.getByRole('textbox', { name: 'Title' }).fill(SCRIPT)
    await form.getByRole('textbox', { name: 'About' }).fill(MARKDOWN)
    await form.getByText('Everybody who may see flights sees this text.').waitFor()
    expect(await seriousFindings(ana)).toEqual([])
    await form.getByRole('button', { name: 'Save', exact: true }).click()
    await ana.getByText('· flights · version 1 by ana').waitFor()
    const address = new URL(ana.url()).searchParams.get('query') ?? ''
    expect(address).toMatch(/^flights\.script_/u)

    // A link that names it alone fills it in for somebody else, and runs nothing.
    const bo = await rig.signIn('bo')
    await bo.goto(`/workbench?query=${address}`)
    await bo.getByRole('textbox', { name: 'SQL statement' }).getByText('group by').waitFor()
    expect(await bo.getByRole('region', { name: 'Answer' }).count()).toBe(0)
    await bo.getByRole('button', { name: 'Run' }).click()
    await bo.getByRole('img', { name: 'n by origin, 12 points; the table has the numbers' }).waitFor()

    const path = `/products/flights/queries/${address.split('.')[1]}`
    const change = { title: 'Mine', sql: 'select 1', version: 1 }
    expect(await call('bo', 'PUT', path, change), 'neither its author nor a keeper').toEqual({ status: 403, codes: ['not-allowed'] })
    expect(await call('bo', 'DELETE', path)).toEqual({ status: 403, codes: ['not-allowed'] })
    expect(await call('ana', 'PUT', path, { ...change, version: 9 }), 'a version that nobody saw').toEqual({ status: 409, codes: ['work-changed'] })
    expect(await call('ana', 'PUT', path, { title: 'New', sql: 'select 1' }), 'a new one under its name').toEqual({ status: 409, codes: ['work-exists'] })
    expect(await call('ana', 'PUT', path.replace(/[^/]+$/u, 'a_nul'), { title: 'N\0', sql: 'select 1' })).toEqual({ status: 400, codes: ['bad-request'] })
    expect(await call('ana', 'GET', '/products/flights/queries/script')).toMatchObject({ status: 404, codes: ['unknown-work'] })

    for (const [place, title, sql] of [['passengers/queries/names', 'Names', NAMES], ['naughty/queries/texts', 'Texts', NAUGHTY], ['flights/queries/gone', 'To go', 'select 1']] as const) expect(await call('ana', 'PUT', `/products/${place}`, { title, sql })).toEqual({ status: 200, codes: [] })
  })

  it('puts saved queries on a page that each viewer sees under their own rights, and asks those anew whose products publish', async () => {
    const ana = await rig.signIn('ana')
    await ana.goto('/workbench')
    await ana.getByRole('link', { name: 'Dashboards' }).click()
    await ana.getByText('No dashboard yet').waitFor()
    await ana.getByRole('button', { name: 'New dashboard' }).click()
    const form = ana.getByRole('form', { name: 'A new dashboard' })
    await form.getByRole('textbox', { name: 'Title' }).fill('Busy skies')
    const pick = async (name: RegExp): Promise<void> => {
      await form.getByRole('combobox', { name: 'Add a saved query' }).click()
      await ana.getByRole('option', { name }).click()
    }
    for (const name of [/^Names/u, /^<script>/u, /^Texts/u, /^To go/u]) await pick(name)
    await form.getByRole('button', { name: `${SCRIPT} earlier` }).click()
    await form.getByRole('radiogroup', { name: `Width of ${SCRIPT}` }).getByText('⅔').click()
    await form.getByRole('combobox', { name: 'Product' }).fill('Flights')
    await ana.getByRole('option', { name: 'Flights' }).click()
    expect(await seriousFindings(ana)).toEqual([])
    await form.getByRole('button', { name: 'Make it' }).click()
    await ana.getByRole('heading', { level: 1, name: 'Busy skies' }).waitFor()
    expect(new URL(ana.url()).pathname).toBe('/dashboards/flights/busy_skies')
    const panels = ana.locator('.panel')
    await ana.getByRole('img', { name: /n by origin, 12 points/u }).waitFor()
    expect((await panels.getByRole('heading').allInnerTexts()).slice(0, 2)).toEqual([SCRIPT, 'Names'])
    await ana.getByRole('region', { name: 'Names' }).getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).first().waitFor()
    await ana.getByRole('region', { name: 'Texts' }).getByRole('cell', { name: SCRIPT, exact: true }).waitFor()

    // What is gone says so; the page stays.
    expect(await call('ana', 'DELETE', '/products/flights/queries/gone')).toEqual({ status: 204, codes: [] })
    const bo = await rig.signIn('bo', { colorScheme: 'dark', viewport: { width: 390, height: 850 } })
    await bo.goto('/dashboards/flights/busy_skies')
    await bo.getByText('This query is gone').waitFor()
    await bo.getByRole('region', { name: 'Names' }).getByRole('cell', { name: /^P\d+$/u }).first().waitFor()
    expect(await bo.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).count(), 'planning sees no names').toBe(0)
    await bo.getByRole('img', { name: /n by origin, 12 points/u }).waitFor()
    expect(await bo.getByRole('button', { name: 'Arrange' }).getAttribute('aria-disabled')).toBe('true')
    expect(await seriousFindings(bo)).toEqual([])
    expect(await bo.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false)

    const asked: string[] = []
    ana.on('request', (request) => { if (request.url().endsWith('/api/v1/query')) asked.push((JSON.parse(request.postData() ?? '{}') as { sql: string }).sql) })
    expect((await call('ada', 'POST', '/products/naughty/runs', { force: true })).status).toBe(202)
    await expect.poll(() => asked, { timeout: 60_000 }).toContain(NAUGHTY)
    expect(asked.filter((sql) => sql !== NAUGHTY), 'the others stand').toEqual([])
    expect(rig.faults).toEqual([])
  })
}
