// The nouns of a data set that is kept in step.

import type { Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import type { ReadPlan } from '../read-plan.ts'
import type { DbtRun, Ingested, Session, StagedFile, StagedGone, Target, Workshop } from '../types.ts'

export interface Keeping {
  readonly workshop: Pick<Workshop, 'lake' | 'suppression'>
  readonly session: Session
  readonly plan: ReadPlan
  readonly ingested: Ingested
  readonly run: DbtRun
  readonly target: Target
  /** As it passed the gate. */
  readonly statement: string
  /** The statement's query, or a part of it, as the contract has its columns. */
  readonly shape: (query: string) => Result<string>
  /** What the statement may read, as this run has it. */
  readonly relationOf: (schema: string, name: string) => Relation | undefined
  /** The data set of the product that is called so in the statement. */
  readonly ownOf: (schema: string, name: string) => Target | undefined
  readonly signal: AbortSignal
}

/** `relation` is the data set as it will be. */
export interface InStep { readonly kind: 'in-step'; readonly base: string; readonly staged: readonly StagedFile[]; readonly gone: StagedGone; readonly relation: Relation; /** Rows of inputs that changed. */ readonly read: number }
/** Why the whole has to be built. */
export interface Whole { readonly kind: 'whole'; readonly why: string }
