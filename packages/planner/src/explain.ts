// A plan becomes the text that a person decides by. It walks the same stages as apply, so what is shown is what is done.
// INVARIANT: nothing that a file says can move the cursor or turn the line around.

import { renderDiagnostic, unreachable } from '@tulle/kernel'
import type { FieldChange } from '@tulle/providers'
import { consumerText } from './consumers.ts'
import { summaryOf } from './plan.ts'
import { queriesText } from './replay/tell-queries.ts'
import { stageTitle } from './stages.ts'
import type { Change, ChangeQueries, Plan, Stage } from './types.ts'

const GLYPH: Record<Change['action'], string> = { create: '+', update: '~', move: '→', restore: '↑', heal: '±', archive: '-', destroy: '✗' }

const VERB: Record<Change['action'], string> = {
  create: 'to create', update: 'to change', move: 'to move', restore: 'to restore', heal: 'to heal', archive: 'to archive', destroy: 'to destroy',
}

export const NO_CHANGES = 'No changes. The mesh is as its files say.'

/** Prints a plan: first the sum, then each stage with its changes, then what stands in the way and what is kept. */
export function explain(plan: Plan): string {
  const findings = plan.diagnostics.map(renderDiagnostic)
  if (plan.stages.length === 0) return [nothingToDo(plan), ...spaced(findings)].join('\n')
  return [
    `Plan for the mesh ${printable(plan.mesh.name)}: ${sumOf(plan)}.`,
    ...plan.stages.flatMap((stage) => ['', ...explainStage(stage)]),
    ...spaced(findings),
    '',
    plan.applyable ? `Plan ${plan.fingerprint.slice(0, 12)} can be applied.` : 'This plan cannot be applied: see ❌ above.',
  ].join('\n')
}

function nothingToDo({ complete, diagnostics }: Plan): string {
  if (complete) return NO_CHANGES
  return diagnostics.some(({ severity }) => severity === 'error') ? 'Nothing can be planned.' : 'No changes. The mesh has what its files say, and more.'
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines])

function sumOf(plan: Plan): string {
  return Object.entries(summaryOf(plan)).map(([action, count]) => `${count} ${VERB[action as Change['action']]}`).join(', ')
}

function explainStage(stage: Stage): readonly string[] {
  const title = printable(stageTitle(stage))
  switch (stage.kind) {
    case 'found-mesh':
    case 'settle-domain':
    case 'build-product':
      return [title, ...stage.changes.flatMap(explainChange)]
    case 'move-product':
      return [`${title} (nothing is destroyed: same id, same tables, same snapshots, same grants)`, ...stage.changes.flatMap(explainChange)]
    case 'archive':
      return [`${title} (it can come back: data, ids and grants are kept)`, ...stage.changes.flatMap(explainChange)]
    case 'destroy':
      return [`${title} (this cannot be taken back)`, ...stage.changes.flatMap(explainChange)]
    default:
      return unreachable(stage)
  }
}

function explainChange(change: Change): readonly string[] {
  return [
    `  ${GLYPH[change.action]} ${printable(change.ref)}${markOf(change)}`,
    ...(change.drift === undefined ? [] : [`      ${printable(change.drift.message)} ${printable(change.drift.remedy)}`]),
    ...change.fields.map((field) => `      ${fieldGlyph(field)} ${printable(field.sentence)}${field.breaking ? ' BREAKING' : ''}`),
    ...(change.consumers.length === 0 ? [] : [`      hits ${printable(change.consumers.map(consumerText).join(', '))}`]),
    ...(change.queries === undefined || change.queries.failing === 0 ? [] : explainQueries(change.queries)),
  ]
}

const SHOWN = 5

function explainQueries(queries: ChangeQueries): readonly string[] {
  const { failing, examples } = queries
  const more = failing - Math.min(examples.length, SHOWN)
  return [
    `      ${printable(queriesText(queries))}`,
    ...examples.slice(0, SHOWN).flatMap(({ statement, who, runs, last, error }) => [
      `        ${printable(statement)}`,
      `          ${printable(error)} Run ${runs === 1 ? 'once' : `${runs} times`} by ${printable(who.join(', '))}, last on ${printable(last.slice(0, 10))}.`,
    ]),
    ...(more > 0 ? [`        … and ${more} more${examples.length === 0 ? '; their texts are for those who keep the product' : ''}.`] : []),
  ]
}

const markOf = (change: Change): string => (change.breaking && change.fields.length === 0 ? ' BREAKING' : '')

function fieldGlyph({ before, after }: FieldChange): string {
  if (before === undefined) return '+'
  return after === undefined ? '-' : '~'
}

// Control characters and bidirectional marks of a hostile title must not rewrite the line that somebody approves.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const printable = (text: string): string => text.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
