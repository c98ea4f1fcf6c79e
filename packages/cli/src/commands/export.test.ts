// What is exported to orchestrators: data stays data, whatever the mesh calls things, and files of others stay.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { pythonData } from '../export/python-text.ts'
import type { Workspace } from '../testing.ts'
import { workspace } from '../testing.ts'

const SKYLINE = resolve(import.meta.dirname, '../../../../examples/skyline')
const HOSTILE = ['"""', "'''", '"); import os; os.system("x"); ("', '\\"); x; ("', '\\', '\n\nimport os\n', '\r', '\u2028', '\0', '\u{1F600}', '\uD800', '\\N{LATIN SMALL LETTER A}', '\\u0022', '{{ macros }}', '${CLIENT}', '%s', "\u202E"]
const python = spawnSync('python3', ['--version']).status === 0
if (!python) console.warn('SKIPPED: no Python reads what is exported, as this machine has none.')

/** What a JSON string literal says is what Python reads in it: both know the escapes that are used, and no other is. */
const readAgain = (text: string): unknown => {
  const literal = /^json\.loads\((?<literal>"[ -~]*")\)$/u.exec(text)?.groups?.['literal'] ?? ''
  expect(literal.slice(1, -1)).toMatch(/^(?:[ !#-[\]-~]|\\["\\])*$/u)
  return JSON.parse(JSON.parse(literal) as string)
}

describe('data in a file of Python', () => {
  it('is one literal, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(readAgain(pythonData(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }))
  })

  it.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('is one literal for %s', (_, text) => expect(readAgain(pythonData({ [text]: [text] }))).toEqual({ [text]: [text] }))

  it.skipIf(!python)('is the same to Python', () => {
    const text = HOSTILE.filter((one) => one !== '\uD800')
    const { stdout, stderr } = spawnSync('python3', ['-c', `import json,sys\nsys.stdout.write(json.dumps(${pythonData(text)}))`], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(text)
  })
})

describe.each([['airflow', 'tulle_dags.py'], ['dagster', 'tulle_definitions.py']])('tulle export %s', (format, file) => {
  it('writes every product, with its schedule and what it waits for, and writes it again', async () => {
    using work = workspace()
    for (const time of ['first', 'second']) expect(await work.tulle(['export', format, '--folder', SKYLINE, '--to', 'out']), time).toMatchObject({ code: 0, err: '' })
    const text = readFileSync(join(work.folder, 'out', file), 'utf8')
    const products = readAgain(/^PRODUCTS = (?<data>.*)$/mu.exec(text)?.groups?.['data'] ?? '') as readonly { readonly name: string; readonly schedule: string | null; readonly reads: readonly string[] }[]
    expect(products.find(({ name }) => name === 'flights')).toMatchObject({ schedule: '0 5 * * *' })
    const names = products.map(({ name }) => name)
    expect(products.some(({ reads }) => reads.length > 0)).toBe(true)
    for (const { reads } of products) for (const one of reads) expect(names).toContain(one)
    if (python) expect(spawnSync('python3', ['-c', 'import ast,sys; ast.parse(sys.stdin.read())'], { input: text, encoding: 'utf8' }).stderr).toBe('')
  })

  it('has one product where one is named, and says that there is none of a name', async () => {
    using work = workspace()
    expect(await work.tulle(['export', format, 'flights', '--folder', SKYLINE, '--to', 'out', '-o', 'json'])).toMatchObject({ code: 0, out: expect.stringContaining('"flights"') as string })
    expect(await work.tulle(['export', format, 'flihgts', '--folder', SKYLINE, '--to', 'out'])).toMatchObject({ err: expect.stringContaining('no-such-product: The mesh has no product "flihgts". Did you mean "flights"?') as string })
  })

  it('differs between two meshes in its data alone', async () => {
    using work = workspace()
    await work.tulle(['init', 'mesh', 'my'])
    for (const [mesh, to] of [[SKYLINE, 'a'], ['my', 'b']] as const) await work.tulle(['export', format, '--folder', mesh, '--to', to])
    const [a, b] = ['a', 'b'].map((to) => readFileSync(join(work.folder, to, file), 'utf8').split('\n'))
    expect(a?.filter((line, i) => line !== b?.[i]).map((line) => line.split(' ')[0])).toEqual(['MESH', 'PRODUCTS'])
  })

  it('leaves a file of others as it is', async () => {
    using work = workspace()
    const theirs = work.write(`out/${file}`, 'mine = 1\n')
    expect(await work.tulle(['export', format, '--folder', SKYLINE, '--to', 'out'])).toMatchObject({ err: expect.stringContaining('not-ours-to-replace') as string })
    expect(readFileSync(theirs, 'utf8')).toBe('mine = 1\n')
  })
})

/** Two products: `flights`, offered by the Kafka ports that are given, and `board`, which reads them. */
function meshOfFlights(work: Workspace, ports: string, model: string): void {
  const product = (name: string, components: string): string => `apiVersion: core.oam.dev/v1beta1\nkind: DataProduct\nmetadata: { name: ${name}, title: ${name} }\nspec:\n  components:\n    - { name: ${name}, type: data-product, properties: { definition: Flights, data_product_owner: olga, data_product_type: source-aligned } }\n${components}`
  const contract = (name: string, columns: string): string => `apiVersion: v3.1.0\nkind: DataContract\nid: ${name}\nversion: 1.0.0\nstatus: active\nschema:\n  - name: ${name}\n    properties:\n${columns}`
  const files: Readonly<Record<string, string>> = {
    'mesh.yaml': 'apiVersion: tulle.dev/v1\nkind: Mesh\nmetadata: { name: my, title: My }\nspec: { purposes: [{ name: planning, title: Planning, description: Planning. }], classifications: [public] }\n',
    'teams/ops.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: ops, title: Ops }\nspec: { email: ops@example.com }\n',
    'domains/ops/domain.yaml': 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: ops, title: Ops }\nspec: { owner: ops }\n',
    'domains/ops/flights/product.yaml': product('flights', `    - { name: file, type: file-input-port, properties: { path: data/flights.csv } }\n    - { name: flights, type: data-set, properties: { from: file } }\n${ports}`),
    'domains/ops/flights/contracts/flights.odcs.yaml': contract('flights', '      - { name: id, logicalType: integer, physicalType: long, required: true, primaryKey: true, primaryKeyPosition: 1 }\n      - { name: origin, logicalType: string }\n'),
    'domains/ops/flights/data/flights.csv': 'id,origin\n1,OSL\n',
    'domains/ops/board/product.yaml': product('board', '    - { name: board, type: data-set, properties: { refresh: continuous } }\n'),
    'domains/ops/board/contracts/board.odcs.yaml': contract('board', '      - { name: origin, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }\n      - { name: flights, logicalType: integer, physicalType: long }\n'),
    'domains/ops/board/models/board.sql': model,
  }
  for (const [path, text] of Object.entries(files)) work.write(`mesh/${path}`, text)
}

const MODEL = "select origin, count(*) as flights from {{ ref('flights', 'flights') }} group by origin\n"
const port = (name: string, rest: string): string => `    - { name: ${name}, type: kafka-output-port, properties: { brokers: ['kafka.example.com:9093'], application: crew, ${rest} } }\n`
const SASL = "sasl: { mechanism: SCRAM-SHA-512, user: tulle, password: { secret: KAFKA } }"

describe('tulle export flink', () => {
  const flink = ['export', 'flink', '--folder', 'mesh', '--to', 'out']

  it('writes a table for each topic and what fills the result, with the names of secrets alone, and writes it again', async () => {
    using work = workspace()
    meshOfFlights(work, port('topics', SASL), MODEL)
    const texts: string[] = []
    for (const time of ['first', 'second']) {
      expect(await work.tulle(flink), time).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Wrote 1 data set to tulle_flink.sql.') as string })
      texts.push(readFileSync(join(work.folder, 'out/tulle_flink.sql'), 'utf8'))
    }
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).toContain('CREATE TEMPORARY TABLE `flights.flights` (\n  `id` BIGINT NOT NULL,\n  `origin` STRING,\n  PRIMARY KEY (`id`) NOT ENFORCED\n)')
    expect(texts[0]).toContain(`'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="tulle" password="\${TULLE_SECRET_KAFKA}";'`)
    expect(texts[0]).toContain("'topic' = 'board.board.flink',\n  'properties.bootstrap.servers' = 'kafka.example.com:9093',\n  'properties.security.protocol' = 'SASL_SSL'")
    expect(texts[0]).toContain('INSERT INTO `board.board.flink`\nSELECT `origin` AS `origin`, `flights` AS `flights` FROM (SELECT `flights`.`origin` AS `origin`, COUNT(*) AS `flights` FROM `flights.flights` AS `flights` GROUP BY `flights`.`origin`) AS `part`;')
  })

  it.each([
    ['an input without a Kafka port', '', MODEL, 'because of flights.flights, which no Kafka port offers. Help: Give flights a kafka-output-port that offers it.'],
    ['messages that Flink does not read', port('topics', 'format: protobuf'), MODEL, 'because of flights.flights, whose messages are in protobuf. Help: Offer it by a port with "format: avro"'],
    ['topics of which nobody says which', port('one', SASL) + port('two', 'topic_suffix: two'), MODEL, 'because of flights.flights, which several Kafka ports offer. Help: Say whose topics are to be read with --application'],
    ['a function that Flink has not', port('topics', SASL), MODEL.replace('select origin', 'select upper(origin) as origin'), 'because of the function upper.'],
  ])('refuses %s, at the model, and writes nothing', async (_, ports, model, told) => {
    using work = workspace()
    meshOfFlights(work, ports, model)
    const { code, err } = await work.tulle(flink)
    expect(code).not.toBe(0)
    expect(err.replaceAll(/\s+/gu, ' ')).toContain(told)
    expect(err).toContain('board.sql')
    expect(existsSync(join(work.folder, 'out/tulle_flink.sql'))).toBe(false)
  })

  it('is filled in from the environment for its owner alone, or not at all', async () => {
    using work = workspace()
    meshOfFlights(work, port('topics', SASL), MODEL)
    const environment = { TULLE_SCHEMA_REGISTRY_URL: 'https://tulle.example.com/schema-registry', TULLE_SCHEMA_REGISTRY_USER_INFO: 'dora:x', TULLE_SECRET_KAFKA: `it's "so"` }
    expect(await work.tulle([...flink, '--fill'], { environment: { ...environment, TULLE_SECRET_KAFKA: '' } })).toMatchObject({ err: expect.stringContaining('flink-unfilled') as string })
    expect(existsSync(join(work.folder, 'out/tulle_flink.sql'))).toBe(false)
    expect(await work.tulle([...flink, '--fill'], { environment })).toMatchObject({ code: 0, err: '', out: expect.not.stringContaining(`it's`) as string })
    const file = join(work.folder, 'out/tulle_flink.sql')
    expect(readFileSync(file, 'utf8')).toContain(`password="it''s \\"so\\"";'`)
    expect([readFileSync(file, 'utf8').includes('${'), statSync(file).mode & 0o777]).toEqual([false, 0o600])
  })

  it('reads the topics of the process domain that is named', async () => {
    using work = workspace()
    meshOfFlights(work, port('one', SASL) + port('two', 'topic_suffix: two').replace('crew', 'gates'), MODEL)
    expect(await work.tulle([...flink, '--application', 'gates'])).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(join(work.folder, 'out/tulle_flink.sql'), 'utf8')).toContain('FROM `flights.flights.two` AS `flights`')
  })

  it('says that nothing is kept in step where nothing is', async () => {
    using work = workspace()
    expect(await work.tulle(['export', 'flink', 'flights', '--folder', SKYLINE, '--to', 'out'])).toMatchObject({ err: expect.stringContaining('flink-nothing') as string })
  })
})
