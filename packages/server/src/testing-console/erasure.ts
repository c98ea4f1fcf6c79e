// The page of erasures, as a steward uses it.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

const WHO = { email: 'regan.kutch.2@example.org', id: 'P000002' }
const SECOND = { id: 'P000003', password: 'a second pair of eyes' }

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
    // Versions and streams that show Bo the person now, so that it means something when they do not.
    const [bo, versions] = [await rig.signIn('bo'), await versionsOf(rig)]
    expect(versions.length).toBeGreaterThan(0)
    for (const version of versions) expect(await countIn(bo, version, WHO.id)).toBe('1')
    expect(await streamOf(rig)).toContain(WHO.id)
    await page.bringToFront()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Erase, which nobody can undo' }).click()
    const followed = page.getByRole('region', { name: 'This erasure' })
    await followed.getByText('Nothing of the person comes in any more.').waitFor({ timeout: 60_000 })
    await followed.getByRole('link', { name: 'Certificate' }).waitFor({ timeout: 90_000 })
    await followed.getByRole('button', { name: 'Verify it' }).click()
    await followed.getByText('It is by this mesh and unchanged.').waitFor()
    expect(await page.content()).not.toContain(WHO.email)
    expect(await rowsOf(rig)).toBe(0)
    // Time travel: the same versions are there, and none has the person.
    expect(await versionsOf(rig)).toEqual(expect.arrayContaining([...versions]))
    for (const version of versions) expect(await countIn(bo, version, WHO.id)).toBe('0')
    expect(await streamOf(rig)).not.toContain(WHO.id)
    expect(rig.faults).toEqual([])
  })

  it('waits for a second person where the mesh wants two, and offers whoever asked no way around', async () => {
    const { tulle } = rig
    const facts = join(tulle.checkout, 'examples/skyline/mesh.yaml')
    writeFileSync(facts, readFileSync(facts, 'utf8').replace('  demo:', '  erasure: { approval: two-persons }\n  demo:'))
    expect(tulle.sh('npx tulle apply examples/skyline --as ada --yes')).toMatchObject({ status: 0 })
    const made = await fetch(`${tulle.url}/api/v1/accounts`, { method: 'POST', headers: { authorization: `Bearer ${await tokenOf(tulle, 'ada')}`, 'content-type': 'application/json' }, body: JSON.stringify({ name: 'sten', password: SECOND.password, role: 'steward' }) })
    expect(made.status).toBe(201)
    const ada = await rig.signIn('ada')
    const ask = async (): Promise<void> => {
      await ada.goto('/erasure')
      await ada.getByLabel('Value', { exact: true }).fill(SECOND.id)
      await ada.getByRole('button', { name: 'Show what it would touch' }).click()
      await ada.getByRole('button', { name: 'Erase, which nobody can undo' }).click()
      await ada.getByText('You asked for it, and this mesh wants a second person to approve.').waitFor()
    }
    await ask()
    expect(await ada.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true)
    expect(await seriousFindings(ada)).toEqual([])
    await ada.getByRole('button', { name: 'Decline' }).click()
    await ada.getByRole('region', { name: 'This erasure' }).getByText('declined').waitFor()
    await ask()
    const sten = await rig.openBrowser()
    await sten.goto('/erasure')
    await rig.fillIn(sten, 'sten', SECOND.password)
    await sten.getByRole('row').filter({ hasText: 'requested' }).getByRole('button', { name: /^Show erasure/u }).click()
    await sten.getByRole('button', { name: 'Approve' }).click()
    await sten.getByRole('region', { name: 'This erasure' }).getByRole('link', { name: 'Certificate' }).waitFor({ timeout: 90_000 })
    await ada.getByRole('region', { name: 'This erasure' }).getByText('done', { exact: true }).waitFor()
    expect(await rowsOf(rig, SECOND.id)).toBe(0)
  })

  it('is no place for who may not erase', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/erasure')
    await page.getByRole('heading', { name: 'Erasure' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Show what it would touch' }).count()).toBe(0)
  })
}

/** How many rows of the person a preview finds now. */
async function rowsOf({ tulle }: ConsoleRig, id = WHO.id): Promise<number> {
  const answer = await fetch(`${tulle.url}/api/v1/erasures/preview`, { method: 'POST', headers: { authorization: `Bearer ${await tokenOf(tulle, 'ada')}`, 'content-type': 'application/json' }, body: JSON.stringify({ key: 'passenger_id', value: id }) })
  const { tables } = (await answer.json()) as { readonly tables: readonly { readonly product: string; readonly rows: { readonly current: number } }[] }
  return tables.filter(({ product }) => product === 'passengers').reduce((sum, { rows }) => sum + rows.current, 0)
}

/** Ids of the versions of passengers that there are. */
async function versionsOf({ tulle }: ConsoleRig): Promise<readonly string[]> {
  return (JSON.parse(tulle.sh('npx tulle history passengers -o json --as ada').stdout) as readonly { readonly id: string }[]).map(({ id }) => id)
}

/** How often somebody is in a version, as the workbench answers. */
async function countIn(page: Page, version: string, id: string): Promise<string> {
  await page.goto(`/workbench?sql=${encodeURIComponent(`select count(*) as n from passengers.passengers for version as of ${version} where passenger_id = '${id}'`)}`)
  await page.getByRole('button', { name: 'Run' }).click()
  return page.getByRole('region', { name: 'Answer' }).getByRole('cell').first().innerText()
}

const streamOf = async ({ tulle }: ConsoleRig): Promise<string> => {
  const answer = await fetch(`${tulle.url}/streams/v1/passengers/passengers?from=start&limit=10000`, { headers: { authorization: `Bearer ${await tokenOf(tulle, 'bo')}` } })
  expect(answer.status).toBe(200)
  return answer.text()
}
