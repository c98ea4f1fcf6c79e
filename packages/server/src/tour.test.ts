// The README's tour, command by command, as its reader would type it: blocks marked `sh` must succeed, `sh fails` must
// not, `sh psql` is skipped, loudly, where there is no psql.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, processesNaming, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

interface Block {
  readonly kind: string
  readonly commands: string
}

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
const BLOCKS: readonly Block[] = [...README.matchAll(/^```sh ?(\w*)\n(.*?)^```$/gmsu)].map((m) => ({ kind: m[1] ?? '', commands: (m[2] ?? '').trim() }))
const tour = BLOCKS.filter((block) => block.kind !== 'own')
const own = BLOCKS.filter((block) => block.kind === 'own')
const psql = hasProgram('psql')
if (!psql) console.warn('SKIPPED: the psql lines of the README: there is no psql on this machine (apt-get install postgresql-client).')

describe('the five-minute tour', () => {
  let tulle: TestTulle

  beforeAll(async () => {
    tulle = await startTulle({ fromNothing: true })
    await waitForEveryProduct(tulle)
  }, 180_000)

  afterAll(() => tulle?.stop())

  it('has commands', () => {
    expect(tour.length).toBeGreaterThan(6)
  })

  it.each(tour.map((block) => [block.commands.split('\n')[0] ?? '', block] as const))('%s', (_title, { kind, commands }) => {
    if (kind === 'psql' && !psql) return
    const { status, stdout, stderr } = tulle.sh(`set -e\n${commands}`)
    expect({ status, stderr: status === 0 || kind === 'fails' ? '' : `${stdout}\n${stderr}` }).toEqual({ status: kind === 'fails' ? 1 : 0, stderr: '' })
  }, 120_000)

  it('ends in a mesh without changes', () => {
    expect(tulle.sh('npx tulle plan --as ada').stdout).toContain('No changes')
  })

  it('names the rows that made a row to whoever may read them, and hides them from others', () => {
    const ask = (): { readonly rows: readonly unknown[][]; readonly inputs: readonly { readonly name: string; readonly hidden?: string; readonly atMost?: boolean; readonly rows?: readonly unknown[][] }[] } =>
      JSON.parse(tulle.sh(`tulle provenance punctuality.punctuality --where "airport_iata = 'SEA' and day = date '2001-01-05'" -n 1000 --as dora -o json`).stdout) as ReturnType<typeof ask>
    const before = ask()
    expect(before.rows).toHaveLength(1)
    // Which airports there are has a say in which flights count: without them the flights are at most these.
    expect(before.inputs.map(({ name, hidden, atMost }) => [name, hidden, atMost])).toEqual([['flights', undefined, true], ['airports', 'read-denied', undefined]])
    const [, request] = /Request (\S+)/u.exec(tulle.sh("tulle access request airports --as dora --purpose operations_planning --for 1d --because 'Where they fly from.'").stdout) ?? []
    tulle.sh(`tulle access approve ${request ?? ''} --as ada`)
    const { rows: [row], inputs: [flights, airports] } = ask()
    // As many flights as the row says that there were, and the one airport that it names.
    expect(flights).not.toHaveProperty('atMost')
    expect([flights?.rows?.length, flights?.rows?.every((one) => one[3] === 'SEA'), airports?.rows?.map(([iata]) => iata)]).toEqual([row?.[5], true, ['SEA']])
  }, 60_000)

  it('survives a killed server with everything that was acknowledged', async () => {
    const before = tulle.sh("tulle sql --as ana -o json 'select count(*) as n, sum(departures) as d from punctuality.punctuality'")
    const grants = tulle.sh('tulle grants list --as olga -o json').stdout
    await tulle.killAndRestart()
    expect(tulle.sh('tulle plan --as ada').stdout).toContain('No changes')
    expect(tulle.sh('tulle grants list --as olga -o json').stdout).toBe(grants)
    expect(tulle.sh("tulle sql --as ana -o json 'select count(*) as n, sum(departures) as d from punctuality.punctuality'").stdout).toBe(before.stdout)
  }, 120_000)

  it('stops on Ctrl-C within five seconds and leaves no process', async () => {
    const { server } = tulle
    const since = Date.now()
    server.kill('SIGINT')
    await new Promise((wake) => server.once('exit', wake))
    expect(Date.now() - since).toBeLessThan(5_000)
    expect(processesNaming(tulle.home)).toEqual([])
  }, 30_000)

  it('goes on from an empty folder to a live product over one\'s own CSV', async () => {
    writeFileSync(join(tulle.checkout, 'orders.csv'), 'order_id,customer,amount,ordered_on\n1,Ada,12.50,2026-01-02\n2,Bo,7.25,2026-01-03\n')
    for (const { commands } of own) expect(tulle.sh(`set -e\n${commands}`)).toMatchObject({ status: 0 })
    await using shop = await startTulle({ mesh: join(tulle.checkout, 'shop') })
    // The doors are open a moment before the banner is printed.
    await expect.poll(() => shop.output(), { timeout: 10_000 }).toContain('is living')
  }, 180_000)
})

async function waitForEveryProduct(tulle: TestTulle): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const runs = JSON.parse(tulle.sh('tulle runs list --as ada -o json').stdout || '[]') as { product: string; status: string }[]
    if (new Set(runs.filter((run) => run.status === 'succeeded').map((run) => run.product)).size >= 8) return
    await new Promise((wake) => setTimeout(wake, 500))
  }
  throw new Error('the products were not built')
}
