import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'
import type { Workspace } from '../testing.ts'

async function meshWithDomain(): Promise<Workspace> {
  const work = workspace()
  expect(await work.tulle(['init', 'mesh', 'my'])).toMatchObject({ code: 0, err: '' })
  expect(await work.tulle(['init', 'domain', 'sales'], { from: 'my' })).toMatchObject({ code: 0, err: '' })
  return work
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted()

describe('tulle init', () => {
  it('makes a mesh, a domain and a product over a CSV file that validate without a word', async () => {
    using work = await meshWithDomain()
    work.write('orders.csv', 'order_id,customer,amount,paid,ordered_on,shipped_at\n1,Ada,10.5,true,2026-01-02,2026-01-03T10:00:00Z\n2,Bo,7,false,2026-01-03,\n')
    const made = await work.tulle(['init', 'product', 'orders', '--domain', 'sales', '--csv', '../orders.csv', '-o', 'json'], { from: 'my' })
    expect(made.err).toBe('')
    const product = 'domains/sales/orders'
    expect((JSON.parse(made.out) as { files: string[] }).files).toEqual([
      `${product}/README.md`, `${product}/contracts/orders.odcs.yaml`, `${product}/product.yaml`, `${product}/data/orders.csv`,
    ])
    expect(await work.tulle(['validate'], { from: 'my' })).toEqual({ code: 0, out: 'my: 1 product in 1 domain, no errors.\n', err: '' })
    expect(readFileSync(join(work.folder, 'my', product, 'contracts/orders.odcs.yaml'), 'utf8')).toContain(`    properties:
      - name: order_id
        logicalType: integer
        physicalType: bigint
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: customer
        logicalType: string
        required: true
      - name: amount
        logicalType: number
        physicalType: double
        required: true
      - name: paid
        logicalType: boolean
        required: true
      - name: ordered_on
        logicalType: date
        required: true
      - name: shipped_at
        logicalType: timestamp
        physicalType: timestamptz
    quality:`)
    expect(readFileSync(join(work.folder, 'my', product, 'data/orders.csv'), 'utf8')).toContain('1,Ada,10.5')
  })

  it('renames columns in a model where the file\'s names are no words for SQL', async () => {
    using work = await meshWithDomain()
    work.write('o.csv', 'Order ID;"Order ""Größe"""\n1;a\n')
    expect(await work.tulle(['init', 'product', 'orders', '--csv', '../o.csv'], { from: 'my' })).toMatchObject({ code: 0, err: '' })
    const folder = join(work.folder, 'my/domains/sales/orders')
    expect(readFileSync(join(folder, 'models/orders.sql'), 'utf8')).toBe(`-- The file's own column names become words that need no quotes in SQL.
select
  "Order ID" as order_id,
  "Order ""Größe""" as order_grosse
from {{ source('file') }}
`)
    expect(readFileSync(join(folder, 'product.yaml'), 'utf8')).toContain(`        delimiter: ";"
        columns:
          "Order ID": long
          "Order \\"Größe\\"": string
`)
    expect(await work.tulle(['validate'], { from: 'my' })).toMatchObject({ code: 0, err: '' })
  })

  it('makes a product over the blueprint\'s own sample where no file is given', async () => {
    using work = await meshWithDomain()
    expect(await work.tulle(['init', 'product', 'tea'], { from: 'my/domains/sales' })).toMatchObject({ code: 0, err: '' })
    expect(await work.tulle(['validate', 'my'])).toEqual({ code: 0, out: 'my: 1 product in 1 domain, no errors.\n', err: '' })
  })

  it('takes any title and description, whatever YAML would make of it', async () => {
    using work = await meshWithDomain()
    const odd = `"no": {a: [b]} # 'c' & *d !e %f @g \`h`
    expect(await work.tulle(['init', 'product', 'tea', '--set', `title=${odd}`, '--set', `description=- ${odd}`], { from: 'my' })).toMatchObject({ code: 0, err: '' })
    expect(await work.tulle(['init', 'product', 'null'], { from: 'my' })).toMatchObject({ code: 0, err: '' })
    expect(await work.tulle(['validate', 'my'])).toEqual({ code: 0, out: 'my: 2 products in 1 domain, no errors.\n', err: '' })
  })

  it('finds the mesh by --folder, from anywhere', async () => {
    using work = workspace()
    work.write('orders.csv', 'id,x\n1,2\n')
    await work.tulle(['init', 'mesh', 'shop'])
    expect(await work.tulle(['init', 'domain', 'sales', '--folder', 'shop', '--set', 'owner=sales_team'])).toMatchObject({ code: 0, err: '' })
    expect(await work.tulle(['init', 'product', 'orders', '--folder', 'shop', '--domain', 'sales', '--csv', 'orders.csv'])).toMatchObject({ code: 0, err: '' })
    expect(await work.tulle(['validate', 'shop'])).toEqual({ code: 0, out: 'shop: 1 product in 1 domain, no errors.\n', err: '' })
    expect(await work.tulle(['init', 'domain', 'x', '--folder', 'nowhere'])).toMatchObject({ code: 2, err: expect.stringContaining('no-mesh-here') as string })
  })

  it('keeps a team that exists, and makes one that does not', async () => {
    using work = await meshWithDomain()
    const made = await work.tulle(['init', 'domain', 'shipping', '--set', 'owner=movers', '-o', 'json'], { from: 'my' })
    expect((JSON.parse(made.out) as { files: string[] }).files).toEqual(['domains/shipping/domain.yaml', 'teams/movers.yaml'])
    const again = await work.tulle(['init', 'domain', 'returns', '--set', 'owner=movers', '-o', 'json'], { from: 'my' })
    expect((JSON.parse(again.out) as { files: string[] }).files).toEqual(['domains/returns/domain.yaml'])
  })

  it('uses a blueprint of the platform team\'s own', async () => {
    using work = await meshWithDomain()
    work.write('ours/blueprint.yaml', `apiVersion: tulle.dev/v1
kind: Blueprint
metadata: { name: ours }
spec:
  makes: product
  parameters:
    - { name: source, description: Where it comes from. }
    - { name: note, description: A note., default: 'from {{ source }}' }
`)
    work.write('ours/files/domains/{{ domain }}/{{ name }}/notes/{{ source }}.txt', '{{ note }}; {{ ref(\'x\') }}\n')
    expect(await work.tulle(['init', 'product', 'a', '--blueprint', '../ours'], { from: 'my' })).toEqual({
      code: 2, out: '',
      err: '❌ missing-parameter: The parameter "source" has no value: Where it comes from.\n    Help: Give it with --set source=<value>.\n',
    })
    expect(await work.tulle(['init', 'product', 'a', '--blueprint', '../ours', '--set', 'source=crm'], { from: 'my' })).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(join(work.folder, 'my/domains/sales/a/notes/crm.txt'), 'utf8')).toBe('from crm; {{ ref(\'x\') }}\n')
    const out = await work.tulle(['init', 'product', 'b', '--blueprint', '../ours', '--set', 'source=../../../../x'], { from: 'my' })
    expect(out).toMatchObject({ code: 2, err: expect.stringContaining('A file must lie inside the mesh folder.') as string })
  })
})

const REFUSALS: readonly (readonly [string, readonly string[], string, number])[] = [
  ['a name with a hyphen', ['domain', 'my-domain'], '❌ bad-parameter: name: "my-domain" will not do. It must match [a-z][a-z0-9_]{0,62}.\n', 2],
  ['a name that climbs', ['product', '../x'], '❌ bad-parameter: name: "../x" will not do. It must match [a-z][a-z0-9_]{0,62}.\n', 2],
  ['a name that turns the reading direction', ['domain', 'a\u202eb'], '❌ bad-parameter: name: "a\\u202eb" will not do. It may hold no line breaks, control characters or marks of reading direction.\n', 2],
  ['a schema that SQL clients own', ['product', 'public'], '❌ name-reserved: A product cannot be called "public": SQL clients own the schema of that name.\n    Help: Choose another name.\n', 2],
  ['a domain that exists', ['domain', 'sales'], '❌ name-taken: The data domain "sales" already exists in WORK/my.\n    Help: Choose another name; init never overwrites.\n', 1],
  ['an unknown domain', ['product', 'a', '--domain', 'sails'], '❌ no-such-domain: The mesh has no data domain "sails". Did you mean "sales"?\n    Help: Make it with "tulle init domain sails".\n', 2],
  ['an unknown parameter', ['product', 'a', '--set', 'titel=x'], '❌ unknown-parameter: The blueprint "product" has no parameter "titel". Did you mean "title"?\n', 2],
  ['a blueprint that is none', ['product', 'a', '--blueprint', 'teams'], '❌ blueprint-broken: WORK/my/teams/blueprint.yaml: blueprint.yaml cannot be read (ENOENT).\n    Help: Compare it with the ones in packages/cli/blueprints.\n', 1],
  ['a file that is not there', ['product', 'a', '--csv', 'none.csv'], '❌ file-unreadable: WORK/my/none.csv cannot be read (ENOENT).\n', 2],
]

describe('tulle init refuses and leaves nothing behind:', () => {
  it.each(REFUSALS)('%s', async (_name, command, said, code) => {
    using work = await meshWithDomain()
    const before = filesIn(work.folder)
    const { err, ...ran } = await work.tulle(['init', ...command], { from: 'my' })
    expect({ ...ran, err: err.replaceAll(work.folder, 'WORK') }).toEqual({ code, out: '', err: said })
    expect(filesIn(work.folder)).toEqual(before)
  })

  it('a product that another domain has', async () => {
    using work = await meshWithDomain()
    await work.tulle(['init', 'product', 'orders'], { from: 'my' })
    await work.tulle(['init', 'domain', 'shipping'], { from: 'my' })
    expect(await work.tulle(['init', 'product', 'orders', '--domain', 'shipping'], { from: 'my' })).toMatchObject({ code: 1, err: expect.stringContaining('The product "orders" already exists in the domain "sales".') as string })
    expect(await work.tulle(['init', 'product', 'tea'], { from: 'my' })).toMatchObject({ code: 2, err: expect.stringContaining('The mesh has: sales, shipping.') as string })
  })

  it('a mesh over a mesh, and a place inside no mesh', async () => {
    using work = await meshWithDomain()
    expect((await work.tulle(['init', 'mesh', 'my'])).code).toBe(1)
    expect(await work.tulle(['init', 'domain', 'x'])).toMatchObject({ code: 2, err: expect.stringContaining('no-mesh-here') as string })
  })

  it('half a domain: where one file cannot be made, none is', async () => {
    using work = workspace()
    await work.tulle(['init', 'mesh', 'my'])
    work.write('my/domains', 'a file where a folder should be')
    expect(await work.tulle(['init', 'domain', 'sales', '--set', 'owner=movers'], { from: 'my' })).toMatchObject({ code: 1, err: expect.stringContaining('file-unwritable') as string })
    expect(filesIn(join(work.folder, 'my'))).toEqual(['README.md', 'domains', 'mesh.yaml', 'teams/data_team.yaml'])
    expect(existsSync(join(work.folder, 'my/teams/movers.yaml'))).toBe(false)
  })
})
