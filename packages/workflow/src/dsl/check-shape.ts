// Judges a document by the schemas: the whole first, then each task by the schema of what it is.

import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import type { Diagnostic } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import type { DocumentPath, Task, WorkflowDocument } from './types.ts'
import type { Schema } from './schema.ts'
import { CALLS, DOCUMENT, FUNCTION_CALL, PARTS, TASKS } from './schema.ts'
import { dslMessages } from './messages.ts'
import { isObject, kindsOf, namedTask, walkTasks } from './walk-tasks.ts'

/** One root, so that each part is compiled once for all who refer to it. The schemas are our own: their test holds them against JSON Schema. */
const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, validateFormats: false, validateSchema: false, code: { optimize: false } })
const compiled = new Map<Schema, ValidateFunction>()
ajv.addSchema({ $id: '/workflow', $defs: PARTS })

function validatorOf(schema: Schema): ValidateFunction {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const made = ajv.compile({ ...schema, $id: `/workflow/${compiled.size}` })
  compiled.set(schema, made)
  return made
}

/** The same for a document that is one task: a function that is kept by itself. */
export function checkTask(yaml: YamlDocument, name: string): readonly Diagnostic[] {
  if (!isObject(yaml.value)) return [dslMessages['workflow-shape']({ what: `The function "${name}"`, why: 'must be an object' }, { place: yaml.place([]) })]
  const findings: Diagnostic[] = []
  walkTasks({ do: [{ [name]: yaml.value }] } as unknown as WorkflowDocument, { task: ({ name: task, task: one, path }) => findings.push(...judgeTask(task, one, path.slice(3), yaml)) })
  return findings
}

/** What is wrong with the shape of a document and of all its tasks. */
export function checkShape(yaml: YamlDocument): readonly Diagnostic[] {
  const findings: Diagnostic[] = [...judge(DOCUMENT, yaml.value, 'The workflow', [], yaml)]
  if (!isObject(yaml.value)) return findings
  walkTasks(yaml.value as unknown as WorkflowDocument, {
    list: ({ list, path }) => {
      for (const [i, item] of list.entries()) {
        if (namedTask(item) === undefined) findings.push(dslMessages['workflow-shape']({ what: 'A task', why: 'must have one name, and below it what it does' }, { place: yaml.place([...path, i]) }))
      }
    },
    task: ({ name, task, path }) => findings.push(...judgeTask(name, task, path, yaml)),
  })
  return findings
}

function judgeTask(name: string, task: Task, path: DocumentPath, yaml: YamlDocument): readonly Diagnostic[] {
  const kinds = kindsOf(task)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) return [dslMessages['workflow-task-kind']({ task: name, found: kinds }, { place: yaml.place(path, 'key') })]
  return judge(schemaOf(kind, task), task, `The task "${name}" (${kind})`, path, yaml)
}

function schemaOf(kind: NonNullable<ReturnType<typeof kindsOf>[0]>, task: Task): Schema {
  if (kind !== 'call') return TASKS[kind]
  return (typeof task.call === 'string' && Object.hasOwn(CALLS, task.call) ? CALLS[task.call] : undefined) ?? FUNCTION_CALL
}

function judge(schema: Schema, value: unknown, what: string, at: DocumentPath, yaml: YamlDocument): readonly Diagnostic[] {
  const validate = validatorOf(schema)
  if (validate(value)) return []
  return meantErrors(validate.errors ?? []).map((error) => explain(error, what, at, yaml))
}

/** Of a choice that failed, the choice is told and not each of its sides. */
function meantErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = [...errors.entries()].filter(([, { keyword }]) => keyword === 'oneOf' || keyword === 'anyOf' || keyword === 'if')
  // A choice is told after everything that led to it.
  const isInside = (error: ErrorObject, at: number): boolean => choices.some(([later, choice]) =>
    at < later && error.instancePath.startsWith(choice.instancePath) && (error.instancePath !== choice.instancePath || error.keyword !== 'additionalProperties' || isChoiceOfShapes(choice)))
  return errors.filter((error, i) => !isInside(error, i))
}

/** True where the sides are whole shapes, and not only which member there is. */
const isChoiceOfShapes = (choice: ErrorObject): boolean =>
  choice.keyword !== 'if' && ((choice.parentSchema as { oneOf?: Schema[]; anyOf?: Schema[] }).oneOf ?? (choice.parentSchema as { anyOf?: Schema[] }).anyOf ?? []).some((side) => Object.keys(side).some((key) => key !== 'required'))

function explain(error: ErrorObject, what: string, at: DocumentPath, yaml: YamlDocument): Diagnostic {
  const inside = pathOf(error.instancePath, yaml.value, at)
  const path = [...at, ...inside]
  const subject = inside.length === 0 ? what : `${what}: ${JSON.stringify(inside.join('.'))}`
  if (error.keyword === 'additionalProperties') {
    const name = String((error.params as { additionalProperty: string }).additionalProperty)
    const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {})
    return dslMessages['workflow-unknown-member']({ what: subject, name, known }, { place: yaml.place([...path, name], 'key') })
  }
  const place = yaml.place(path, error.keyword === 'required' ? 'key' : 'value')
  return dslMessages['workflow-shape']({ what: subject, why: reasonOf(error) }, { place })
}

function reasonOf({ keyword, params, parentSchema }: ErrorObject): string {
  const { title } = (parentSchema ?? {}) as { title?: string }
  const given = params as Readonly<Record<string, unknown>>
  switch (keyword) {
    case 'required': return `needs a member "${String(given['missingProperty'])}"`
    case 'dependentRequired': return `may have "${String(given['property'])}" only beside "${String(given['missingProperty'])}"`
    case 'type': return `must be ${title ?? nounOf(String(given['type']))}`
    case 'enum': return `must be one of ${(given['allowedValues'] as readonly unknown[]).map(String).join(', ')}`
    case 'const': return `must be ${JSON.stringify(given['allowedValue'])}`
    case 'minProperties': return 'must not be empty'
    case 'minItems': return 'must not be empty'
    case 'maxProperties': return 'must have exactly one member'
    case 'minimum': return `must be at least ${String(given['limit'])}`
    case 'maximum': return `must be at most ${String(given['limit'])}`
    default: return `must be ${title ?? 'of another shape'}`
  }
}

const nounOf = (type: string): string => ({ string: 'a text', integer: 'a whole number', number: 'a number', boolean: 'true or false', object: 'an object', array: 'a list' })[type] ?? type

/** A JSON pointer as a path, with numbers where the value has lists. */
function pathOf(pointer: string, root: unknown, at: DocumentPath): DocumentPath {
  let value: unknown = root
  const step = (key: string | number): void => {
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined
  }
  for (const key of at) step(key)
  return pointer.split('/').slice(1).map((part) => {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const key = Array.isArray(value) ? Number(name) : name
    step(key)
    return key
  })
}
