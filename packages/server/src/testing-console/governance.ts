// Policies with what a change of them would do, coverage, purposes, exceptions; the platform; backfills.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function governance(rig: ConsoleRig): void {
  it('says who would lose what before a policy changes, of the applied ones and of one that is being written', async () => {
    const ada = await rig.signIn('ada')
    await ada.goto('/governance')
    const cards = ada.getByRole('region').filter({ has: ada.getByRole('button', { name: /^Who would lose what/u }) })
    await cards.first().waitFor()
    expect(await cards.count()).toBeGreaterThan(0)
    const enforced = cards.filter({ hasText: 'mask (' }).filter({ hasText: 'enforced' }).first()
    await enforced.getByRole('button', { name: /^Who would lose what .* were retired$/u }).click()
    await enforced.getByText('If it were retired').waitFor()
    // Whom the mask hides something from now would see it; nobody loses by that.
    await enforced.getByRole('row').filter({ hasText: 'ana' }).filter({ hasText: /gains.*unmasked/u }).first().waitFor()
    expect(await enforced.getByText('loses', { exact: true }).count()).toBe(0)
    expect(await seriousFindings(ada)).toEqual([])

    await ada.goto('/editor')
    await ada.getByRole('textbox', { name: 'Find a file' }).fill('personal_data')
    const files = ada.getByRole('navigation', { name: 'Files of the mesh' }).getByRole('button')
    await files.filter({ hasText: 'personal_data.yaml' }).first().click()
    const path = new URL(ada.url()).searchParams.get('file') ?? ''
    const editor = ada.getByRole('textbox', { name: path })
    // Names are shown for Ana's purpose, in place of another. The editor draws what is in sight alone, so its text is not all of the file's.
    const text = readFileSync(join(rig.tulle.checkout, 'examples/skyline', path), 'utf8')
    await editor.fill(text.replace('customer_care', 'flight_safety'))
    const losses = ada.getByRole('region', { name: 'Who would lose what' })
    await losses.getByText(/\d+ questions? asked/u).waitFor()
    await losses.getByText('ana').first().waitFor()
    // What can be said is said while something else is wrong, and where nothing can, why.
    const token = await tokenOf(rig.tulle, 'ada')
    const trial = async (changes: readonly { readonly path: string; readonly text: string }[]): Promise<{ readonly effects?: { readonly effects: readonly unknown[] }; readonly effectsNote?: string }> =>
      (await (await fetch(`${rig.tulle.url}/api/v1/mesh/files/trial`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ changes }) })).json()) as never
    const other = { path, text: text.replace('customer_care', 'flight_safety') }
    const broken = 'domains/network/naughty/product.yaml'
    expect((await trial([other, { path: broken, text: 'kind: [' }])).effectsNote).toContain('the changed policies alone')
    expect((await trial([other, { path: broken, text: 'kind: [' }])).effects?.effects.length).toBeGreaterThan(0)
    expect(await trial([{ path, text: 'kind: [' }])).toMatchObject({ effectsNote: expect.stringContaining(`see ${path}:1`) as string })
    expect((await trial([{ path: broken, text: 'kind: [' }])).effectsNote, 'no policy is another one').toBeUndefined()
    expect(rig.faults).toEqual([])
  })

  it('counts what is classified, lists purposes and exceptions, and says how the platform is and who uses which template', async () => {
    const ada = await rig.signIn('ada', { colorScheme: 'dark', viewport: { width: 390, height: 850 } })
    const findings: string[] = []
    for (const [path, shown] of [['/governance?tab=coverage', 'Coverage of products'], ['/governance?tab=purposes', undefined], ['/governance?tab=exceptions', undefined], ['/platform', 'Workflow templates'], ['/governance', undefined]] as const) {
      await ada.goto(path)
      await ada.getByRole('heading', { level: 1 }).waitFor()
      if (shown !== undefined) await ada.getByRole('group', { name: shown, exact: true }).waitFor()
      else await ada.getByRole('heading', { level: 2 }).first().waitFor()
      findings.push(...(await seriousFindings(ada)).map((finding) => `${path}: ${finding}`))
      if (await ada.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')) findings.push(`${path} is wider than the screen`)
    }
    expect(findings).toEqual([])
    await ada.goto('/governance?tab=coverage')
    await ada.getByRole('row').filter({ hasText: 'Passengers' }).waitFor()
    await ada.goto('/platform')
    await ada.getByRole('region', { name: 'Templates' }).getByRole('row').filter({ hasText: 'daily-refresh' }).getByRole('link', { name: 'airports' }).waitFor()
    await ada.getByRole('region', { name: 'Database' }).getByText('well').waitFor()
    expect(rig.faults).toEqual([])
  })

  it('begins a backfill, shows what becomes of each part, and says what is wrong with one', async () => {
    const dora = await rig.signIn('dora')
    await dora.goto('/runs')
    await dora.getByRole('link', { name: 'Backfills' }).click()
    await dora.getByRole('combobox', { name: 'Product' }).fill('Punct')
    await dora.getByRole('option', { name: 'Punctuality' }).click()
    const form = dora.getByRole('form', { name: 'A new backfill' })
    await form.getByLabel('From').fill('2026-02-01')
    await form.getByLabel('To').fill('2026-01-01')
    await form.getByRole('button', { name: 'Begin' }).click()
    await form.getByRole('alert').waitFor()
    expect(await seriousFindings(dora)).toEqual([])
    expect(new URL(dora.url()).searchParams.get('product')).toBe('punctuality')
    expect(rig.faults).toEqual([])
  })
}
