// `expectPlan` holds a plan against the lines that it should consist of.

import { expect } from 'vitest'
import { desiredMesh, embeddedProviders } from '@tulle/providers'
import type { Observed, ObservedGrant } from '@tulle/providers'
import { meshOf } from '@tulle/providers/testing'
import type { MeshWords } from '@tulle/providers/testing'
import { consumerText } from '../consumers.ts'
import { planMesh } from '../plan.ts'
import { stageTitle } from '../stages.ts'
import type { Plan, PlanOptions } from '../types.ts'
import { emptyWorld, withDrift, worldOf } from './world.ts'

export interface Case {
  /** What was applied; nothing was, where it is absent. */
  readonly before?: MeshWords
  readonly after: MeshWords
  readonly options?: Partial<PlanOptions>
  readonly grants?: readonly ObservedGrant[]
  /** What somebody did by hand since. */
  readonly byHand?: Readonly<Record<string, Partial<Observed>>>
}

export function planBetween({ before, after, options, grants, byHand = {} }: Case): Plan {
  const world = before === undefined ? emptyWorld : worldOf(meshOf(before), grants)
  return planMesh(desiredMesh(meshOf(after), { providers: embeddedProviders }), withDrift(world, byHand), { providers: embeddedProviders, ...options })
}

interface Expected {
  /** `# stage` for each stage, then `verb address` per change, `!` where it breaks, and whom it hits. */
  readonly changes: readonly string[]
  /** `code: message`, errors and notes alike. */
  readonly says?: readonly string[]
  readonly applyable?: boolean
  readonly complete?: boolean
}

export function expectPlan(of: Case, { changes, says = [], applyable = changes.length > 0, complete = true }: Expected): void {
  const plan = planBetween(of)
  const lines = plan.stages.flatMap((stage) => [
    `# ${stageTitle(stage)}`,
    ...stage.changes.map((change) => [
      `${change.action} ${change.ref}`,
      ...(change.breaking ? ['!'] : []),
      ...(change.consumers.length > 0 ? [`(${change.consumers.map(consumerText).join(', ')})`] : []),
    ].join(' ')),
  ])
  expect(lines).toEqual(changes)
  expect(plan.diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`)).toEqual(says)
  expect({ applyable: plan.applyable, complete: plan.complete }).toEqual({ applyable, complete })
}
