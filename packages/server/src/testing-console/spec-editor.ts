// The editor for files of the mesh: completion, findings at their places, the plan, and a patch that ends it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SCRIPT } from './hostile-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

const PRODUCT = 'domains/network/naughty/product.yaml'

export function specEditor(rig: ConsoleRig): void {
  it('completes a product, shows each finding at its place and the plan as it is written, and ends in a patch that leaves the folder as it was', async () => {
    const file = join(rig.tulle.checkout, 'examples/skyline', PRODUCT)
    const before = readFileSync(file, 'utf8')
    const dora = await rig.signIn('dora', { permissions: ['clipboard-read', 'clipboard-write'] })
    await dora.goto('/editor')
    await dora.getByRole('textbox', { name: 'Find a file' }).fill('naughty product')
    await dora.getByRole('navigation', { name: 'Files of the mesh' }).getByRole('button', { name: /^product\.yaml/u }).click()
    expect(new URL(dora.url()).searchParams.get('file')).toBe(PRODUCT)
    const editor = dora.getByRole('textbox', { name: PRODUCT })
    const plan = dora.getByRole('region', { name: 'Plan' })
    await plan.getByText('No changes').waitFor()
    // A list that has just come up takes no key for a moment, so that nobody takes what they have not seen.
    const take = async (): Promise<void> => {
      await dora.waitForTimeout(300)
      await dora.keyboard.press('Enter')
    }
    await editor.click()
    await dora.keyboard.press('Control+End')
    await dora.keyboard.type('    - { name: more, ty')
    await dora.getByRole('listbox').getByRole('option', { name: /^type/u }).waitFor()
    await take()
    await dora.keyboard.type('sql-out')
    await dora.getByRole('listbox').getByRole('option', { name: /^sql-output-port/u }).waitFor()
    await take()
    await dora.keyboard.insertText(`, properties: { descriptoin: ${JSON.stringify(SCRIPT)} }`)
    const findings = dora.getByRole('region', { name: 'Findings' })
    await findings.getByText(/ to mend$/u).waitFor()
    await plan.getByText('No plan while there are errors.').waitFor()
    await dora.getByRole('navigation', { name: 'Files of the mesh' }).getByLabel('with errors').waitFor()
    await findings.getByText(/descriptoin/u).first().waitFor()
    await dora.locator('.cm-lintRange-error').first().waitFor()
    await findings.getByRole('button', { name: new RegExp(`^${PRODUCT}:\\d+:\\d+$`, 'u') }).first().click()
    await dora.locator('.cm-editor.cm-focused').waitFor()
    expect(await seriousFindings(dora)).toEqual([])
    await editor.getByText('descriptoin').dblclick()
    await dora.keyboard.type('description')
    await plan.getByText(/\bcreate \d/u).waitFor()
    await plan.getByLabel('The plan in words').getByText(/naughty/u).waitFor()

    // What is in no file yet outlives a reload.
    await dora.reload()
    await plan.getByText(/\bcreate \d/u).waitFor()
    await dora.getByRole('button', { name: 'Take 1 file' }).click()
    await dora.getByRole('menuitem', { name: 'Copy as a patch for git apply' }).click()
    const patch = await dora.evaluate<string>('navigator.clipboard.readText()')
    expect(patch).toMatch(new RegExp(`^diff --git a/${PRODUCT} b/${PRODUCT}\\n--- a/${PRODUCT}\\n\\+\\+\\+ b/${PRODUCT}\\n`, 'u'))
    expect(patch).toContain('+    - { name: more, type: sql-output-port')
    const download = dora.waitForEvent('download')
    await dora.getByRole('menuitem', { name: `Download ${PRODUCT}` }).click()
    expect(readFileSync(await (await download).path(), 'utf8')).toContain('name: more')
    expect(readFileSync(file, 'utf8'), 'the folder stays the truth').toBe(before)
    expect(rig.faults).toEqual([])
  })

  it('tells whoever may not plan so, and reads no file outside of the mesh to anybody', async () => {
    const bo = await rig.signIn('bo')
    await bo.goto('/editor')
    await bo.getByText(/may not plan/u).first().waitFor()
    rig.faults.splice(0)
    const token = await tokenOf(rig.tulle, 'dora')
    const read = async (path: string): Promise<number> => (await fetch(`${rig.tulle.url}/api/v1/mesh/files/text?path=${encodeURIComponent(path)}`, { headers: { authorization: `Bearer ${token}` } })).status
    expect(await read('mesh.yaml'), 'a file of the mesh').toBe(200)
    expect(await Promise.all(['../../.tulle/server.json', '/etc/passwd', '../x.yaml', 'domains/../../../x.yaml', '.hidden.yaml', 'nothing.yaml', 'data/naughty.ndjson'].map(read))).toEqual([400, 400, 400, 400, 400, 404, 400])
  })
}
