// The small mesh that the kill campaign works on, what it does to it, and what must hold afterwards.

import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createClient } from '@tulle/api'
import type { Client } from '@tulle/api'
import type { TestTulle } from '@tulle/server/testing'

export type Action = 'apply' | 'run' | 'grant'

/** An action on its way. `answered` is true once the server said that it is done. */
export interface Started {
  readonly action: Action
  readonly answered: Promise<boolean>
  /** What must be there if it was acknowledged. */
  readonly wanted: string
}

const ANSWER_MILLISECONDS = 60_000
const POLL_MILLISECONDS = 50

const contract = (dataSet: string, description: string, columns: string): string => `apiVersion: v3.1.0
kind: DataContract
id: ${dataSet}
name: ${dataSet}
version: 1.0.0
status: active
description: { purpose: ${description} }
schema:
  - name: ${dataSet}
    description: ${description}
    properties:
${columns}`

const product = (name: string, definition: string, components: string): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: ${name} }
spec:
  components:
    - { name: ${name}, type: data-product, properties: { definition: ${definition} } }
${components}
    - { name: ${name}, type: data-set, properties: { description: ${definition}${name === 'orders' ? ', from: orders_file' : ''} } }
    - { name: sql, type: sql-output-port, properties: {} }
    - { name: rest, type: rest-output-port, properties: {} }
`

const FILES: Readonly<Record<string, string>> = {
  'mesh.yaml': `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: shop }
spec:
  purposes: [{ name: sales }]
  demo:
    users:
      - { name: ada, title: Ada, role: administrator, teams: [shop_team], purposes: [sales] }
      - { name: ana, title: Ana, role: consumer, purposes: [sales] }
`,
  'teams/shop_team.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: shop_team }\nspec: {}\n',
  'domains/sales/domain.yaml': 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: sales }\nspec: { owner: shop_team }\n',
  'domains/sales/orders/product.yaml': product('orders', 'orders', '    - { name: orders_file, type: file-input-port, properties: { path: data/orders.csv } }'),
  'domains/sales/orders/contracts/orders.odcs.yaml': contract('orders', 'One row per order', '      - { name: id, logicalType: integer, required: true, unique: true }\n      - { name: amount, logicalType: integer, required: true }\n'),
  'domains/sales/totals/product.yaml': product('totals', 'totals', '    - { name: orders, type: product-input-port, properties: { product: orders } }'),
  'domains/sales/totals/contracts/totals.odcs.yaml': contract('totals', 'One row in all', '      - { name: orders, logicalType: integer, required: true }\n      - { name: amount, logicalType: integer, required: true }\n'),
  'domains/sales/totals/models/totals.sql': "select count(*) as orders, cast(sum(amount) as bigint) as amount from {{ ref('orders', 'orders') }}\n",
  'data/orders.csv': 'id,amount\n1,1\n',
}

export class ShopMesh {
  readonly #tulle: TestTulle
  readonly #folder: string
  #client: Client | undefined
  #rows = 1
  /** Descriptions and rows that the next check compares with. */
  #description = 'One row per order'

  private constructor(tulle: TestTulle) {
    this.#tulle = tulle
    this.#folder = join(tulle.checkout, 'examples/skyline')
  }

  /** Writes the mesh into a temporary folder. */
  static folder(): string {
    const folder = mkdtempSync('/tmp/tulle-shop-')
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return folder
  }

  static async open(tulle: TestTulle): Promise<ShopMesh> {
    const mesh = new ShopMesh(tulle)
    await mesh.ready()
    await mesh.#settleRuns()
    return mesh
  }

  /** Resolves when the API, and PostgreSQL behind it, answer again. */
  async ready(): Promise<void> {
    for (const deadline = Date.now() + ANSWER_MILLISECONDS; Date.now() < deadline; await pause(POLL_MILLISECONDS)) {
      const client = await this.#signIn()
      const products = await client?.listProducts({})
      if (products?.ok === true) return
      this.#client = undefined
    }
    throw new Error(`the server did not come back:\n${this.#tulle.output().slice(-4000)}`)
  }

  /** False as soon as the server process is gone: nothing more will be answered. */
  async gone(server: ChildProcess): Promise<boolean> {
    while (server.exitCode === null && server.signalCode === null) await pause(POLL_MILLISECONDS)
    return false
  }

  start(action: Action, cycle: number): Started {
    switch (action) {
      case 'apply': {
        this.#description = `One row per order, as of cycle ${cycle}`
        const path = 'domains/sales/orders/contracts/orders.odcs.yaml'
        writeFileSync(join(this.#folder, path), (FILES[path] as string).replaceAll('One row per order', this.#description))
        return { action, wanted: this.#description, answered: this.#apply().catch(() => false) }
      }
      case 'run': {
        this.#rows += 1
        const rows = Array.from({ length: this.#rows }, (_, i) => `${i + 1},${i + 1}`).join('\n')
        const file = join(this.#folder, 'data/orders.csv')
        writeFileSync(`${file}.new`, `id,amount\n${rows}\n`)
        renameSync(`${file}.new`, file)
        return { action, wanted: String(this.#rows), answered: this.#run('orders').catch(() => false) }
      }
      case 'grant': {
        const expiresAt = new Date(Date.UTC(2100, 0, 1) + cycle * 1000).toISOString()
        return { action, wanted: expiresAt, answered: this.#grant(expiresAt).catch(() => false) }
      }
    }
  }

  /** What is wrong after the kill: lost although acknowledged, half done, or not converging. */
  async check({ action, wanted }: Started, acknowledged: boolean): Promise<string[]> {
    const found: string[] = []
    await this.#settleRuns()
    const there = await this.#isThere(action, wanted)
    if (acknowledged && !there) found.push(`acknowledged, but "${wanted}" is not there`)
    if (!(await this.#apply())) found.push('the next apply did not succeed')
    if (!(await this.#isPlanEmpty())) found.push('a plan after the apply still has changes')
    if (!(await this.#run('orders'))) found.push('the next run did not succeed')
    await this.#settleRuns()
    const [orders, totals] = [await this.#countOrders(), await this.#totals()]
    if (orders !== this.#rows) found.push(`orders has ${orders} rows, the file ${this.#rows}`)
    const sum = (this.#rows * (this.#rows + 1)) / 2
    if (totals.orders !== this.#rows || totals.amount !== sum) found.push(`totals says ${JSON.stringify(totals)} of ${this.#rows} rows`)
    return found
  }

  async #isThere(action: Action, wanted: string): Promise<boolean> {
    const client = await this.#signIn()
    if (action === 'grant') {
      const grants = await client?.listGrants({ product: 'orders' })
      return grants?.ok === true && grants.value.grants.some((grant) => grant.expiresAt === wanted)
    }
    if (action === 'run') return (await this.#countOrders()) === Number(wanted)
    return this.#isPlanEmpty()
  }

  async #signIn(): Promise<Client | undefined> {
    if (this.#client !== undefined) return this.#client
    const stranger = createClient({ baseUrl: this.#tulle.url })
    const session = await stranger.signIn({ name: 'ada', password: this.#tulle.secret('ada') })
    if (session.ok) this.#client = createClient({ baseUrl: this.#tulle.url, token: session.value.token })
    return this.#client
  }

  #readFiles(): Record<string, string> {
    return Object.fromEntries(Object.keys(FILES).filter((path) => !path.endsWith('.csv')).map((path) => [path, readFileSync(join(this.#folder, path), 'utf8')]))
  }

  async #plan() {
    const client = await this.#signIn()
    const planned = await client?.createPlan({ files: this.#readFiles() })
    return planned?.ok === true ? planned.value : undefined
  }

  async #isPlanEmpty(): Promise<boolean> {
    const plan = await this.#plan()
    return plan !== undefined && Object.keys(plan.summary).length === 0
  }

  async #apply(): Promise<boolean> {
    const client = await this.#signIn()
    for (const deadline = Date.now() + ANSWER_MILLISECONDS; Date.now() < deadline; await pause(POLL_MILLISECONDS)) {
      const plan = await this.#plan()
      if (plan === undefined) return false
      if (Object.keys(plan.summary).length === 0) return true
      const applied = await client?.applyPlan({ plan: plan.plan })
      if (applied?.ok !== true) {
        // The apply that was cut short still holds the lock until its session is seen to be dead.
        if (applied?.diagnostics.some((d) => d.code === 'apply-in-progress' || d.code === 'plan-stale') === true) continue
        return false
      }
      for (let { value } = applied; ; await pause(POLL_MILLISECONDS)) {
        if (value.status !== 'running') return value.status === 'succeeded'
        const next = await client?.getApply({ apply: value.id })
        if (next?.ok !== true) return false
        value = next.value
      }
    }
    return false
  }

  async #run(name: string): Promise<boolean> {
    const client = await this.#signIn()
    const started = await client?.startRun({ product: name })
    if (started?.ok !== true) return false
    for (const deadline = Date.now() + ANSWER_MILLISECONDS; Date.now() < deadline; await pause(POLL_MILLISECONDS)) {
      const run = await client?.getRun({ run: started.value.runId })
      if (run?.ok !== true) return false
      if (run.value.finishedAt !== undefined) return run.value.status === 'succeeded'
    }
    return false
  }

  async #grant(expiresAt: string): Promise<boolean> {
    const client = await this.#signIn()
    const granted = await client?.createGrant({ subjectKind: 'user', subject: 'ana', product: 'orders', purposes: ['sales'], expiresAt })
    return granted?.ok === true
  }

  /** Waits until no run is open: those that were cut short are taken up again. */
  async #settleRuns(): Promise<void> {
    const client = await this.#signIn()
    let quiet = 0
    for (const deadline = Date.now() + ANSWER_MILLISECONDS; Date.now() < deadline && quiet < 3; await pause(100)) {
      const runs = await client?.listRuns({ limit: 20 })
      quiet = runs?.ok === true && runs.value.runs.every((run) => run.finishedAt !== undefined) ? quiet + 1 : 0
    }
  }

  async #countOrders(): Promise<number> {
    return (await this.#rowsOf('orders', 'select=id&limit=100000')).length
  }

  async #totals(): Promise<{ readonly orders: number; readonly amount: number }> {
    const [row] = await this.#rowsOf('totals', 'limit=1')
    return { orders: Number(row?.['orders']), amount: Number(row?.['amount']) }
  }

  async #rowsOf(name: string, query: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const authorization = `Basic ${Buffer.from(`ada:${this.#tulle.secret('ada')}`).toString('base64')}`
    const response = await fetch(`${this.#tulle.url}/data/v1/${name}/${name}?${query}`, { headers: { authorization, accept: 'application/x-ndjson' } })
    if (!response.ok) return []
    return (await response.text()).trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds))
