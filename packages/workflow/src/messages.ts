// Everything that running a workflow can have to say.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'workflow-unknown': {
    severity: 'error',
    message: (p: { workflow: string; known: readonly string[] }) => `There is no workflow "${p.workflow}".`,
    help: (p: { workflow: string; known: readonly string[] }) => `Workflows here: ${p.known.join(', ')}.`,
  },
  'workflow-invalid': {
    severity: 'error',
    message: (p: { workflow: string; why: string }) => `The workflow "${p.workflow}" cannot run: ${p.why}.`,
  },
  'run-unknown': {
    severity: 'error',
    message: (p: { runId: string }) => `There is no run ${p.runId}.`,
    help: () => 'List the runs of a product with: tulle runs <product>.',
  },
  'run-ended': {
    severity: 'error',
    message: (p: { runId: string; status: string }) => `Run ${p.runId} has ended already: ${p.status}.`,
  },
  'run-cancelled': {
    severity: 'error',
    message: (p: { runId: string }) => `Run ${p.runId} was cancelled.`,
  },
  'run-lost': {
    severity: 'error',
    message: (p: { runId: string }) => `Run ${p.runId} stopped without an outcome.`,
    help: () => 'Start it again. What was published before is unchanged.',
  },
  'step-timeout': {
    severity: 'error',
    message: (p: { step: string; milliseconds: number; limit?: string | undefined }) => `Step "${p.step}" was stopped after ${p.milliseconds} ms, its limit${p.limit === undefined ? '' : ` (${p.limit})`}.`,
    help: () => 'Make the step do less, or raise its limit.',
  },
  'step-crashed': {
    severity: 'error',
    message: (p: { step: string; error: string }) => `Step "${p.step}" stopped with an error of its own: ${p.error}`,
    help: () => 'Run it again. If it stops again, report it with the log of the run.',
  },
  'step-faulted': {
    severity: 'error',
    message: (p: { why: string }) => `${p.why.slice(0, 1_000)}`,
  },
  'flow-faulted': {
    severity: 'error',
    message: (p: { type: string; status: number; title?: string; detail?: string; instance?: string }) => `${p.instance === undefined ? 'The workflow' : `The task ${p.instance}`} failed: ${p.title ?? p.type} (${p.status})${p.detail === undefined ? '.' : `: ${p.detail}`}`,
  },
  'flow-format': {
    severity: 'error',
    message: (p: { found: number; known: number }) => `The run was begun in format ${p.found} of workflows, and this Tulle goes on with format ${p.known} alone.`,
    help: () => 'Start it again. What was published before is unchanged.',
  },
  'process-not-allowed': {
    severity: 'error',
    message: (p: { what: 'shell' | 'script' }) => `The operator of this platform does not allow ${p.what === 'shell' ? 'shell commands' : 'scripts'} in workflows.`,
    help: () => 'Call a service or a function of the house instead; or ask the operator for TULLE_WORKFLOW_PROCESSES=allow.',
  },
  'argument-missing': {
    severity: 'error',
    message: (p: { function: string; member: string }) => `"${p.function}" must be given "${p.member}".`,
  },
  'argument-unknown': {
    severity: 'error',
    message: (p: { function: string; member: string; known: readonly string[]; meant: string }) => `"${p.function}" takes no "${p.member}".${p.meant}`,
    help: (p: { function: string; member: string; known: readonly string[]; meant: string }) => (p.known.length === 0 ? 'It takes nothing.' : `It takes: ${p.known.join(', ')}.`),
  },
  'argument-wrong': {
    severity: 'error',
    message: (p: { function: string; member: string; why: string }) => `The "${p.member}" of "${p.function}" does not fit: ${p.why}.`,
  },
  'cron-invalid': {
    severity: 'error',
    message: (p: { schedule: string; why: string }) => `"${p.schedule}" is not a schedule: ${p.why}.`,
    help: () => 'Write five fields in UTC: minute hour day-of-month month day-of-week, for example 30 4 * * 1-5.',
  },
  'runtime-newer': {
    severity: 'error',
    message: (p: { found: number; known: number }) => `The state of the workflow runtime is of version ${p.found}, and this Tulle knows versions up to ${p.known}.`,
    help: () => 'Use the Tulle that kept it, or a newer one.',
  },
})
