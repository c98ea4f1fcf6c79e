// The rig of the console's tests: one Tulle on one mesh and one browser, shared by every page's cases.

import { rmSync } from 'node:fs'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { makeHostileMesh } from './hostile-mesh.ts'
import { openPeople } from './people.ts'
import type { People } from './people.ts'

export interface ConsoleRig extends Omit<People, 'close'> {
  readonly tulle: TestTulle
  /** What a page logged or tried that it must not: scripts of others, errors, dialogs. */
  readonly faults: string[]
  start(executablePath: string): Promise<void>
  stop(): Promise<void>
}

export function consoleRig(): ConsoleRig {
  let tulle: TestTulle
  let people: People
  let mesh: string
  const faults: string[] = []
  return {
    get tulle() { return tulle },
    faults,
    openBrowser: (options) => people.openBrowser(options),
    fillIn: (page, user, password) => people.fillIn(page, user, password),
    signIn: (user, look) => people.signIn(user, look),
    endCase: (task) => people.endCase(task),
    start: async (executablePath) => {
      mesh = makeHostileMesh()
      tulle = await startTulle({ mesh, environment: { TULLE_WEBHOOK_HOSTS: '127.0.0.1' } })
      people = await openPeople({ executablePath, tulle, faults, viewport: { width: 1280, height: 900 }, timeout: 30_000 })
      await untilPublished(tulle, ['flights', 'passengers', 'punctuality', 'naughty'])
    },
    stop: async () => {
      await people?.close()
      await tulle?.stop()
      rmSync(mesh, { recursive: true, force: true })
    },
  }
}

/** What axe finds on a page that is serious or worse. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  // What was checked and found well is thousands of nodes of each page: it stays there.
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] })
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)
  })
}

export async function tokenOf(tulle: TestTulle, user: string): Promise<string> {
  const signedIn = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: user, password: tulle.secret(user) }) })
  return ((await signedIn.json()) as { token: string }).token
}

/** Every product named has something to show. */
async function untilPublished(tulle: TestTulle, products: readonly string[]): Promise<void> {
  const token = await tokenOf(tulle, 'ada')
  const deadline = Date.now() + 240_000
  for (;;) {
    const answer = await fetch(`${tulle.url}/api/v1/products`, { headers: { authorization: `Bearer ${token}` } })
    const known = ((await answer.json()) as { products: { name: string; lastPublished?: string }[] }).products
    const waiting = products.filter((name) => known.find((product) => product.name === name)?.lastPublished === undefined)
    if (waiting.length === 0) return
    if (Date.now() > deadline) throw new Error(`Not published in time: ${waiting.join(', ')}.\n${tulle.output()}`)
    await new Promise((wake) => setTimeout(wake, 200))
  }
}
