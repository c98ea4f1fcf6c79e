// From the text of a workflow to a document that may be run, or everything that is wrong with it, each with its place.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, resultOf } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { parseYaml } from '@tulle/model'
import type { ParsedWorkflow, SchemaDefinition, WorkflowDocument } from './types.ts'
import { checkReferences } from './check-references.ts'
import { checkShape } from './check-shape.ts'
import { expressionsIn } from './expression-text.ts'
import { parseSchedule } from '../cron.ts'
import type { Jq } from './jq/jq.ts'
import { LANGUAGE_VARIABLES } from './jq/program.ts'
import { LIMITS } from './limits.ts'
import { dslMessages } from './messages.ts'
import { schemaFault } from './validate-value.ts'
import { isObject, walkTasks } from './walk-tasks.ts'

export interface ParseOptions {
  readonly jq: Jq
  /** Names of functions that are there without being declared. */
  readonly functions?: readonly string[]
}

const UNDERSTOOD = /^1\.0\.[0-3](-.*)?$/u
const MOST_EXPRESSIONS = 2_000

/** Reads one document of YAML or JSON. `file` is what diagnostics call it. */
export async function parseWorkflow(text: string, file: string, { jq, functions = [] }: ParseOptions): Promise<Result<ParsedWorkflow>> {
  const yaml = parseYaml(text, file)
  return yaml.ok ? checkWorkflow(yaml.value, { jq, functions }) : yaml
}

/** The same for a document that is read already, in a file or as part of one. */
async function checkWorkflow(yaml: YamlDocument, { jq, functions = [] }: ParseOptions): Promise<Result<ParsedWorkflow>> {
  const shape = [...checkSize(yaml), ...checkShape(yaml)]
  if (shape.length > 0) return fail(...shape)
  const definition = yaml.value as unknown as WorkflowDocument
  const diagnostics = [
    ...checkVersion(definition, yaml),
    ...checkReferences(definition, yaml, functions),
    ...checkSchemas(definition, yaml),
    ...checkCron(definition, yaml),
    ...await checkExpressions(definition, yaml, jq),
  ]
  return resultOf({ definition, place: (path, part) => yaml.place(path, part) }, diagnostics)
}

function checkSize(yaml: YamlDocument): readonly Diagnostic[] {
  if (!isObject(yaml.value)) return []
  let tasks = 0
  let deepest = 0
  walkTasks(yaml.value as unknown as WorkflowDocument, { task: ({ depth }) => {
    tasks += 1
    deepest = Math.max(deepest, depth)
  } })
  const findings: Diagnostic[] = []
  const { tasksInDocument, depth } = LIMITS
  if (tasks > tasksInDocument) findings.push(dslMessages['workflow-limit']({ limit: 'tasksInDocument', most: tasksInDocument, what: `The workflow has ${tasks} tasks` }, { place: yaml.place(['do'], 'key') }))
  if (deepest > depth) findings.push(dslMessages['workflow-limit']({ limit: 'depth', most: depth, what: `Tasks are nested ${deepest} deep` }, { place: yaml.place(['do'], 'key') }))
  return findings
}

function checkVersion({ document }: WorkflowDocument, yaml: YamlDocument): readonly Diagnostic[] {
  return UNDERSTOOD.test(document.dsl) ? [] : [dslMessages['workflow-dsl-version']({ version: document.dsl }, { place: yaml.place(['document', 'dsl']) })]
}

function checkCron({ schedule }: WorkflowDocument, yaml: YamlDocument): readonly Diagnostic[] {
  if (schedule?.cron === undefined) return []
  const parsed = parseSchedule(schedule.cron)
  return parsed.ok ? [] : parsed.diagnostics.map((d) => ({ ...d, place: yaml.place(['schedule', 'cron']) }))
}

function checkSchemas(definition: WorkflowDocument, yaml: YamlDocument): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const look = (schema: SchemaDefinition | undefined, path: readonly (string | number)[]): void => {
    const why = schema?.document === undefined ? undefined : schemaFault(schema)
    if (why !== undefined) findings.push(dslMessages['workflow-schema']({ why }, { place: yaml.place([...path, 'schema']) }))
  }
  look(definition.input?.schema, ['input'])
  look(definition.output?.schema, ['output'])
  walkTasks(definition, { task: ({ task, path }) => {
    for (const member of ['input', 'output', 'export'] as const) look(task[member]?.schema, [...path, member])
  } })
  return findings
}

async function checkExpressions(definition: WorkflowDocument, yaml: YamlDocument, jq: Jq): Promise<readonly Diagnostic[]> {
  const found = expressionsIn(definition)
  if (found.length > MOST_EXPRESSIONS) return [dslMessages['workflow-limit']({ limit: 'expressions', most: MOST_EXPRESSIONS, what: `The workflow has ${found.length} expressions` }, { place: yaml.place(['do'], 'key') })]
  const reasons = await jq.check(found.map(({ expression, variables }) => ({ expression, variables: [...LANGUAGE_VARIABLES, ...variables] })))
  return found.flatMap(({ expression, path }, i) => {
    const why = reasons[i]
    return why === undefined ? [] : [dslMessages['workflow-expression']({ expression: expression.trim(), why }, { place: yaml.place(path) })]
  })
}
