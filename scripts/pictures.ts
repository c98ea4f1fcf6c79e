// Takes the pictures of the README from the real console: `node scripts/pictures.ts`. Needs Debian's Chromium.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, startTulle } from '@tulle/server/testing'

const PICTURES: readonly (readonly [name: string, path: string, wait: string])[] = [
  ['catalogue', '/', 'found'],
  ['product', '/products/punctuality', 'Data sets'],
  ['ports', '/products/flights?tab=ports', 'psql'],
  ['schema', '/products/passengers?tab=schema', 'Classification'],
  ['sample', '/products/passengers?tab=sample', '@example.org'],
]

const executablePath = findChromium('the pictures')
if (executablePath !== undefined) {
  const folder = join(import.meta.dirname, '../docs/pictures')
  mkdirSync(folder, { recursive: true })
  await using tulle = await startTulle()
  const run = tulle.sh('tulle run punctuality --as dora --wait --force -o json')
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })).newPage()
  const shoot = async (name: string): Promise<void> => {
    await page.waitForTimeout(600)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    console.log(`docs/pictures/${name}.png`)
  }
  await page.goto(tulle.url)
  await page.getByLabel('Name').waitFor()
  await shoot('sign-in')
  await page.getByLabel('Name').fill('ana')
  await page.getByLabel('Password', { exact: true }).fill(tulle.secret('ana'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Data products' }).waitFor()
  for (const [name, path, wait] of PICTURES) {
    await page.goto(`${tulle.url}${path}`)
    await page.getByText(wait).first().waitFor()
    await shoot(name)
  }
  await page.goto(`${tulle.url}/runs/${(JSON.parse(run.stdout) as { id: string }).id}`)
  await page.getByText('notify').first().waitFor()
  await shoot('run')
  await browser.close()
}
