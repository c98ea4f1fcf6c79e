// How long a dbt project of 10,000 models takes to read and to compile: cold, and after one file changed; dbt's own parse
// beside it where there is one (DBT=path of the program).
//
//   node bench/dbt-parse.ts [models]

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compiler, ProjectMemory, readProject, readProjectFolder } from '@tulle/dbt'
import type { FolderMemory } from '@tulle/dbt'

const count = Number(process.argv[2] ?? 10_000)
const folder = mkdtempSync(join(tmpdir(), 'tulle-bench-dbt-'))

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

write('dbt_project.yml', "name: wide\nversion: '1.0'\nprofile: wide\nmodels:\n  wide:\n    +materialized: view\n    f1: {+materialized: table}\n")
write('profiles.yml', 'wide:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: "wide.duckdb"}\n')
write('macros/cents.sql', '{% macro cents(name) %}({{ name }} / 100.0){% endmacro %}')
for (let i = 0; i < count; i += 1) {
  const parents = i === 0 ? [] : [Math.floor(i / 2), i - 1]
  const from = parents.length === 0 ? 'select 1 as id, 100 as amount' : parents.map((parent) => `select id, amount from {{ ref('m${parent}') }}`).join('\nunion all\n')
  write(`models/f${i % 100}/m${i}.sql`, `{{ config(tags=['t${i % 7}']) }}\nselect id, {{ cents('amount') }} as amount\nfrom (\n${from}\n) as rows\n{% if target.name == 'dev' %}limit 100{% endif %}\n`)
}
for (let f = 0; f < Math.min(100, count); f += 1) write(`models/f${f}/schema.yml`, `models:\n${Array.from({ length: 10 }, (_, i) => f + i * 100).filter((i) => i < count).map((i) => `  - name: m${i}\n    columns: [{name: id, data_tests: [not_null]}]\n`).join('')}`)

async function once(memory: ProjectMemory, texts: FolderMemory): Promise<{ readonly milliseconds: number; readonly nodes: number }> {
  const from = performance.now()
  const files = await readProjectFolder(folder, texts)
  if (!files.ok) throw new Error(JSON.stringify(files.diagnostics))
  const read = readProject(files.value, { memory, settings: { target: { name: 'dev', schema: 'main', database: 'wide', profile: 'wide', threads: 1 }, vars: {}, environment: {}, now: new Date() } })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics.slice(0, 3)))
  const compiler = new Compiler(read.value.project, read.value.house)
  for (const node of read.value.project.nodes.values()) {
    const sql = compiler.compile(node)
    if (!sql.ok) throw new Error(JSON.stringify(sql.diagnostics))
  }
  return { milliseconds: Math.round(performance.now() - from), nodes: read.value.project.nodes.size }
}

try {
  const [memory, texts] = [new ProjectMemory(), new Map() as FolderMemory]
  const cold = await once(memory, texts)
  write('models/f1/m1.sql', "select id, amount + 1 as amount from {{ ref('m0') }}")
  const warm = await once(memory, texts)
  console.log(`${count} models, ${cold.nodes} nodes: read and compiled cold in ${cold.milliseconds} ms, after one file changed in ${warm.milliseconds} ms.`)
  const dbt = process.env['DBT']
  if (dbt === undefined) console.log('dbt beside it: not run, because DBT names no program.')
  else {
    const from = performance.now()
    const ran = spawnSync(dbt, ['--no-partial-parse', 'parse', '--project-dir', folder, '--profiles-dir', folder], { encoding: 'utf8' })
    const milliseconds = Math.round(performance.now() - from)
    console.log(ran.status === 0 ? `dbt parses it in ${milliseconds} ms (parse alone): ${(milliseconds / cold.milliseconds).toFixed(1)} times as long.` : `dbt failed: ${ran.stdout.slice(-500)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
