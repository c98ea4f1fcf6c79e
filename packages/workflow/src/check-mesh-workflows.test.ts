import { describe, expect, it } from 'vitest'
import type { MeshFiles } from '@tulle/model'
import { loadMesh } from '@tulle/model'
import { exampleMesh } from '@tulle/model/testing'
import { checkMeshWorkflows } from './check-mesh-workflows.ts'
import { parseSchedule } from './cron.ts'

const document = (more: string, name = 'refresh'): string => `document: {dsl: '1.0.3', namespace: house, name: ${name}, version: '1.0.0'}\n${more}`
const DO = 'do:\n  - ingest: {call: ingest}\n'
const runs = (name: string, version: string): string => `do: [{x: {run: {workflow: {namespace: house, name: ${name}, version: '${version}'}}}}]`
/** So many workflows, each of which runs the next one. */
const chain = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`workflows/w${i}.yaml`, document(i === count - 1 ? DO : runs(`w${i + 1}`, '1'), `w${i}`)]))
const FOLDER = 'domains/operations/flights'

/** The example with these files and this workflow component; findings that are errors, each with its place. */
async function findings(files: Readonly<Record<string, string>>, workflow = '{}', allowsProcesses = false): Promise<readonly string[]> {
  const product = (exampleMesh().get(`${FOLDER}/product.yaml`) ?? '').replace(/ {4}- name: .*\n {6}type: workflow\n(?: {6,}.*\n)*/u, '')
  const mesh: MeshFiles = exampleMesh({ ...files, [`${FOLDER}/product.yaml`]: `${product}    - { name: refresh, type: workflow, properties: ${workflow} }\n` })
  const loaded = loadMesh(mesh)
  const found = loaded.ok ? await checkMeshWorkflows(loaded.value, { allowsProcesses }) : loaded.diagnostics
  return found.filter(({ severity }) => severity === 'error').map(({ code, message, place }) => `${place?.file.split('/').at(-1)}:${place?.line}:${place?.column} ${code} ${message}`)
}

describe('workflows of a mesh', () => {
  it.each<[string, Readonly<Record<string, string>>, string, readonly string[]]>([
    ['a template that is right', { 'workflows/refresh.yaml': document(DO) }, '{ use: refresh@1 }', []],
    ['one that nobody has', {}, '{ use: refresh@1 }', ['unknown-workflow There is no workflow "refresh@1".']],
    ['a version that nobody has', { 'workflows/refresh.yaml': document(DO) }, '{ use: refresh@2 }', ['unknown-workflow There is no workflow "refresh@2".']],
    ['a parameter of another type', { 'workflows/refresh.yaml': document(`input: {schema: {document: {properties: {days: {type: integer}}}}}\n${DO}`) }, '{ use: refresh@1, with: { days: many } }', ['workflow-parameter The parameter days of refresh@1.0.0 must be integer.']],
    ['a template and a document of its own', { 'workflows/refresh.yaml': document(DO), [`${FOLDER}/workflow.yaml`]: document(DO, 'own') }, '{ use: refresh@1 }', ['workflow-twice The product flights names a workflow and has one of its own in workflow.yaml.']],
    ['two templates of one name', { 'workflows/a.yaml': document(DO), 'workflows/b.yaml': document(DO) }, '{}', ['duplicate-name ']],
    ['a document without tasks', { 'workflows/refresh.yaml': document('do: []') }, '{}', ['bad-workflow This is no workflow: it needs 1 to 1000 tasks in "do".']],
    ['a function that nobody has', { 'workflows/refresh.yaml': document('do: [{x: {call: profiles}}]') }, '{}', ['workflow-unknown-reference There is no function "profiles".']],
    ['an argument that is not taken', { 'workflows/refresh.yaml': document('do: [{x: {call: export, with: {to: here, formt: csv}}}]') }, '{}', ['argument-unknown "export" takes no "formt". Did you mean "format"?']],
    ['an argument of another shape', { 'workflows/refresh.yaml': document('do: [{x: {call: export, with: {to: here, format: xls}}}]') }, '{}', ['argument-wrong The "format" of "export" does not fit: the value must be equal to one of the allowed values.']],
    ['an argument too few', { 'workflows/refresh.yaml': document('do: [{x: {call: export}}]') }, '{}', ['argument-missing "export" must be given "to".']],
    ['a workflow that runs another one', { 'workflows/refresh.yaml': document(runs('part', '1')), 'workflows/part.yaml': document(DO, 'part') }, '{ use: refresh@1 }', []],
    ['one that runs what nobody has', { 'workflows/refresh.yaml': document(runs('part', '2')), 'workflows/part.yaml': document(DO, 'part') }, '{ use: refresh@1 }', ['unknown-sub-workflow There is no workflow house/part@2 to run.']],
    ['a product\'s own that does', { [`${FOLDER}/workflow.yaml`]: document(runs('part', 'latest'), 'own') }, '{}', ['unknown-sub-workflow There is no workflow house/part@latest to run.']],
    ['workflows that run each other', { 'workflows/a.yaml': document(runs('b', '1'), 'a'), 'workflows/b.yaml': document(`do: [{x: {try: [{y: {do: [{z: {run: {workflow: {namespace: house, name: a, version: '1'}}}}]}}], catch: {}}}]`, 'b') }, '{}', ['workflow-circle These workflows run each other for ever: a → b → a.']],
    ['one that runs itself', { 'workflows/a.yaml': document(runs('a', '1.0.0'), 'a') }, '{}', ['workflow-circle These workflows run each other for ever: a → a.']],
    ['a chain that is as long as may be', chain(11), '{}', []],
    ['a chain that is longer', chain(12), '{}', ['workflow-deep Workflows run workflows more than 10 deep from here']],
    ['data that only looks like a run', { 'workflows/refresh.yaml': document('do: [{x: {set: {run: {workflow: {namespace: house, name: part, version: "1"}}}}}]') }, '{}', []],
    ['jq that is none', { 'workflows/refresh.yaml': document('do: [{x: {set: {a: "${ .b | }"}}}]') }, '{}', ['workflow-expression ']],
    ['a loop without end', { 'workflows/refresh.yaml': document('do: [{x: {set: {a: 1}, then: x}}]') }, '{}', ['workflow-endless These tasks go round for ever: x → x.']],
    ['a shell', { 'workflows/refresh.yaml': document('do: [{x: {run: {shell: {command: ls}}}}]') }, '{}', ['process-not-allowed The operator of this platform does not allow shell commands in workflows.']],
    ['a schedule after no time', { 'workflows/refresh.yaml': document(`schedule: {after: {milliseconds: 1}}\n${DO}`) }, '{}', ['workflow-schedule ']],
    ['a product that wakes itself', { 'workflows/refresh.yaml': document(`schedule: {on: {one: {with: {type: tulle.product.published, subject: flights}}}}\n${DO}`) }, '{ use: refresh@1 }', ['event-of-itself ']],
  ])('%s', async (_, files, workflow, expected) => {
    const found = await findings(files, workflow)
    expect(found.map((one, i) => one.replace(/^\S+ /u, '').slice(0, expected[i]?.length))).toEqual(expected)
    expect(found.filter((one) => !/^[a-z0-9]+\.yaml:\d+:\d+ /u.test(one))).toEqual([])
  })

  it('a shell where the operator allows it', async () => {
    expect(await findings({ 'workflows/refresh.yaml': document('do: [{x: {run: {shell: {command: ls}}}}]') }, '{}', true)).toEqual([])
  })

  it('start products by their own schedules, where the product says nothing else', () => {
    const mesh = (schedule: string, workflow: string) => {
      const product = (exampleMesh().get(`${FOLDER}/product.yaml`) ?? '').replace(/ {4}- name: .*\n {6}type: workflow\n(?: {6,}.*\n)*/u, '')
      const loaded = loadMesh(exampleMesh({ 'workflows/refresh.yaml': document(`schedule: ${schedule}\n${DO}`), [`${FOLDER}/product.yaml`]: `${product}    - { name: refresh, type: workflow, properties: ${workflow} }\n` }))
      return loaded.ok ? loaded.value.products.get('flights')?.workflow : loaded
    }
    expect(mesh("{cron: '0 4 * * *'}", '{ use: refresh@1 }')).toMatchObject({ schedule: '0 4 * * *' })
    expect(mesh("{cron: '0 4 * * *'}", "{ use: refresh@1, schedule: '0 5 * * *' }")).toMatchObject({ schedule: '0 5 * * *' })
    expect(mesh('{every: {minutes: 15}}', '{ use: refresh@1 }')).toMatchObject({ schedule: 'every 900 s' })
    expect(mesh('{after: PT1M}', '{ use: refresh@1 }')).toMatchObject({ schedule: 'after 60 s' })
    expect(mesh('{on: {any: [{with: {type: tulle.product.published, subject: airports}}]}}', '{ use: refresh@1 }')).toMatchObject({ events: [{ type: 'tulle.product.published', subject: 'airports' }] })
    const every = parseSchedule('every 900 s')
    expect(every.ok && every.value.next(1_000)).toBe(901_000)
  })
})
