// Judges the workflow documents of a mesh: everything that a run would stumble over, and what the operator does not allow.

import type { Diagnostic } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { MeshModel, WorkflowTemplate } from '@tulle/model'
import { HOUSE_FUNCTIONS } from '@tulle/model'
import { unwrap } from './dsl/expression-text.ts'
import type { Jq } from './dsl/jq/jq.ts'
import { openJq } from './dsl/jq/jq.ts'
import { parseWorkflow } from './dsl/parse-workflow.ts'
import type { ParsedWorkflow, Task } from './dsl/types.ts'
import { valueFault } from './dsl/validate-value.ts'
import { walkTasks } from './dsl/walk-tasks.ts'
import { messages } from './messages.ts'

export interface MeshWorkflowOptions {
  /** Absent: it is not known here what the operator allows. */
  readonly allowsProcesses?: boolean
  /** Findings by document, so that what did not change is not judged again. */
  readonly known?: Map<string, readonly Diagnostic[]>
}

const MOST_KNOWN = 500

export async function checkMeshWorkflows({ workflows }: Pick<MeshModel, 'workflows'>, { allowsProcesses, known = new Map() }: MeshWorkflowOptions = {}): Promise<readonly Diagnostic[]> {
  let jq: Jq | undefined
  const findings: Diagnostic[] = []
  try {
    for (const workflow of workflows) {
      const key = `${workflow.file}\0${workflow.text}`
      const found = known.get(key) ?? await checkOne(workflow, jq ??= openJq(), allowsProcesses)
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(key, found)
      findings.push(...found)
    }
    return findings
  } finally {
    await jq?.close()
  }
}

async function checkOne({ text, file }: WorkflowTemplate, jq: Jq, allowsProcesses: boolean | undefined): Promise<readonly Diagnostic[]> {
  const parsed = await parseWorkflow(text, file, { jq, functions: Object.keys(HOUSE_FUNCTIONS) })
  if (!parsed.ok) return parsed.diagnostics
  const findings: Diagnostic[] = []
  const { definition } = parsed.value
  walkTasks(definition, { task: ({ task, path }) => {
    const what = task.run?.shell !== undefined ? 'shell' : task.run?.script !== undefined ? 'script' : undefined
    if (what !== undefined && allowsProcesses === false) findings.push(messages['process-not-allowed']({ what }, { place: parsed.value.place([...path, 'run', what], 'key') }))
    if (task.call !== undefined && !Object.hasOwn(definition.use?.functions ?? {}, task.call)) findings.push(...checkArguments(task, path, parsed.value))
  } })
  return [...parsed.diagnostics, ...findings]
}

function checkArguments(task: Task, path: readonly (string | number)[], parsed: ParsedWorkflow): readonly Diagnostic[] {
  const name = (task.call ?? '').replace(/:[^:@]*@default$/u, '')
  const takes = Object.hasOwn(HOUSE_FUNCTIONS, name) ? HOUSE_FUNCTIONS[name] : undefined
  if (takes === undefined) return []
  const given = task.with ?? {}
  const known = Object.keys(takes.properties)
  const missing = (takes.required ?? []).filter((member) => given[member] === undefined)
  return [
    ...missing.map((member) => messages['argument-missing']({ function: name, member }, { place: parsed.place([...path, 'call']) })),
    ...Object.entries(given).flatMap(([member, value = null]) => {
      const at = parsed.place([...path, 'with', member])
      if (!known.includes(member)) return [messages['argument-unknown']({ function: name, member, known, meant: didYouMean(member, known) }, { place: at })]
      // What an expression gives is known only when it runs, and held against the same schema then.
      if (typeof value === 'string' && unwrap(value) !== undefined) return []
      const why = valueFault({ document: takes.properties[member] ?? {} }, value)
      return why === undefined ? [] : [messages['argument-wrong']({ function: name, member, why }, { place: at })]
    }),
  ]
}
