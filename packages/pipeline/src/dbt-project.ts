// The models of a product as a run has them, in a dbt project or as the project that they would be: from what was applied, with every name resolved as the plan resolves it.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Address, Compiler, NodeResult, Node } from '@tulle/dbt'
import { Compiler as CompilerOf, meshSettings, nodesOfDataSets, readProject, replacePrograms, workOf } from '@tulle/dbt'
import type { Program } from '@tulle/model'
import { dataSetOfPort, findPort, projectOf, relationsNamed, resolveRef, SOURCES } from '@tulle/model'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { DbtRun, PinnedInput, Target } from './types.ts'
import type { ReadPlan } from './read-plan.ts'

export interface OpenProject {
  readonly compiler: Compiler
  readonly files: ReadonlyMap<string, string>
  /** By data set. */
  readonly nodes: ReadonlyMap<string, Node>
  readonly build: ReadonlySet<string>
  readonly checks: ReadonlySet<string>
  /** Places people can find: in the mesh folder. */
  readonly inMesh: (found: readonly Diagnostic[]) => readonly Diagnostic[]
}

/** The targets that models fill. */
export const modelTargets = ({ targets }: Pick<ReadPlan, 'targets'>): readonly Target[] =>
  targets.filter(({ dataSet }) => dataSet.model !== undefined)

/** What the engine calls a data set or port that a program reads. */
export function relationRead({ product, dataSetsOf }: Pick<ReadPlan, 'product' | 'dataSetsOf'>, { ref, source }: Program['reads'][number]): Address | undefined {
  const port = source === undefined ? undefined : findPort(product, source)
  if (source !== undefined && port?.kind !== 'product') return port === undefined ? undefined : { schema: SOURCES, name: source }
  const found = port?.kind === 'product' ? dataSetOfPort(port, dataSetsOf) : ref === undefined ? undefined : resolveRef(product, ref, dataSetsOf)
  return found === undefined ? undefined : { schema: found.product, name: found.dataSet }
}

export function openProject({ product, targets, dataSetsOf }: ReadPlan, { now, left, variables }: DbtRun): Result<OpenProject> {
  const declared = projectOf(product) ?? { folder: '', files: new Map<string, string>() }
  const { folder, shown } = declared
  const replaced = shown === undefined ? undefined : replacePrograms(declared.files)
  const { files, written } = replaced?.ok === true ? replaced.value : { files: declared.files, written: undefined }
  const fileInMesh = (file: string): string => ((one) => shown?.get(one) ?? `${folder}${one}`)(written?.get(file) ?? file)
  const inMesh = (found: readonly Diagnostic[]): readonly Diagnostic[] => found.map((one) => (one.place === undefined ? one : { ...one, place: { ...one.place, file: fileInMesh(one.place.file) } }))
  if (replaced?.ok === false) return fail(...inMesh(replaced.diagnostics))
  const own = targets.filter(({ dataSet }) => dataSet.model !== undefined).map(({ dataSet }) => dataSet.name)
  const read = readProject(files, {
    settings: { ...meshSettings({
      product: product.name,
      plain: shown !== undefined,
      now: new Date(now),
      ...relationsNamed(product, dataSetsOf),
    }), ...(variables !== undefined && { vars: variables }) },
  })
  if (!read.ok) return fail(...inMesh(read.diagnostics))
  const nodes = nodesOfDataSets(read.value.project, own)
  return ok({ compiler: new CompilerOf(read.value.project, read.value.house), files, nodes, ...workOf(read.value.project, nodes, new Set(left)), inMesh })
}

/** The published snapshots of the product's own data sets, as `this` and snapshots of dbt see them. */
export async function pinOwn(lake: Lake, plan: ReadPlan): Promise<Result<readonly PinnedInput[]>> {
  const own: PinnedInput[] = []
  for (const { table, dataSet } of modelTargets(plan)) {
    const loaded = await loadTable(lake, table.name)
    if (!loaded.ok) return loaded
    const snapshot = loaded.value.currentSnapshot
    if (snapshot !== undefined) own.push({ product: plan.product.name, dataSet: dataSet.name, snapshot: snapshot.id })
  }
  return ok(own)
}

const MARKS: Readonly<Record<NodeResult['status'], string>> = { success: 'Built', pass: 'Passed', warn: 'Warned', fail: 'Failed', error: 'Failed', skipped: 'Skipped', 'no-op': 'Left' }

/** One line of a run's log. Of a data set the run says itself what it built. */
export const told = ({ id, status, message }: NodeResult): string => `${MARKS[status]} ${id}: ${message}`
