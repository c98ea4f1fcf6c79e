// What people really hand in: broken, hostile and huge files. Each is answered by clear findings and by nothing else: the
// mesh stays as it was, and the last good data stays served.

import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { GOOD_ORDERS, ORDERS_CONTRACT, ORDERS_CSV, ORDERS_YAML, TOTALS_SQL, shopMesh } from './testing-mesh.ts'

// A command takes half a second on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 120_000 })
let tulle: TestTulle
let mesh: string
const folder = shopMesh()

beforeAll(async () => {
  tulle = await startTulle({ mesh: folder })
  mesh = join(tulle.checkout, 'examples/skyline')
})

afterAll(async () => {
  await tulle?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const sh = (command: string) => tulle.sh(`tulle ${command}`)
const write = (root: string, path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
const replace = (path: string, before: string | RegExp, after: string) => (root: string): void => {
  const text = readFileSync(join(root, path), 'utf8')
  if (text.replace(before, after) === text) throw new Error(`${path} has no ${String(before)}`)
  writeFileSync(join(root, path), text.replace(before, after))
}

/** Something that spoils a mesh folder, and the one finding that must come of it. */
interface BadFile { readonly what: string; readonly spoil: (root: string) => void; readonly says: string; readonly remedy: string }

const LAUGHS = ['a: &a [x,x,x,x,x,x,x,x,x]', ...['b', 'c', 'd', 'e', 'f', 'g'].map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdef'[i] ?? ''}`).join(',')}]`)].join('\n')

const BAD_FILES: readonly BadFile[] = [
  { what: 'a YAML bomb', spoil: (root) => write(root, 'teams/bomb.yaml', LAUGHS), says: '❌ teams/bomb.yaml:1:4 yaml-bomb: With its aliases replaced, this document has more than 50000 values.\n    a: &a [x,x,x,x,x,x,x,x,x]\n       ~', remedy: 'Write the values out instead of nesting aliases.' },
  { what: 'a document without a floor', spoil: (root) => write(root, 'teams/deep.yaml', `a: ${'['.repeat(100_000)}`), says: '❌ teams/deep.yaml:1:63 too-deep: The document is nested more than 60 levels deep.', remedy: 'Flatten it.' },
  { what: 'a YAML file of 50 MB', spoil: (root) => write(root, 'teams/big.yaml', Buffer.alloc(50 * 1024 * 1024, 'a')), says: '❌ teams/big.yaml:1:1 file-too-large: teams/big.yaml has 52.4 MB; a YAML or SQL file of a mesh may have 2.0 MB.', remedy: 'Keep data in data files' },
  { what: 'a duplicate key', spoil: replace(ORDERS_YAML, 'kind: DataProduct', 'kind: DataProduct\nkind: DataProduct'), says: `❌ ${ORDERS_YAML}:3:1 duplicate-key: The key "kind" is given twice.\n    kind: DataProduct\n    ~~~~\n    ${ORDERS_YAML}:2:1 "kind" is here already.`, remedy: 'Keep one of the two.' },
  { what: 'a circle of products', spoil: (root) => {
    replace(ORDERS_YAML, '    - name: sql\n', '    - name: back\n      type: product-input-port\n      properties: { product: totals }\n    - name: sql\n')(root)
  }, says: 'product-circle: Products need each other in a circle: orders → totals → orders.', remedy: 'Cut one of the arrows' },
  { what: 'an unknown type', spoil: replace(ORDERS_YAML, 'sql-output-port', 'sql-outptu-port'), says: `❌ ${ORDERS_YAML}:16:13 unknown-type: The registry has no capability "sql-outptu-port". Did you mean "sql-output-port"?\n          type: sql-outptu-port\n                ~~~~~~~~~~~~~~~`, remedy: '`tulle capability list`' },
  { what: 'a model that refers to nothing', spoil: replace(TOTALS_SQL, "ref('orders', ", "ref('ordrs', "), says: `❌ ${TOTALS_SQL}:1:47 unknown-ref: The model ${TOTALS_SQL} refers to "ordrs.orders", which the mesh does not have.`, remedy: 'Write ref(' },
  { what: 'a misspelt check', spoil: replace(ORDERS_CONTRACT, 'rowCount', 'rowCuont'), says: '"metric" may not be "rowCuont". Did you mean "rowCount"?', remedy: 'Write one of: ' },
  { what: 'a tab', spoil: (root) => write(root, 'teams/t.yaml', 'apiVersion: tulle.dev/v1\n\tkind: x\n'), says: '❌ teams/t.yaml:2:1 yaml-tab: A tab indents this line', remedy: 'Replace the tab by spaces.' },
  { what: 'text that is not UTF-8', spoil: (root) => write(root, 'teams/t.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff])), says: '❌ teams/t.yaml:1:1 not-utf8: teams/t.yaml is not UTF-8 text.', remedy: 'Save it in UTF-8.' },
  { what: 'a link that leads out', spoil: (root) => symlinkSync('/etc/hostname', join(root, 'teams/t.yaml')), says: '❌ teams/t.yaml:1:1 link-out-of-folder: teams/t.yaml is a link that leads out of the mesh folder.', remedy: 'Copy the file into the mesh folder.' },
  { what: 'a path that leads out', spoil: replace(ORDERS_YAML, ORDERS_CSV, '../../../etc/passwd'), says: `❌ ${ORDERS_YAML}:11:27 file-path-escapes: "../../../etc/passwd" leads out of the mesh folder.`, remedy: 'Give a path inside the mesh folder' },
  { what: 'a path with a NUL', spoil: replace(ORDERS_YAML, ORDERS_CSV, '"a\\0b.csv"'), says: `❌ ${ORDERS_YAML}:11:28 file-path-escapes: "a\\u0000b.csv" leads out of the mesh folder.`, remedy: 'Give a path inside the mesh folder' },
  { what: 'a name with a way out', spoil: replace(ORDERS_YAML, 'name: orders, title', 'name: "../x", title'), says: `❌ ${ORDERS_YAML}:3:20 bad-value: "name" must start with a lower-case letter and have only a-z, 0-9 and _, at most 63 characters, but is "../x".`, remedy: 'Correct the value.' },
  { what: 'a name with quotes', spoil: replace(ORDERS_YAML, 'name: orders, title', "name: 'a\"; drop table x; --', title"), says: 'at most 63 characters, but is "a\\"; drop table x; --".', remedy: 'Correct the value.' },
  { what: 'a name that does not end', spoil: replace(ORDERS_YAML, 'name: orders, title', `name: ${'a'.repeat(100_000)}, title`), says: `❌ ${ORDERS_YAML}:3:19 bad-value: "name" must start`, remedy: 'Correct the value.' },
  { what: 'a right-to-left mark', spoil: replace(ORDERS_YAML, 'title: Orders', 'title: "Or\u202eders"'), says: `❌ ${ORDERS_YAML}:3:37 disguising-character: The text holds U+202E, which makes it look different from what it says.\n    metadata: { name: orders, title: "Or\\u202eders" }`, remedy: 'Delete the character' },
  { what: 'a raw NUL', spoil: (root) => write(root, 'teams/t.yaml', 'title: a\0b\n'), says: '❌ teams/t.yaml:1:9 unprintable-character: The text holds the control character U+0000.', remedy: 'Delete the character.' },
  { what: 'a column with a NUL', spoil: replace(ORDERS_CONTRACT, 'name: customer', 'name: "cu\\0st"'), says: `❌ ${ORDERS_CONTRACT}:11:18 bad-column-name: "cu\\u0000st" cannot name a column.`, remedy: 'Use 1 to 255 printable characters without a dot.' },
  { what: 'a column twice, but for its case', spoil: replace(ORDERS_CONTRACT, 'name: customer', 'name: ID'), says: `❌ ${ORDERS_CONTRACT}:11:17 duplicate-column: The column "ID" is declared twice.`, remedy: 'Rename or delete one' },
]

describe('a mesh folder with', () => {
  it.each(BAD_FILES)('$what is refused with its place and a remedy', ({ spoil, says, remedy }) => {
    const root = join(tulle.checkout, 'spoilt')
    cpSync(mesh, root, { recursive: true })
    try {
      replace('domains/sales/totals/product.yaml', 'What each customer spent', 'Half of a change')(root)
      spoil(root)
      const applied = sh('apply spoilt --as ada --yes')
      expect(applied.stderr).toContain(says)
      expect(applied.stderr).toContain(`    Help: ${remedy}`)
      expect({ status: applied.status, findings: applied.stderr.match(/❌/gu)?.length, crash: /\bat .*:\d+:\d+\)?$/mu.test(applied.stderr) }).toEqual({ status: 1, findings: 1, crash: false })
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('any of these has left no half of itself behind', () => {
    expect(sh('plan examples/skyline --as ada').stdout.trim()).toBe('No changes. The mesh is as its files say.')
  })

  it('the same findings are there without a server, with places that a terminal makes links of', () => {
    cpSync(mesh, join(tulle.checkout, 'spoilt'), { recursive: true })
    replace(ORDERS_YAML, 'sql-output-port', 'sql-outptu-port')(join(tulle.checkout, 'spoilt'))
    const validated = tulle.sh('TULLE_HOME=/nowhere tulle validate spoilt')
    expect({ status: validated.status, stdout: validated.stdout }).toEqual({ status: 1, stdout: '1 error.\n' })
    expect(validated.stderr).toContain(`❌ spoilt/${ORDERS_YAML}:16:13 unknown-type:`)
    rmSync(join(tulle.checkout, 'spoilt'), { recursive: true })
  })

  it('no folder at all is a wrong command', () => {
    expect(sh('apply nowhere --as ada --yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('it does not exist') as string })
  })
})

interface BadData { readonly what: string; readonly content: string | Uint8Array | undefined; readonly says: string }

const HEAD = 'id,customer,amount\n'
const BAD_CSV: readonly BadData[] = [
  { what: 'a row that is too long', content: `${HEAD}1,Ada,12.50\n2,Bo,7.25,extra\n`, says: `❌ ${ORDERS_CSV}:3:1 engine-file: ${ORDERS_CSV}: line 3: the row has 4 fields, not 3.` },
  { what: 'a row that is too short', content: `${HEAD}1,Ada,12.50\n2,Bo\n`, says: `❌ ${ORDERS_CSV}:3:1 engine-file: ${ORDERS_CSV}: line 3: the row has 2 fields, not 3.` },
  { what: 'Latin-1 where UTF-8 was said', content: Buffer.from(`${HEAD}1,J\u00fcrgen,12.50\n`, 'latin1'), says: `❌ ${ORDERS_CSV}:2:1 engine-file: ${ORDERS_CSV}: line 2: the text is not in the encoding that the port declares.` },
  { what: 'UTF-16', content: Buffer.from(`\ufeff${HEAD}1,Ada,12.50\n`, 'utf16le'), says: `❌ ${ORDERS_CSV}:1:1 engine-file: ${ORDERS_CSV}: the header line is not utf-8 text.` },
  { what: 'a quote that does not end', content: `${HEAD}1,"Ada,12.50\n2,x,1\n`, says: `❌ ${ORDERS_CSV}:2:1 engine-file: ${ORDERS_CSV}: line 2: a quoted value does not end.` },
  { what: 'a value of another type', content: `${HEAD}1,Ada,12.50\nsecret,Bo,1\n`, says: `❌ ${ORDERS_CSV}:3:1 engine-file: ${ORDERS_CSV}: line 3: the value of column "id" is not a BIGINT.` },
  { what: 'a column missing', content: 'id,amount\n1,12.50\n', says: `❌ ${ORDERS_CSV}:1:1 engine-file: ${ORDERS_CSV}: the header has no column "customer".` },
  { what: 'nothing in it', content: '', says: `❌ ${ORDERS_CSV}:1:1 engine-file: ${ORDERS_CSV}: the file is empty; a header line is expected.` },
  { what: 'no rows', content: HEAD, says: 'check-failed: orders.orders breaks its contract, rowCount: it has 0 rows. Allowed: > 0.' },
  { what: 'a value twice that must be unique', content: `${HEAD}1,A,1\n1,B,2\n`, says: 'check-failed: orders.orders breaks its contract, unique(id): 1 of 2 rows repeats a value of "id".' },
  { what: 'a hole where a value is required', content: `${HEAD},A,1\n1,B,2\n`, says: 'check-failed: orders.orders breaks its contract, required(id): "id" is null in 1 of 2 rows.' },
  { what: 'nothing at its path', content: undefined, says: `❌ source-missing: orders.orders_file finds no file at "${ORDERS_CSV}".` },
]

describe('a CSV file', () => {
  it.each(BAD_CSV)('with $what publishes nothing, says where, and quotes no value', ({ content, says }) => {
    const file = join(mesh, ORDERS_CSV)
    if (content === undefined) rmSync(file)
    else writeFileSync(file, content)
    const run = sh('run orders --as dora --wait')
    writeFileSync(file, GOOD_ORDERS)
    expect(run.stderr).toContain(says)
    expect({ status: run.status, findings: run.stderr.match(/❌/gu)?.length, values: /secret|J.rgen/u.test(run.stderr) }).toEqual({ status: 1, findings: 1, values: false })
    expect(run.stderr).toContain('    Help: ')
  })

  it('whatever it was, the last good rows are served', () => {
    expect(sh("sql --as ana -o csv 'select count(*), sum(amount) from orders.orders'").stdout).toBe('count,sum\n3,20.75\n')
  })

  it('that is a link out of the folder is not followed', () => {
    const file = join(mesh, ORDERS_CSV)
    rmSync(file)
    symlinkSync('/etc/passwd', file)
    const run = sh('run orders --as dora --wait')
    rmSync(file)
    writeFileSync(file, GOOD_ORDERS)
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 1, stderr: expect.stringContaining('❌ source-outside: orders.orders_file may not read') as string })
  })

  it('with hostile names in columns that nobody declared is read, and they go nowhere', () => {
    writeFileSync(join(mesh, ORDERS_CSV), 'id,customer,amount,"a""; drop table x; --",\u202eabc,\u001b[31m\n1,Ada,20.75,1,2,3\n')
    expect(sh('run orders --as dora --wait').status).toBe(0)
    expect(sh("sql --as ana -o csv 'select * from orders.orders'").stdout).toBe('id,customer,amount\n1,Ada,20.75\n')
    writeFileSync(join(mesh, ORDERS_CSV), GOOD_ORDERS)
    expect(sh('run orders --as dora --wait').status).toBe(0)
  })
})

describe('a Parquet file', () => {
  const parquet = 'domains/sales/orders/data/orders.parquet'

  it('cut short at any place publishes nothing, and the last good snapshot stays', () => {
    // One of Tulle's own data files: Parquet with exactly the contract's columns.
    const own = tulle.sh(`ls -t ${tulle.home}/warehouse/*/orders-*/data/*.parquet | head -1`).stdout.trim()
    cpSync(own, join(mesh, parquet))
    replace(ORDERS_YAML, ORDERS_CSV, parquet)(mesh)
    expect(sh('apply examples/skyline --as ada --yes').status).toBe(0)
    expect(sh('run orders --as dora --wait --force').status).toBe(0)
    const whole = readFileSync(own)
    for (const size of [whole.length - 1, Math.floor(whole.length / 2), 8, 0]) {
      truncateSync(join(mesh, parquet), size)
      const run = sh('run orders --as dora --wait')
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 1, stderr: expect.stringContaining(`${parquet}: this is not a whole Parquet file; it may have been cut short.`) as string })
      writeFileSync(join(mesh, parquet), whole)
    }
    expect(sh("sql --as ana -o csv 'select count(*), sum(amount) from orders.orders'").stdout).toBe('count,sum\n3,20.75\n')
  })
})
