// Column lineage of 10,000 models, beside sqlglot's where a Python with it is named (SQLGLOT_PYTHON): `node bench/lineage.ts`

import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineageOf } from '@tulle/lineage'
import { duckdbParser } from '@tulle/sql/testing'

const MODELS = 10_000
const SCHEMA = { orders: ['id', 'customer', 'day', 'amount', 'status'], customers: ['id', 'name', 'region', 'since'], items: ['order_id', 'product', 'price', 'quantity'] }

/** Five shapes that models have, each time with other names and numbers. */
const SHAPES: readonly ((n: number) => string)[] = [
  (n) => `select id, customer, amount * ${n} as scaled_${n} from orders where status = 's${n}'`,
  (n) => `with late as (select * from orders where amount > ${n}), named as (select l.id, c.name, l.amount from late l join customers c on c.id = l.customer) select name as name_${n}, sum(amount) as total, count(*) as n from named group by name`,
  (n) => `select o.day, i.product, sum(i.price * i.quantity) as revenue_${n} from orders o left join items i on i.order_id = o.id where o.amount > ${n} group by o.day, i.product having count(*) > 1`,
  (n) => `select *, row_number() over (partition by customer order by day desc) as place_${n} from orders`,
  (n) => `select id as key_${n}, 'order' as kind, amount as value from orders union all select order_id, 'item', price from items where quantity > ${n}`,
]

const models = Array.from({ length: MODELS }, (_, n) => (SHAPES[n % SHAPES.length] as (n: number) => string)(n))
const parser = await duckdbParser()
const columnsOf = ({ name }: { readonly name: string }): readonly { readonly name: string }[] | undefined => SCHEMA[name as keyof typeof SCHEMA]?.map((column) => ({ name: column }))

/** So many at once: the engine reads a text of many statements in one go, as a product's models are one text. */
const BATCH = 250
const read = async (some: readonly string[]): Promise<number> => {
  const tree = await parser.parse(some.join(';\n'))
  if (!tree.ok) throw new Error(tree.diagnostics[0]?.message)
  return tree.value.statements.reduce((sum, statement) => sum + lineageOf({ text: '', statements: [statement] }, { columnsOf }).columns.length, 0)
}
await read(models.slice(0, 500))
const began = performance.now()
let columns = 0
for (let at = 0; at < MODELS; at += BATCH) columns += await read(models.slice(at, at + BATCH))
const seconds = (performance.now() - began) / 1000
console.log(`Tulle: ${MODELS} models, ${columns} columns in ${seconds.toFixed(2)} s (${(seconds / MODELS * 1000).toFixed(3)} ms a model, parsing and reading)`)

const python = process.env['SQLGLOT_PYTHON']
if (python !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'lineage-bench-'))
  const some = models.slice(0, 500)
  writeFileSync(join(folder, 'models.json'), JSON.stringify({ models: some, schema: Object.fromEntries(Object.entries(SCHEMA).map(([table, own]) => [table, Object.fromEntries(own.map((column) => [column, 'INT']))])) }))
  writeFileSync(join(folder, 'run.py'), `
import json, time, sqlglot
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
d = json.load(open('${join(folder, 'models.json')}'))
began = time.time(); n = 0
for sql in d['models']:
    tree = qualify(sqlglot.parse_one(sql, read='duckdb'), schema=d['schema'], dialect='duckdb')
    scope = build_scope(tree)
    for name in tree.named_selects:
        lineage(name, tree, schema=d['schema'], dialect='duckdb', scope=scope); n += 1
print(f'sqlglot {sqlglot.__version__}: {len(d["models"])} models, {n} columns in {time.time()-began:.2f} s ({(time.time()-began)/len(d["models"])*1000:.3f} ms a model)')
`)
  const told = spawnSync(python, [join(folder, 'run.py')], { encoding: 'utf8' })
  console.log(told.stdout.trim() || told.stderr.trim())
}
process.exit(0)
