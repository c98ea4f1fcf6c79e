// One product over all of its ports, asked by pages of a browser as its reader: what a policy hides on one it hides on all.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

/** What a port gave: its bytes as they came, so that nothing can hide in how they are read. */
type Ask = (page: Page, rig: ConsoleRig) => Promise<string>

const COLUMNS = ['passenger_id', 'name', 'email', 'passport'] as const
const asked = async (page: Page, rig: ConsoleRig, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  page.evaluate(async ({ address, sent }) => {
    const answer = await fetch(address, { headers: sent, credentials: 'same-origin' })
    if (!answer.ok) throw new Error(`${answer.status} of ${address}: ${await answer.text()}`)
    return Array.from(new Uint8Array(await answer.arrayBuffer()), (byte) => String.fromCodePoint(byte)).join('')
  }, { address: path, sent: { authorization: `Bearer ${await tokenOf(rig.tulle, 'ana')}`, ...headers } })
const rest = (format: string): Ask => (page, rig) => asked(page, rig, `/data/v1/passengers/passengers?select=${COLUMNS.join(',')}&limit=1000&format=${format}`)
const file = (format: string): Ask => async (page, rig) => {
  const { url } = JSON.parse(await asked(page, rig, `/api/v1/products/passengers/datasets/passengers/link?format=${format}`)) as { readonly url: string }
  return asked(page, rig, new URL(url).pathname + new URL(url).search, { authorization: '' })
}
const shown = async (page: Page, path: string): Promise<string> => {
  await page.goto(path)
  if (path.startsWith('/workbench')) await page.getByRole('button', { name: 'Run' }).click()
  await page.getByRole('cell', { name: /^P\d{6}$/u }).first().waitFor()
  return page.locator('main').innerText()
}

const PORTS: readonly (readonly [name: string, ask: Ask])[] = [
  ['sample rows of the console', (page) => shown(page, '/products/passengers?tab=sample')],
  ['SQL, in the workbench', (page) => shown(page, `/workbench?sql=${encodeURIComponent(`select ${COLUMNS.join(', ')} from passengers.passengers order by passenger_id limit 100`)}`)],
  ...['json', 'ndjson', 'csv', 'arrow', 'parquet'].map((format) => [`REST as ${format}`, rest(format)] as const),
  ...['csv', 'arrow', 'parquet'].map((format) => [`a file as ${format}`, file(format)] as const),
  ['the change stream', (page, rig) => asked(page, rig, '/streams/v1/passengers/passengers?from=start&limit=1000')],
]

export function everyPort(rig: ConsoleRig): void {
  it.each(PORTS)('shows Ana the masks that her purpose leaves: %s', async (_port, ask) => {
    const page = await rig.signIn('ana')
    const answer = await ask(page, rig)
    const persons = originals(rig)
    // Control: she is answered about persons whose values would be found.
    expect(persons.some(({ passenger_id: id = '' }) => answer.includes(id))).toBe(true)
    for (const { name = '', email = '', passport = '' } of persons) for (const hidden of [name, email, passport]) expect(answer.includes(hidden), hidden).toBe(false)
    expect(answer).toMatch(/[A-Z]\*\*\*/u)
    expect(rig.faults).toEqual([])
  })
}

/** As the product's source has them. */
function originals({ tulle }: ConsoleRig): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(join(tulle.checkout, 'examples/skyline/data/passengers.csv'), 'utf8').trim().split('\n')
  const names = head.trim().split(',')
  return lines.slice(0, 500).map((line) => Object.fromEntries(line.trim().split(',').map((value, at) => [names[at] ?? '', value])))
}
