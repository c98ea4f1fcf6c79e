// Journeys that several people take together, on the shop's small mesh: some of it in the console, some of it by a tool of their own.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { parseYaml } from '@tulle/model'
import type { TestTulle } from '@tulle/server/testing'
import { ORDERS_CONTRACT, ORDERS_YAML } from '../testing-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'

export interface Shop {
  readonly tulle: TestTulle
  readonly faults: readonly string[]
  signIn(user: string): Promise<Page>
}

export function journeys(shop: Shop): void {
  const file = (path: string): string => join(shop.tulle.checkout, 'examples/skyline', path)
  const read = (path: string): string => readFileSync(file(path), 'utf8')
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(file(path)), { recursive: true })
    writeFileSync(file(path), text)
  }
  const apply = (): void => expect(shop.tulle.sh('tulle apply examples/skyline --as ada --yes')).toMatchObject({ status: 0 })

  it('lets an AI client ask for what it was denied; its owner approves it in the console, and it answers with masks', async () => {
    const POLICY = 'policies/names_are_hidden.yaml'
    write(POLICY, "apiVersion: tulle.dev/v1\nkind: Policy\nmetadata: { name: names_are_hidden, title: Names are hidden }\nspec:\n  status: enforced\n  rules:\n    - name: names\n      on: { columns: [customer] }\n      mask: { kind: constant, value: '***' }\n")
    apply()
    const tool = await openAssistant(shop.tulle, 'bo')
    expect((await tool('search', { words: 'what people ordered' })).data).toMatchObject({ products: [{ product: 'orders', access: 'none' }] })
    expect((await tool('contract', { product: 'orders' })).data).toMatchObject({ contracts: [{ dataSet: 'orders', document: { kind: 'DataContract' } }] })
    const question = { sql: 'select customer from orders.orders order by id', purpose: 'reporting' }
    expect(await tool('query', question)).toMatchObject({ isError: true, says: expect.stringMatching(/^Refused \(read-denied\).*request_access/u) as string })
    expect(await tool('request_access', { product: 'orders', dataSet: 'orders', columns: ['id', 'customer'], purpose: 'reporting', justification: 'Letters by an assistant.', agreements: ['terms@2'] })).toMatchObject({ isError: false })

    const olga = await shop.signIn('olga')
    await olga.goto('/inbox')
    await olga.getByRole('link', { name: 'orders' }).click()
    await olga.getByText('Letters by an assistant.').first().waitFor()
    await olga.getByRole('region', { name: 'What it would expose' }).getByRole('cell', { name: '***' }).first().waitFor()
    await olga.getByRole('button', { name: 'Approve in full' }).click()
    await olga.getByText('approved', { exact: true }).first().waitFor()

    const answered = await tool('query', question)
    expect(answered, answered.says).toMatchObject({ isError: false, data: { purpose: 'reporting', reads: ['orders.orders'] } })
    const { rows } = answered.data as unknown as { readonly rows: readonly (readonly unknown[])[] }
    expect(new Set(rows.flat())).toEqual(new Set(['***']))
    // Who asked, by which door, for what: first refused, then answered.
    await olga.goto('/audit?subject=bo&product=orders')
    const byAssistant = olga.getByRole('group', { name: 'Entries' }).getByRole('row').filter({ hasText: 'mcp' }).filter({ hasText: /token [\w-]{8}/u }).filter({ hasText: 'reporting' })
    await byAssistant.filter({ hasText: 'read-denied' }).first().waitFor()
    await byAssistant.filter({ hasText: 'allowed' }).filter({ hasText: 'orders.orders' }).first().waitFor()
    expect(await seriousFindings(olga)).toEqual([])
    rmSync(file(POLICY))
    apply()
    expect(shop.faults).toEqual([])
  })

  it('stops a breaking change in the editor, names its consumers, and shows the next major version beside the old one', async () => {
    const contract = read(ORDERS_CONTRACT)
    const major = Number(/^version: (?<major>\d+)/mu.exec(contract)?.groups?.['major'])
    const dora = await shop.signIn('dora')
    await dora.goto(`/editor?file=${encodeURIComponent(ORDERS_CONTRACT)}`)
    const plan = dora.getByRole('region', { name: 'Plan' })
    await plan.getByText('No changes').waitFor()
    const without = contract.split('\n').filter((line) => !line.includes('name: amount')).join('\n')
    await dora.getByRole('textbox', { name: ORDERS_CONTRACT }).fill(without)
    const stopped = dora.getByRole('region', { name: 'Findings' }).getByRole('listitem').filter({ hasText: 'contract-breaks-consumer' })
    for (const consumer of ['product totals', 'user ana']) await stopped.getByText(consumer).first().waitFor()
    const second = `orders_v${major + 1}`
    await stopped.getByText(new RegExp(`${second}.*version-of: orders`, 'u')).first().waitFor()
    expect(await seriousFindings(dora)).toEqual([])

    const product = read(ORDERS_YAML)
    const next = `domains/sales/orders/contracts/${second}.odcs.yaml`
    write(next, without.replace(/^version: .*$/mu, `version: ${major + 1}.0.0`).replace(/^id: .*$/mu, `id: ${second}`))
    write(ORDERS_YAML, product.replace('      properties: { from: orders_file }\n', `      properties: { from: orders_file }\n    - name: ${second}\n      type: data-set\n      properties: { version-of: orders, from: orders_file }\n`) + "    - { name: changes, type: stream-output-port }\n    - { name: files, type: files-output-port }\n")
    apply()
    const ana = await shop.signIn('ana')
    await ana.goto('/products/orders?tab=schema')
    for (const [name, version] of [['orders', `${major}.0.0`], [second, `${major + 1}.0.0`]] as const) await ana.getByRole('region', { name: `Schema of ${name}`, exact: true }).getByText(`contract ${version}`).waitFor()
    // Both answer, each by its own name: the old one with the column that the new one has no more.
    for (const [version, has] of [[major, true], [major + 1, false]] as const) {
      await expect.poll(() => shop.tulle.sh(`npx tulle sql --as ana 'select * from "orders@${version}".orders limit 1'`).status, { timeout: 60_000, interval: 500 }).toBe(0)
      await ana.goto(`/workbench?sql=${encodeURIComponent(`select * from "orders@${version}".orders order by id limit 5`)}`)
      await ana.getByRole('button', { name: 'Run' }).click()
      await ana.getByRole('columnheader', { name: /^customer/u }).waitFor()
      expect(await ana.getByRole('columnheader', { name: /^amount/u }).count()).toBe(has ? 1 : 0)
    }
    // Each is found at the address that its port says.
    await ana.goto('/products/orders?tab=ports')
    for (const address of ['orders.orders', `"orders@${major + 1}".orders`, `${shop.tulle.url}/data/v1/orders@${major + 1}/orders`]) await ana.getByText(address, { exact: true }).first().waitFor()
    const headers = { authorization: `Basic ${Buffer.from(`ana:${shop.tulle.secret('ana')}`).toString('base64')}` }
    const [stream, link] = [`${shop.tulle.url}/streams/v1/orders@${major + 1}/orders`, `${shop.tulle.url}/api/v1/products/orders/datasets/orders/link?major=${major + 1}`]
    for (const address of [stream, link]) await ana.getByText(address, { exact: true }).first().waitFor()
    for (const address of [`${shop.tulle.url}/data/v1/orders@${major + 1}/orders?limit=1`, `${stream}?from=start&limit=1`, `${link}&format=csv&seconds=3600`]) {
      const answered = await fetch(address, { headers })
      expect([address, answered.status, (await answered.text()).includes('amount')]).toEqual([address, 200, false])
    }
    expect(shop.faults).toEqual([])
  })

  it('cuts a suspicious export in its middle, tells who answers for the product, and shows when the way is open again', async () => {
    const TOTALS_YAML = 'domains/sales/totals/product.yaml'
    write(TOTALS_YAML, read(TOTALS_YAML).replace('definition: What each customer spent', 'definition: What each customer spent, exports: { rows-per-hour: 500 }'))
    apply()
    const { tulle } = shop
    const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, user: 'ana', password: tulle.secret('ana'), database: 'tulle' })
    client.on('error', () => undefined)
    await client.connect()
    let taken = 0
    const query = new pg.Query('select t.customer, n from totals.totals t cross join generate_series(1, 100000) as s(n)')
    query.on('row', () => { taken++ })
    const end = await new Promise<unknown>((resolve) => {
      query.on('error', resolve)
      query.on('end', () => resolve('whole'))
      client.query(query)
    })
    expect(end).toMatchObject({ code: 'TX001' })
    expect([taken > 0, taken <= 500], `${taken} rows`).toEqual([true, true])
    await client.end().catch(() => undefined)

    const olga = await shop.signIn('olga')
    await olga.goto('/')
    await olga.getByRole('button', { name: /^Notices, \d+ new$/u }).click()
    const told = olga.getByRole('list', { name: 'Notices' }).getByRole('listitem').filter({ hasText: /^An export of ana from totals was cut: \d+ rows within an hour, more than the 500 that are allowed/u })
    await told.getByRole('link', { name: 'what is closed' }).click()
    const closed = olga.getByRole('region', { name: 'Closed ways and frozen grants' })
    await closed.getByRole('row').filter({ hasText: 'ana' }).getByRole('link', { name: 'totals' }).click()
    await olga.getByRole('group', { name: 'Grants in force' }).getByRole('row').filter({ hasText: 'ana' }).getByText('frozen').waitFor()
    const ana = await shop.signIn('ana')
    await ana.goto('/products/totals?tab=sample')
    await ana.getByRole('alert').first().waitFor()
    expect(await ana.getByRole('cell').count()).toBe(0)

    // Nobody opens what was closed to themselves.
    await ana.goto('/governance?tab=exceptions')
    await expect(ana.getByRole('button', { name: 'Open again: totals to ana' }).getAttribute('aria-disabled')).resolves.toBe('true')
    await olga.goto('/governance?tab=exceptions')
    await closed.getByRole('button', { name: 'Open again: totals to ana' }).click()
    const form = olga.getByRole('dialog', { name: 'Open totals to ana again?' })
    await form.getByText(/more than the 500 that are allowed/u).waitFor()
    await form.getByLabel('Why').fill('She was asked to take all of it.')
    expect(await seriousFindings(olga)).toEqual([])
    await form.getByRole('button', { name: 'Open again' }).click()
    await closed.getByText('Nothing is frozen.').waitFor()
    await ana.goto('/products/totals?tab=sample')
    await ana.getByRole('cell').first().waitFor()
    await ana.goto('/access')
    await ana.getByRole('button', { name: /^History of totals/u }).first().click()
    await ana.getByRole('dialog').getByText(/She was asked to take all of it\./u).first().waitFor()
    expect(shop.faults).toEqual([])
  })

  it('shows why each step ran, was tried again or was left out, and that a shared template was changed once for who uses it', async () => {
    const TOTALS_YAML = 'domains/sales/totals/product.yaml'
    write('workflows/careful.yaml', CAREFUL)
    write(TOTALS_YAML, `${read(TOTALS_YAML)}    - { name: refresh, type: workflow, properties: { use: careful@1, with: { thorough: false } } }\n`)
    apply()
    const dora = await shop.signIn('dora')
    const run = async (more = ''): Promise<void> => {
      const done = shop.tulle.sh(`npx tulle run totals --as dora --wait --force ${more} -o json`)
      expect(done, done.stderr).toMatchObject({ status: 0 })
      await dora.goto(`/runs/${(JSON.parse(done.stdout) as { readonly id: string }).id}`)
      await dora.getByRole('listitem', { name: 'publish: succeeded' }).waitFor()
    }
    const step = (said: string) => dora.getByRole('listitem', { name: said, exact: true })
    await run()
    await step('look_twice: skipped').getByText('its condition is not true: $workflow.input.thorough.').waitFor()
    await step('knock: succeeded').waitFor()
    await dora.getByRole('log').getByText(/knock: try 1 failed: Nobody is in.*the next one is in \d+ ms/u).waitFor()
    expect(await step('greet: succeeded').count()).toBe(0)
    await run('--with thorough=true')
    await step('look_twice: succeeded').waitFor()

    write('workflows/careful.yaml', CAREFUL.replace("version: '1.0.0'", "version: '1.1.0'").replace('  - ingest:', '  - greet: {set: {said: hello}}\n  - ingest:'))
    const planned = shop.tulle.sh('tulle plan examples/skyline --as ada')
    expect(planned.stdout).toContain('totals')
    apply()
    const ada = await shop.signIn('ada')
    await ada.goto('/platform')
    const template = ada.getByRole('region', { name: 'Templates' }).getByRole('row').filter({ hasText: 'careful' })
    await template.filter({ hasText: '1.1.0' }).getByRole('link', { name: 'totals', exact: true }).waitFor()
    expect(await template.filter({ hasText: '1.0.0' }).getByRole('link').count()).toBe(0)
    await run()
    await step('greet: succeeded').waitFor()
    // A run for each day of a range, to the end of it.
    await dora.goto('/backfills?product=totals')
    const form = dora.getByRole('form', { name: 'A new backfill' })
    await form.getByLabel('From').fill('2026-02-01')
    await form.getByLabel('To').fill('2026-02-03')
    await form.getByRole('button', { name: 'Begin' }).click()
    const backfill = dora.getByRole('region', { name: '2026-02-01 to 2026-02-03' })
    await backfill.getByText('3 days').waitFor()
    await backfill.getByText('succeeded 3', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await backfill.getByRole('button').count(), 'nothing is left to cancel or to do again').toBe(0)
    expect(await seriousFindings(dora)).toEqual([])
    await backfill.getByRole('link', { name: '2026-02-02: succeeded' }).click()
    await step('publish: succeeded').or(step('publish: skipped')).waitFor()
    expect(shop.faults).toEqual([])
  })

  it('takes a contract of somebody else as it is, shows it, and gives back every field of it, also those that no page has a place for', async () => {
    const CONTRACT = 'domains/sales/parcels/contracts/parcels.odcs.yaml'
    write(CONTRACT, FOREIGN)
    write('domains/sales/parcels/parcels.csv', 'parcel,weight\n1,0.5\n2,1.25\n')
    write('domains/sales/parcels/product.yaml', PARCELS)
    apply()
    const written = asData(FOREIGN)
    expect(written).toMatchObject({ tenant: 'courier', customProperties: [{ value: { code: 'WAW-2', gates: [1, 2, 3], open: true } }] })
    const dora = await shop.signIn('dora')
    await dora.goto('/products/parcels?tab=schema')
    const shown = dora.getByRole('region', { name: 'Schema of parcels' })
    for (const text of ['contract 3.4.0', 'What it weighs, in kilograms', 'restricted']) await shown.getByText(text).waitFor()
    // As any page of the console gets it.
    const token = await tokenOf(shop.tulle, 'dora')
    const { dataSets: [kept] } = await dora.evaluate(async (bearer) => (await fetch('/products/parcels/control/metadata', { headers: { authorization: `Bearer ${bearer}` } })).json() as Promise<{ readonly dataSets: readonly { readonly contract: { readonly document: unknown } }[] }>, token)
    expect(kept?.contract.document).toEqual(written)

    await dora.goto(`/editor?file=${encodeURIComponent(CONTRACT)}`)
    await dora.getByRole('region', { name: 'Plan' }).getByText('No changes').waitFor()
    await dora.getByRole('textbox', { name: CONTRACT }).click()
    await dora.keyboard.press('Control+End')
    await dora.keyboard.insertText('# Seen by the shop.\n')
    await dora.getByRole('button', { name: 'Take 1 file' }).click()
    const download = dora.waitForEvent('download')
    await dora.getByRole('menuitem', { name: `Download ${CONTRACT}` }).click()
    const taken = readFileSync(await (await download).path(), 'utf8')
    expect(taken).toBe(`${FOREIGN}# Seen by the shop.\n`)
    // What leaves in a standard's own words has lost nothing either.
    const exported = shop.tulle.sh(`npx tulle contract export examples/skyline/${CONTRACT} --format odcs`)
    expect(asData(exported.stdout)).toEqual(written)
    expect(shop.faults).toEqual([])
  })
}

function asData(text: string): unknown {
  const read = parseYaml(text, 'contract')
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return JSON.parse(JSON.stringify(read.value.value)) as unknown
}

const PARCELS = `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: parcels, title: Parcels }
spec:
  components:
    - { name: parcels, type: data-product, properties: { definition: What was sent } }
    - { name: parcels_file, type: file-input-port, properties: { path: domains/sales/parcels/parcels.csv } }
    - { name: parcels, type: data-set, properties: { from: parcels_file } }
    - { name: sql, type: sql-output-port }
`

/** As a courier wrote it for everybody: with people, prices, servers and words of its own. */
const FOREIGN = `apiVersion: v3.1.0
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553b
name: Parcels of the courier
version: 3.4.0
status: active
tenant: courier
contractCreatedTs: '2026-02-03T04:05:06Z'
tags: [couriers, parcels]
description: { purpose: To tell where parcels are., limitations: Europe only., usage: Reports. }
authoritativeDefinitions:
  - { type: businessDefinition, url: 'https://courier.test/words/parcel' }
servers:
  - { server: warehouse, type: postgres, host: db.courier.test, port: 5432, database: parcels, schema: public, environment: prod }
price: { priceAmount: 0.12, priceCurrency: EUR, priceUnit: megabyte }
support:
  - { channel: '#parcels', tool: slack, url: 'https://courier.test/chat' }
roles:
  - { role: parcel_reader, access: read, firstLevelApprovers: The depot }
slaProperties:
  - { property: retention, value: 3, unit: y }
customProperties:
  - property: depot
    value: { code: WAW-2, gates: [1, 2, 3], open: true }
schema:
  - name: parcels
    physicalName: courier_parcels_v3
    physicalType: table
    businessName: Parcels
    dataGranularityDescription: One row per parcel
    properties:
      - name: parcel
        logicalType: integer
        required: true
        criticalDataElement: true
        customProperties: [{ property: barcode, value: EAN-128 }]
      - name: weight
        logicalType: number
        physicalType: 'decimal(9,2)'
        classification: restricted
        description: What it weighs, in kilograms
        transformLogic: grams / 1000
        transformDescription: Scales say grams
        examples: [0.5, 1.25]
`

/** Nobody answers at first; what is looked at twice is left to who runs it. */
const CAREFUL = `document: {dsl: '1.0.3', namespace: shop, name: careful, version: '1.0.0'}
input:
  schema:
    document:
      type: object
      additionalProperties: false
      properties:
        thorough: {type: boolean, default: false}
        day: {type: string, format: date, default: '2026-01-01'}
do:
  - knock:
      try: [{door: {raise: {error: {type: 'https://shop.test/errors/nobody', status: 503, title: Nobody is in}}}}]
      catch:
        retry: {delay: {milliseconds: 5}, limit: {attempt: {count: 2}}}
        do: [{window: {set: {way: window}}}]
  - look_twice: {if: $workflow.input.thorough, set: {looked: twice}}
  - ingest: {call: ingest}
  - transform: {call: sql}
  - write: {call: write}
  - check: {call: check}
  - publish: {call: publish}
`

/** The official client of an assistant that holds a token of somebody. */
async function openAssistant(tulle: TestTulle, as: string) {
  const made = await fetch(`${tulle.url}/api/v1/tokens`, { method: 'POST', headers: { authorization: `Bearer ${await tokenOf(tulle, as)}`, 'content-type': 'application/json' }, body: JSON.stringify({ label: 'assistant', scope: 'full' }) })
  const { secret } = (await made.json()) as { secret: string }
  const client = new McpClient({ name: 'assistant', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${tulle.url}/mcp`), { authProvider: { token: async () => secret } }))
  return async (name: string, given: Record<string, unknown>) => {
    const { content, isError = false, structuredContent } = await client.callTool({ name, arguments: given })
    return { says: (content as { text: string }[])[0]?.text ?? '', isError, data: (structuredContent as { untrusted: Record<string, never> }).untrusted }
  }
}
