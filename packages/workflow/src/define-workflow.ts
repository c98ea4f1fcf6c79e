// Makes a workflow from its steps. Refuses what could not be resumed: a step is found again by its name alone.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { StepDefinition, WorkflowDefinition } from './types.ts'
import { messages } from './messages.ts'

const STEP_NAME = /^[a-z][a-z0-9-]{0,62}$/

/** Checks and freezes a workflow. Every fault is reported, as `workflow-invalid`. */
export function defineWorkflow(definition: WorkflowDefinition): Result<WorkflowDefinition> {
  const faults = [...namesAtFault(definition), ...definition.steps.flatMap(limitsAtFault)]
  const diagnostics: Diagnostic[] = faults.map((why) => messages['workflow-invalid']({ workflow: definition.name, why }))
  return resultOf(Object.freeze({ ...definition, steps: Object.freeze([...definition.steps]) }), diagnostics)
}

function namesAtFault({ steps }: WorkflowDefinition): readonly string[] {
  if (steps.length === 0) return ['it has no steps']
  const names = steps.map((step) => step.name)
  return [
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `two steps are called "${name}"`),
    ...names.filter((name) => !STEP_NAME.test(name)).map((name) => `"${name}" is not a step name (lower case, digits, hyphens)`),
  ]
}

function limitsAtFault({ name, retry, timeoutMilliseconds }: StepDefinition): readonly string[] {
  const faults: string[] = []
  if (retry !== undefined && !(Number.isInteger(retry.attempts) && retry.attempts >= 1)) faults.push(`step "${name}" must be tried at least once`)
  if (retry !== undefined && !(retry.delayMilliseconds >= 0)) faults.push(`step "${name}" cannot wait a negative time`)
  if (timeoutMilliseconds !== undefined && !(timeoutMilliseconds > 0)) faults.push(`step "${name}" needs a time limit above zero`)
  return faults
}
