// The documents of the specification: every example parses, and our schemas judge like the specification's own.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { parseYaml } from '@tulle/model'
import { checkShape } from './check-shape.ts'
import { openJq } from './jq/jq.ts'
import { parseWorkflow } from './parse-workflow.ts'

const load = (text: string): unknown => {
  const yaml = parseYaml(text, 'x.yaml')
  return yaml.ok ? structuredClone(yaml.value.value) : undefined
}
const CORPUS = resolve(import.meta.dirname, '../../../../../shared/corpora/serverless-workflow')
const isThere = existsSync(CORPUS)
const examples = isThere ? readdirSync(`${CORPUS}/examples`).filter((name) => name.endsWith('.yaml')) : []
const jq = openJq()
afterAll(() => jq.close())

const codesOf = async (text: string): Promise<readonly string[]> => {
  const parsed = await parseWorkflow(text, 'w.yaml', { jq })
  return parsed.ok ? [] : parsed.diagnostics.map((d) => `${d.place?.line ?? 0}:${d.place?.column ?? 0} ${d.code}: ${d.message}`)
}

describe.skipIf(!isThere)('the examples of the specification (absent where the corpus is)', () => {
  it('are 66', () => expect(examples.length).toBe(66))
  it.each(examples)('%s parses', async (name) => {
    expect(await codesOf(readFileSync(`${CORPUS}/examples/${name}`, 'utf8'))).toEqual([])
  })

  it('judged after a change like the schema of the specification judges them', () => {
    const official = new Ajv2020({ strict: false, validateFormats: false }).compile(load(readFileSync(`${CORPUS}/schema/workflow.yaml`, 'utf8')) as object)
    let refused = 0
    let turn = 0
    for (const name of examples) {
      const text = readFileSync(`${CORPUS}/examples/${name}`, 'utf8')
      for (const [where, how] of placesOf(load(text)).flatMap((_, i) => CHANGES.map((change) => [i, change] as const))) {
        turn += 1
        // Every change takes long; each fourth reaches every place by some change.
        if (turn % 4 !== 0) continue
        const value = load(text)
        change(value, where, how)
        const yaml = parseYaml(JSON.stringify(value), name)
        const isGood = official(value)
        if (!isGood) refused += 1
        const ours = yaml.ok ? checkShape(yaml.value) : []
        if (isGood !== (ours.length === 0)) expect({ name, where, how, isGood, value }).toEqual(ours)
      }
    }
    expect(refused).toBeGreaterThan(1_000)
  })
})

const CHANGES = ['remove', 'rename', 'number', 'text', 'list', 'object', 'add'] as const

interface ChangeablePlace { readonly holder: Record<string | number, unknown>; readonly key: string | number }

function placesOf(value: unknown): readonly ChangeablePlace[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string | number, unknown>
  return [...(Array.isArray(value) ? value.keys() : Object.keys(value))].flatMap((key) => [{ holder, key }, ...placesOf(holder[key])])
}

function change(value: unknown, where: number, how: typeof CHANGES[number]): void {
  const { holder, key } = placesOf(value)[where] as ChangeablePlace
  const was = holder[key]
  const made = { number: 7, text: 'some text', list: [{ a: 1 }], object: { a: 1 } }
  if (how === 'remove' || how === 'rename') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
    if (how === 'rename' && !Array.isArray(holder)) holder[`${key}x`] = was
  } else if (how === 'add') {
    if (typeof was === 'object' && was !== null && !Array.isArray(was)) (was as Record<string, unknown>)['odd'] = 1
  } else holder[key] = made[how]
}

const flow = (tasks: string, rest = ''): string => `document: {dsl: '1.0.3', namespace: test, name: one, version: '0.1.0'}\n${rest}do:\n${tasks}`

describe('what is wrong with a workflow is told with its place', () => {
  it.each([
    ['a misspelt member', flow('  - a:\n      set: {x: 1}\n      ouput: {as: .}\n'), ['5:7 workflow-unknown-member: The task "a" (set) has no member "ouput". Did you mean "output"?']],
    ['a task that does nothing', flow('  - a:\n      if: .x\n'), ['3:5 workflow-task-kind: The task "a" does nothing that is known.']],
    ['a task of two kinds', flow('  - a:\n      set: {x: 1}\n      wait: PT1S\n'), ['3:5 workflow-task-kind: The task "a" is of several kinds: set, wait.']],
    ['a duration that is none', flow('  - a:\n      wait: soon\n'), ['4:13 workflow-shape: The task "a" (wait): "wait" must be a duration, as PT15M or {minutes: 15}.']],
    ['an unknown function', flow('  - a:\n      call: frob\n'), ['4:13 workflow-unknown-reference: There is no function "frob".']],
    ['a task that is not there to go to', flow('  - a:\n      set: {x: 1}\n      then: c\n  - b:\n      set: {x: 1}\n'), ['5:13 workflow-no-such-task: There is no task "c" in this list to go to.']],
    ['two tasks of one name', flow('  - a:\n      set: {x: 1}\n  - a:\n      set: {x: 1}\n'), ['5:5 workflow-task-twice: Two tasks of this list are called "a".']],
    ['an endless loop', flow('  - a:\n      set: {x: 1}\n  - b:\n      set: {x: 2}\n      then: a\n'), ['3:5 workflow-endless: These tasks go round for ever: a → b → a.']],
    ['an expression that jq cannot read', flow('  - a:\n      set:\n        x: ${ .a | }\n'), ['5:12 workflow-expression: The expression .a | cannot be read: syntax error, unexpected \')\'.']],
    ['a variable that is not there', flow('  - a:\n      set:\n        x: ${ $nobody }\n'), ['5:12 workflow-expression: The expression $nobody cannot be read: $nobody is not defined.']],
    ['a schema that is none', flow('  - a:\n      set: {x: 1}\n      input:\n        schema:\n          document: {type: nothing}\n'), ['7:11 workflow-schema: This JSON Schema cannot be used: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf.']],
    ['a schedule that is none', flow('  - a:\n      set: {x: 1}\n', 'schedule: {cron: "61 * * * *"}\n'), [expect.stringContaining('2:19 cron-invalid') as string]],
    ['a version of the language that is not there', flow('  - a:\n      set: {x: 1}\n').replace('1.0.3', '2.0.0'), ['1:18 workflow-dsl-version: This is a workflow of DSL version 2.0.0; versions 1.0.0 to 1.0.3 are understood.']],
    ['tasks nested too deep', flow(`  - a: ${'{do: [{a: '.repeat(40)}{set: {x: 1}}${'}]}'.repeat(40)}\n`), [expect.stringMatching(/too-deep|limit "depth"/u) as string]],
    ['text that is no YAML', 'do: [', [expect.stringContaining('bad-yaml') as string]],
    ['a list', '- 1', ['1:1 workflow-shape: The workflow must be an object.']],
  ])('%s', async (_, text, findings) => {
    expect(await codesOf(text)).toEqual(findings)
  })

  it('variables of loops, events and errors are known where they are set, and only there', async () => {
    const loop = flow('  - a:\n      for: {each: colour, in: .all, at: i}\n      do:\n        - b:\n            set: {x: "${ [$colour, $i] }"}\n')
    expect(await codesOf(loop)).toEqual([])
    expect(await codesOf(loop.replace('$i]', '$j]'))).toEqual([expect.stringContaining('$j is not defined')])
    expect(await codesOf(`${loop}  - c:\n      set: {y: "\${ $colour }"}\n`)).toEqual([expect.stringContaining('$colour is not defined')])
  })
})
