// Everything that reading a workflow document can have to say.

import { didYouMean, defineDiagnostics } from '@tulle/kernel'

export const dslMessages = defineDiagnostics({
  'workflow-shape': {
    severity: 'error',
    message: (p: { what: string; why: string }) => `${p.what} ${p.why}.`,
  },
  'workflow-unknown-member': {
    severity: 'error',
    message: (p: { what: string; name: string; known: readonly string[] }) => `${p.what} has no member "${p.name}".${didYouMean(p.name, p.known)}`,
    help: (p: { what: string; name: string; known: readonly string[] }) => `It may have: ${p.known.join(', ')}.`,
  },
  'workflow-task-kind': {
    severity: 'error',
    message: (p: { task: string; found: readonly string[] }) => (p.found.length === 0 ? `The task "${p.task}" does nothing that is known.` : `The task "${p.task}" is of several kinds: ${p.found.join(', ')}.`),
    help: () => 'A task is one of call, do, emit, for, fork, listen, raise, run, set, switch, try, wait.',
  },
  'workflow-task-twice': {
    severity: 'error',
    message: (p: { task: string }) => `Two tasks of this list are called "${p.task}".`,
    help: () => 'Give each task of a list a name of its own: "then" goes to a name.',
  },
  'workflow-no-such-task': {
    severity: 'error',
    message: (p: { name: string; known: readonly string[] }) => `There is no task "${p.name}" in this list to go to.${didYouMean(p.name, p.known)}`,
    help: (p: { name: string; known: readonly string[] }) => `Go to one of ${p.known.join(', ')}, or say continue, exit or end.`,
  },
  'workflow-unknown-reference': {
    severity: 'error',
    message: (p: { kind: string; name: string; known: readonly string[] }) => `There is no ${p.kind} "${p.name}".${didYouMean(p.name, p.known)}`,
    help: (p: { kind: string; name: string; known: readonly string[] }) => (p.known.length === 0 ? `Declare it below "use".` : `There are: ${p.known.join(', ')}.`),
  },
  'workflow-endless': {
    severity: 'error',
    message: (p: { tasks: readonly string[] }) => `These tasks go round for ever: ${p.tasks.join(' → ')}.`,
    help: () => 'Let one of them go elsewhere: by "switch", by "if", or by another "then".',
  },
  'workflow-expression': {
    severity: 'error',
    message: (p: { expression: string; why: string }) => `The expression ${p.expression.length > 120 ? `${p.expression.slice(0, 120)}…` : p.expression} cannot be read: ${p.why}.`,
    help: () => 'Expressions are in the language of jq 1.8. Variables: $context, $input, $output, $secrets, $task, $workflow, $runtime, $authorization, and what for, listen and catch name.',
  },
  'workflow-limit': {
    severity: 'error',
    message: (p: { limit: string; most: number; what: string }) => `${p.what} (limit "${p.limit}": ${p.most}).`,
  },
  'workflow-schema': {
    severity: 'error',
    message: (p: { why: string }) => `This JSON Schema cannot be used: ${p.why}.`,
  },
  'workflow-dsl-version': {
    severity: 'error',
    message: (p: { version: string }) => `This is a workflow of DSL version ${p.version}; versions 1.0.0 to 1.0.3 are understood.`,
  },
})
