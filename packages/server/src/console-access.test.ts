// Ask, decide, see, give back, in a real browser: one who asks, one who decides, on a small mesh. And what breaks there: rows that are
// set aside and corrected, and an incident that somebody looks after.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { journeys } from './testing-console/journeys.ts'
import { openPeople } from './testing-console/people.ts'
import type { Look, People } from './testing-console/people.ts'
import { addVisits, retaining } from './testing-console/retention.ts'
import { seriousFindings } from './testing-console/rig.ts'
import { ORDERS_CONTRACT, ORDERS_CSV, ORDERS_YAML, shopMesh } from './testing-mesh.ts'

const executablePath = findChromium('asking for access in a real browser')

/** A page follows what is typed a moment later. */
const SOON = { timeout: 20_000 }

describe.skipIf(executablePath === undefined)('asking for access in the console', { timeout: 300_000 }, () => {
  let tulle: TestTulle
  let people: People
  const mesh = shopMesh()
  const cold = mkdtempSync('/tmp/tulle-cold-')
  const faults: string[] = []

  beforeAll(async () => {
    addVisits(mesh)
    const path = join(mesh, ORDERS_YAML)
    writeFileSync(path, readFileSync(path, 'utf8').replace('    - name: rest\n      type: rest-output-port\n', "    - name: rest\n      type: rest-output-port\n    - name: terms\n      type: data-sharing-agreement\n      properties: { title: Terms of the shop, version: '2', description: Only for reports. }\n"))
    const contract = join(mesh, ORDERS_CONTRACT)
    writeFileSync(contract, readFileSync(contract, 'utf8').replace('name: customer, logicalType: string', 'name: customer, logicalType: string, required: true')
      .replace('    properties:\n', '    customProperties: [{ property: onFailure, value: quarantine }, { property: atMost, value: 50 % }]\n    properties:\n'))
    tulle = await startTulle({ mesh, environment: { TULLE_COLD_STORE: cold } })
    people = await openPeople({ executablePath: executablePath ?? '', tulle, faults, viewport: { width: 1280, height: 1000 }, timeout: 25_000 })
  }, 180_000)
  afterEach(({ task }) => people.endCase(task))
  afterAll(async () => {
    await people?.close()
    await tulle?.stop()
    for (const folder of [mesh, cold]) rmSync(folder, { recursive: true, force: true })
  })

  const signIn = (user: string, look?: Look): Promise<Page> => people.signIn(user, look)

  it('says what would be seen while it is written, shows the owner what would be exposed, and gives what is left of it', async () => {
    const bo = await signIn('bo')
    await bo.goto('/products/orders?tab=access')
    await bo.getByRole('link', { name: 'Ask for access' }).click()
    const would = bo.getByRole('region', { name: 'What you would see' })
    await would.getByText('customer', { exact: true }).waitFor()
    const where = bo.getByLabel('Only rows where')
    await where.fill('ammount > 5')
    await bo.getByText('The row has no column "ammount". Did you mean "amount"?').waitFor()
    await expect.poll(() => bo.getByRole('button', { name: 'Ask for access' }).isDisabled(), SOON).toBe(true)
    await where.fill('id in (select id from totals.totals)')
    await bo.getByText('A condition may not read a table.').waitFor()
    await where.fill('amount > 5')
    await would.getByText('Not every row is among them.').waitFor()
    await would.getByText('An owner of the product or a steward decides.').waitFor()
    // What is written stands in the address.
    await expect.poll(() => new URL(bo.url()).searchParams.get('where'), SOON).toBe('amount > 5')
    await bo.getByLabel('For so many days').fill('30')
    await bo.getByLabel('Why').fill('The weekly report.')
    await expect.poll(() => bo.getByRole('button', { name: 'Ask for access' }).isDisabled(), SOON).toBe(true)
    await bo.getByLabel('I accept: Terms of the shop (terms@2)').check()
    await expect.poll(() => seriousFindings(bo), SOON).toEqual([])
    await bo.getByRole('button', { name: 'Ask for access' }).click()
    await bo.getByRole('heading', { name: 'Access to orders' }).waitFor()
    await bo.getByText('waits').first().waitFor()

    const olga = await signIn('olga')
    await olga.goto('/')
    await olga.getByRole('link', { name: 'Inbox' }).click()
    await olga.getByRole('heading', { name: 'Inbox' }).waitFor()
    await olga.getByRole('link', { name: 'orders' }).click()
    const exposed = olga.getByRole('region', { name: 'What it would expose' })
    // A request is a place of whoever looks at it.
    const placeOf = (page: Page): Promise<readonly string[]> => page.locator('nav[aria-label="Places"] [aria-current="page"]').allTextContents()
    await expect.poll(() => placeOf(olga), SOON).toEqual(['Inbox'])
    await expect.poll(() => placeOf(bo), SOON).toEqual(['My access'])
    await exposed.getByText('2 rows').waitFor()
    await exposed.getByRole('cell', { name: 'Ada' }).waitFor()
    await expect.poll(() => exposed.getByRole('cell', { name: 'Cy' }).count(), SOON).toBe(0)
    await olga.getByLabel('Only rows where').fill("customer <> 'Ada'")
    await exposed.getByText('1 row', { exact: true }).waitFor()
    await exposed.getByText('The condition reads').waitFor()
    await expect.poll(() => exposed.getByRole('cell', { name: 'Ada' }).count(), SOON).toBe(0)
    await olga.getByLabel('Note').fill('Ada asked to be left out.')
    await expect.poll(() => seriousFindings(olga), SOON).toEqual([])
    await olga.getByRole('button', { name: 'Approve this much' }).click()
    await olga.getByText('narrowed', { exact: true }).first().waitFor()

    await bo.getByText('Ada asked to be left out.').first().waitFor()
    await bo.goto('/products/orders?tab=sample')
    await bo.getByRole('cell', { name: 'Bo' }).waitFor()
    expect([await bo.getByRole('cell', { name: 'Ada' }).count(), await bo.getByRole('cell', { name: 'Cy' }).count()]).toEqual([0, 0])

    await bo.getByRole('link', { name: 'My access' }).first().click()
    await bo.getByRole('heading', { name: 'My access' }).waitFor()
    await bo.getByRole('button', { name: /^History of orders/u }).click()
    await bo.getByRole('dialog').getByText('grant made').waitFor()
    await bo.keyboard.press('Escape')
    await bo.getByRole('button', { name: /^Renew orders/u }).click()
    await bo.getByRole('dialog').getByLabel('Why').fill('One more month.')
    await bo.getByRole('button', { name: 'Ask for it' }).click()
    await bo.getByText('More time:').waitFor()
    await expect.poll(() => seriousFindings(bo), SOON).toEqual([])
    await bo.getByRole('button', { name: /^Give back orders/u }).click()
    await bo.getByRole('dialog').getByRole('button', { name: 'Give back' }).click()
    await bo.getByText('revoked', { exact: true }).waitFor()
    await bo.goto('/products/orders?tab=sample')
    await bo.getByText('No grant lets bo read orders.orders.').waitFor()

    // The renewal of what was given back cannot be approved any more; it is declined with a note.
    await olga.goto('/inbox')
    await olga.getByRole('heading', { name: 'Inbox' }).waitFor()
    await olga.getByRole('link', { name: 'orders' }).click()
    await olga.getByRole('region', { name: 'What it would expose' }).getByRole('alert').waitFor()
    await olga.getByLabel('Note').fill('It was given back.')
    await olga.getByRole('button', { name: 'Decline' }).click()
    await olga.getByText('declined', { exact: true }).first().waitFor()
    await olga.goto('/inbox')
    await olga.getByText('Nothing waits for you').waitFor()
    expect(faults).toEqual([])
  })

  it('shows who did what and what was denied, whether the chain stands, and nothing to whoever keeps no product', async () => {
    const bo = await signIn('bo')
    await bo.goto('/products/orders?tab=sample')
    await bo.getByText('No grant lets bo read orders.orders.').waitFor()
    expect(await bo.getByRole('link', { name: 'Audit' }).count()).toBe(0)
    await bo.goto('/audit')
    await bo.getByText(/may not administer|not allowed/u).first().waitFor()

    const ada = await signIn('ada')
    await ada.goto('/')
    await ada.getByRole('link', { name: 'Audit' }).click()
    await ada.getByRole('heading', { name: 'Audit' }).waitFor()
    await ada.getByText('Denied only').click()
    await ada.getByLabel('Who').fill('bo')
    await ada.getByLabel('Product').fill('orders')
    const entries = ada.getByRole('group', { name: 'Entries' })
    await entries.getByText('No grant lets bo read orders.orders.').first().waitFor()
    await expect.poll(() => entries.getByText('allowed', { exact: true }).count(), SOON).toBe(0)
    expect(new URL(ada.url()).searchParams.get('decision')).toBe('deny')
    await ada.getByRole('button', { name: 'Verify the chain' }).click()
    await ada.getByText('The chain stands').waitFor()
    await expect.poll(() => seriousFindings(ada), SOON).toEqual([])
  })

  const deliver = (csv: string): number => {
    writeFileSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV), csv)
    return tulle.sh('tulle run orders --as olga --wait').status
  }

  it('shows rows that were set aside to who works on the product; they are corrected, left out, replayed and published', async () => {
    expect(deliver('id,customer,amount\n1,Ada,12.50\n2,,7.25\n3,Cy,1.00\n3,Cy again,2.00\n4,Di,2.00\n')).toBe(0)
    const ana = await signIn('ana')
    await ana.goto('/')
    await ana.getByRole('button', { name: /^Notices, \d+ new$/u }).click()
    await ana.getByRole('list', { name: 'Notices' }).getByText('2 rows of orders.orders were set aside, because they break its contract').waitFor()
    await ana.goto('/products/orders?tab=quarantine')
    await ana.getByText('Only who works on the product sees rows that were set aside').waitFor()
    expect(await ana.getByRole('cell').count()).toBe(0)

    const olga = await signIn('olga')
    await olga.goto('/products/orders?tab=quarantine')
    await olga.getByText('2 rows to decide').waitFor()
    await olga.getByText('required(customer): 1').waitFor()
    const faulty = olga.getByRole('row').filter({ hasText: 'required(customer)' })
    await faulty.waitFor()
    expect(await seriousFindings(olga)).toEqual([])
    await faulty.getByRole('button', { name: /^Correct /u }).click()
    const form = olga.getByRole('dialog')
    await form.getByLabel('amount').fill('much')
    await form.getByRole('button', { name: 'Correct it' }).click()
    await form.getByRole('alert').waitFor()
    await form.getByLabel('amount').fill('7.25')
    await form.getByLabel('customer').fill('Bo, the second')
    await form.getByLabel('Why').fill('asked him')
    await form.getByRole('button', { name: 'Correct it' }).click()
    await form.waitFor({ state: 'hidden' })
    await olga.getByText('olga: asked him').waitFor()

    await olga.getByRole('row').filter({ hasText: 'Cy again' }).getByRole('checkbox').check()
    await olga.getByRole('button', { name: 'Leave out 1' }).click()
    await olga.getByRole('dialog').getByLabel('Why').fill('the same order')
    await olga.getByRole('dialog').getByRole('button', { name: 'Leave out' }).click()
    await olga.getByText('olga: the same order').waitFor()
    await olga.getByRole('button', { name: 'Replay what was corrected' }).click()
    await olga.getByRole('status').getByText('1 row sent on').waitFor()
    await olga.getByRole('row').filter({ hasText: 'Bo, the second' }).getByText('published', { exact: true }).waitFor()
    await olga.getByText('nothing to decide').waitFor()
    await olga.getByText('left out 1').click()
    await expect.poll(() => new URL(olga.url()).searchParams.get('state')).toBe('discarded')
    await expect.poll(() => olga.getByRole('row').filter({ hasText: 'Bo, the second' }).count()).toBe(0)
  })

  it('shows an incident with its cause and whom it reaches; somebody looks after it, and others may only watch', async () => {
    expect(deliver('id,customer,amount\n1,,12.50\n5,,7.25\n6,,1.00\n4,Di,2.00\n')).toBe(1)
    const [ana, olga] = [await signIn('ana'), await signIn('olga')]
    await olga.goto('/')
    await olga.getByRole('link', { name: 'Incidents' }).first().click()
    await olga.getByRole('link', { name: 'Checks failed' }).click()
    const reach = olga.getByRole('region', { name: 'Whom it reaches' })
    await reach.getByRole('link', { name: 'totals' }).waitFor()
    await reach.getByText('ana').waitFor()
    await reach.getByRole('link', { name: 'The run that was stopped' }).waitFor()
    expect(await seriousFindings(olga)).toEqual([])
    await olga.getByRole('button', { name: 'I look after it' }).click()
    await olga.getByLabel('Note').fill('the shop sends empty names')
    await olga.getByRole('dialog').getByRole('button', { name: 'I look after it' }).click()
    const story = olga.getByRole('region', { name: 'What happened' })
    await story.getByText('Somebody looks after it: olga').waitFor()
    await story.getByText('the shop sends empty names').waitFor()

    await ana.goto('/incidents?state=acknowledged')
    await ana.getByRole('link', { name: 'Checks failed' }).click()
    await ana.getByRole('region', { name: 'Whom it reaches' }).getByText('1 consumer', { exact: true }).waitFor()
    const resolve = ana.getByRole('button', { name: 'Resolve' })
    await expect(resolve.getAttribute('aria-disabled')).resolves.toBe('true')
    await ana.getByRole('button', { name: 'Tell me of incidents' }).click()
    await ana.getByRole('button', { name: 'Tell me no more of incidents' }).waitFor()
    expect(deliver('id,customer,amount\n1,Ada,12.50\n4,Di,2.00\n')).toBe(0)
    await olga.getByText('It recovered').waitFor()
    await ana.reload()
    await ana.getByText('resolved', { exact: true }).waitFor()
    expect(await ana.getByRole('button', { name: 'Resolve' }).count()).toBe(0)
    await ana.getByRole('button', { name: /^Notices, \d+ new$/u }).click()
    await ana.getByText(/^Resolved by recovery: Checks of orders failed/u).waitFor()
    expect(faults).toEqual([])
  })

  it('marks in the changelog what broke for those who read, and shows the lines of the contract that did', async () => {
    const contract = join(tulle.checkout, 'examples/skyline', ORDERS_CONTRACT)
    writeFileSync(contract, readFileSync(contract, 'utf8').replace('logicalType: string, required: true', 'logicalType: string').replace(/^version: .*$/mu, 'version: 2.0.0'))
    expect(tulle.sh('tulle apply examples/skyline --as ada --yes --allow-breaking')).toMatchObject({ status: 0 })
    expect(deliver('id,customer,amount\n1,Ada,12.50\n4,Di,2.00\n')).toBe(0)
    const ana = await signIn('ana')
    await ana.goto('/products/orders?tab=changelog')
    const versions = ana.getByRole('region', { name: 'Versions' })
    await versions.getByRole('listitem').filter({ hasText: 'Published' }).first().getByText('breaking').first().waitFor()
    await versions.getByText(/contract \S+ → 2\.0\.0/u).waitFor()
    await versions.getByText('orders.customer', { exact: true }).first().waitFor()
    const compared = ana.getByRole('region', { name: 'Compare contracts' })
    await compared.getByLabel('Lines that differ').locator('del').filter({ hasText: 'required: true' }).waitFor()
    await compared.getByLabel('Lines that differ').locator('ins').filter({ hasText: 'version: 2.0.0' }).waitFor()
    await ana.getByRole('region', { name: 'Applied changes' }).getByRole('listitem').filter({ hasText: 'ada' }).first().getByText('breaking').first().waitFor()
    expect(await seriousFindings(ana)).toEqual([])
    expect(faults).toEqual([])
  })

  retaining({ get tulle() { return tulle }, faults, signIn })

  journeys({ get tulle() { return tulle }, faults, signIn })
})
