// What stands in the way of a plan, and what it keeps, in sentences that say what to do.

import { defineDiagnostics } from '@tulle/kernel'

interface Breaks { readonly ref: string; readonly sentence: string; readonly consumers: string; readonly count: number; readonly queries?: string | undefined; readonly version?: { readonly dataSet: string; readonly of: string; readonly major: number } }

export const messages = defineDiagnostics({
  'contract-breaks-consumer': {
    severity: 'error',
    message: (p: Breaks) =>
      `${p.ref}: ${p.sentence}${p.count === 0 ? '' : ` This breaks ${p.count} ${p.count === 1 ? 'consumer' : 'consumers'}: ${p.consumers}.`}${p.queries === undefined ? '' : ` By the audit, ${p.queries}.`}`,
    help: (p: Breaks) => (p.version === undefined
      ? 'Keep what they use, agree with them first, or plan with --allow-breaking.'
      : `Keep what they use and publish the change beside it: a data set ${p.version.dataSet} with version-of: ${p.version.of} and a contract of version ${p.version.major}.0.0. Or agree with them first and plan with --allow-breaking.`),
  },
  'breaking-change': {
    severity: 'warning',
    message: (p: { ref: string; sentence: string; consumers: string; queries?: string | undefined }) =>
      `${p.ref}: ${p.sentence} ${p.consumers === '' && p.queries === undefined ? 'Nobody uses it yet.' : ''}${p.consumers === '' ? '' : `It was allowed to break ${p.consumers}.`}${p.queries === undefined ? '' : `${p.consumers === '' ? '' : ' '}By the audit, ${p.queries}.`}`,
  },
  'queries-would-fail': {
    severity: 'warning',
    message: (p: { ref: string; queries: string }) => `${p.ref}: by the audit, ${p.queries}.`,
    help: () => 'Tell those who run them, or keep what they use.',
  },
  'breaks-decoders': {
    severity: 'warning',
    message: (p: { ref: string; ports: string; changes: string }) => `${p.ref}: SQL takes this as it comes, but it breaks whoever decodes ${p.ports} by the old version: ${p.changes}.`,
    help: () => 'Tell them, or publish it as a new major version beside this one (version-of).',
  },
  'product-kept': {
    severity: 'info',
    message: (p: { name: string }) => `The data product "${p.name}" is no longer in the files. It is kept as it is: its data, ports and grants stay.`,
    help: () => 'Plan with --prune to archive it (it can come back), or with --allow-destroy to destroy it with its data.',
  },
  'resource-kept': {
    severity: 'info',
    message: (p: { ref: string }) => `${p.ref} is no longer in the files. It is kept as it is.`,
    help: () => 'Plan with --prune to archive it (it can come back), or with --allow-destroy to destroy it.',
  },
  'drift-kept': {
    severity: 'warning',
    message: (p: { message: string }) => `${p.message} It is no longer in the files, so nothing is done about it.`,
    help: () => 'Put its files back and apply to heal it, or plan with --prune to archive it.',
  },
  'data-destroyed': {
    severity: 'warning',
    message: (p: { name: string }) => `${p.name} will be destroyed with all its data. This cannot be taken back.`,
    help: () => 'Leave --allow-destroy out, and say --prune to archive it instead.',
  },
  'dependency-cycle': {
    severity: 'error',
    message: (p: { circle: readonly string[] }) => `These products read each other in a circle: ${p.circle.join(' → ')}.`,
    help: () => 'Take one of the reads out: a product can only be built after what it reads.',
  },
  'quota-exceeded': {
    severity: 'error',
    message: (p: { domain: string; products: number; limit: number }) =>
      `The data domain "${p.domain}" would have ${p.products} products; its quota is ${p.limit}.`,
    help: () => 'Raise spec.quotas.products in its domain.yaml, or put a product elsewhere.',
  },
  'other-mesh': {
    severity: 'error',
    message: (p: { here: string; files: string }) =>
      `The mesh here is "${p.here}", and these files declare another one, "${p.files}": everything here would be archived or destroyed.`,
    help: () => 'Plan the right folder. Where the mesh was renamed, plan and apply its new name first, without --prune and --allow-destroy.',
  },
  'text-not-storable': {
    severity: 'error',
    message: (p: { ref: string }) => `${p.ref} holds a NUL character or half of a character pair, which no database can keep.`,
    help: () => 'Remove it from the texts of this component or its contract.',
  },
  'plan-invalid': {
    severity: 'error',
    message: (p: { problem: string }) => `This is not a plan as tulle plan made it: ${p.problem}.`,
    help: () => 'Plan again and apply that plan unchanged.',
  },
  'plan-stale': {
    severity: 'error',
    message: (p: { planned: string; now: string }) => `The mesh moved since this plan was made (generation ${p.planned}, now ${p.now}), so it was not applied.`,
    help: () => 'Plan again, look at it, and apply the new plan.',
  },
  'plan-hits-others': {
    severity: 'error',
    message: (p: { ref: string; consumers: string }) => `Since this plan was made, others began to use what it breaks in ${p.ref}: ${p.consumers}.`,
    help: () => 'Plan again: the new plan names them.',
  },
  'plan-not-applyable': {
    severity: 'error',
    message: () => 'This plan cannot be applied: something stands in its way.',
    help: () => 'Mend what its diagnostics name, and plan again.',
  },
  'apply-in-progress': {
    severity: 'error',
    message: (p: { who: string; since: string }) => `${p.who} has been applying a plan since ${p.since}; only one apply runs at a time.`,
    help: () => 'Wait until it has finished, then plan again.',
  },
  'apply-overtaken': {
    severity: 'error',
    message: (p: { id: string }) => `Apply ${p.id} lost its lock on the mesh and stopped.`,
    help: () => 'Plan and apply again: what it had done is kept.',
  },
  'stage-failed': {
    severity: 'error',
    message: (p: { title: string; done: number; total: number; reason: string }) =>
      `"${p.title}" failed: ${p.reason} Of ${p.total} stages ${p.done} succeeded and are kept.`,
    help: () => 'Mend the cause and apply again: it goes on from here.',
  },
  'unknown-apply': {
    severity: 'error',
    message: (p: { id: string }) => `There is no apply "${p.id}".`,
  },
})
