// What a run leaves at a table for others to find: words in its snapshot's summary, a branch while it is checked, a tag of
// the contract that it keeps.

import type { Snapshot } from '@tulle/lake'
import type { DataContract } from '@tulle/model'
import { RECIPE_KEY } from '@tulle/providers'

/** What a snapshot's summary says of where it comes from. */
export const RUN_SUMMARY = {
  run: 'tulle.run-id',
  code: 'tulle.code-fingerprint',
  contract: 'tulle.contract-version',
  inputs: 'tulle.inputs',
  /** Of the workflow document by which the run went, and what it was given. */
  workflow: 'tulle.workflow-fingerprint',
  /** What the data set alone is made of: its code, and what it reads. */
  model: 'tulle.model-fingerprint',
  /** Of a data set that is kept in step: the SHA-256 of its statement, and how this version was made of it, `changes` or `whole`. */
  statement: 'tulle.statement-fingerprint',
  refresh: 'tulle.refresh',
  /** The SHA-256 of the recipe by which the snapshot can be built again. */
  recipe: RECIPE_KEY,
  /** The run that made the rows, where another one took them over. */
  rowsOf: 'tulle.rows-of-run',
  /** Snapshots of other writers that this one replaced without having read them. */
  replaced: 'tulle.replaced',
} as const

/** Of a snapshot and those before it, newest first: the one that made the rows. Compaction writes the same ones to other files. */
export const madeBy = (line: readonly Snapshot[]): Snapshot | undefined => line.find(({ summary }) => summary['operation'] !== 'replace')

/** Where a run's rows are until they are published. */
export const runBranch = (runId: string): string => `run-${runId}`

/** Names the newest snapshot that keeps this version of the contract. */
export const contractTag = (version: DataContract['version']): string => `contract-${version}`

/** Whether a snapshot was made by another workflow. Where it does not say, or nobody asks, it was not. */
export const isByOther = (summary: Readonly<Record<string, string>>, workflow: string | undefined): boolean =>
  workflow !== undefined && summary[RUN_SUMMARY.workflow] !== undefined && summary[RUN_SUMMARY.workflow] !== workflow
