// What connected ports bring, drawn into the run's folder. Where a port brings only what is new, it goes on from where the
// published version says that it stopped: that stands in the version's recipe, so the two can never differ, not after a crash
// and not after a rollback.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok, sha256 } from '@tulle/kernel'
import type { ConnectedInputPort } from '@tulle/model'
import { isIncremental } from '@tulle/model'
import type { Snapshot, Table } from '@tulle/lake'
import { ancestorsOf, loadTable } from '@tulle/lake'
import { draw } from '@tulle/sources'
import type { Drawn, DrawRequest } from '@tulle/sources'
import type { DrawnInput, IngestedPort, Range, Session, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { withoutSecrets } from './code-fingerprint.ts'
import { drawDeliveries } from './draw-deliveries.ts'
import { drawLocal } from './draw-local.ts'
import { drawUsage } from './draw-usage.ts'
import { readRecipe } from './recipe.ts'
import { RUN_SUMMARY } from './run-summary.ts'
import { messages } from './messages.ts'

export interface DrawnPort {
  readonly port: ConnectedInputPort
  readonly files: Drawn['files']
  readonly input: DrawnInput
  /** Equal exactly where nothing new came. */
  readonly fingerprint: string
  readonly told: string
}

/** Draws every connected port of the plan; with `isWhole` also what others say is as it was. What is wrong with several is told at once. */
export async function drawPorts(workshop: Workshop, session: Session, plan: ReadPlan, signal: AbortSignal, { isWhole = false, range }: DrawingOptions = {}): Promise<Result<readonly DrawnPort[]>> {
  const drawn: DrawnPort[] = []
  const diagnostics: Diagnostic[] = []
  for (const port of plan.connected) {
    const one = await drawPort(workshop, session, plan, { port, signal, isWhole, range: port.settings['cursor'] === undefined ? undefined : range })
    if (one.ok) drawn.push(one.value)
    else diagnostics.push(...one.diagnostics)
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(drawn)
}

interface ToDraw { readonly port: ConnectedInputPort; readonly signal: AbortSignal; readonly isWhole: boolean; readonly range: Range | undefined }

export interface DrawingOptions { readonly isWhole?: boolean; readonly range?: Range | undefined }

/** A backfill needs a port with a cursor, whose column the data set has. */
export function checkBackfill({ product, connected, targets }: ReadPlan): Result<void> {
  const port = connected.find(({ settings }) => settings['cursor'] !== undefined)
  const has = targets.some(({ dataSet, contract }) => dataSet.from === port?.name && contract.columns.some(({ name }) => name === port?.settings['cursor']))
  return has ? ok(undefined) : fail(messages['backfill-unfit']({ product: product.name }))
}

async function drawPort(workshop: Workshop, { inFolder }: Session, plan: ReadPlan, { port, signal, isWhole, range }: ToDraw): Promise<Result<DrawnPort>> {
  const target = isIncremental(port) ? targetOf(plan, port) : undefined
  // All data sets of a product are published together, with one recipe.
  const anchor = target ?? (isWhole ? undefined : plan.targets[0])
  const before = anchor === undefined ? ok(undefined) : await stoppedAt(workshop, plan, port, { anchor, target })
  if (!before.ok) return before
  if (range !== undefined && before.value === undefined) return fail(messages['backfill-too-early']({ port: `${plan.product.name}.${port.name}` }))
  const keys = (target?.contract.columns ?? []).filter(({ primaryKey }) => primaryKey !== undefined).toSorted((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0)).map(({ name }) => name)
  const isLocal = port.system === 'files' && !/^(?:s3|https?):\/\//u.test(String(port.settings['path']))
  const request: DrawRequest = {
    owner: plan.definition.id, port: `${plan.product.name}.${port.name}`, settings: port.settings, keys, folder: inFolder, name: `${port.name}.drawn`, signal,
    ...(before.value?.state !== undefined && { before: before.value.state }),
    ...(range !== undefined && { range }),
  }
  const came = await (port.system === 'webhook' ? drawDeliveries(workshop.store, workshop.sources.limits, request) : port.system === 'usage' ? drawUsage(workshop, request) : isLocal ? drawLocal(workshop.meshFolder, request) : draw(workshop.sources, port.system, request))
  if (!came.ok) return came
  const { files, columns, mode, state, told } = came.value
  const base = mode === 'replace' || mode === 'same' || target === undefined ? undefined : { dataSet: target.dataSet.name, snapshot: before.value?.base ?? '' }
  const input: DrawnInput = {
    ...(mode === 'reload' && range !== undefined && { range: { ...range, column: String(port.settings['cursor']) } }),
    mode, keys, reads: sourceFingerprint(port, target), ...(columns !== undefined && { columns }), ...(state !== undefined && { state }), ...(base !== undefined && { base }),
  }
  const fingerprint = state === undefined ? files.map((file) => file.sha256).toSorted().join(' ') : fingerprintOf({ reads: input.reads, state })
  return ok({ port, files, input, told, fingerprint: fingerprint === '' ? sha256('') : fingerprint })
}

/** As the run's folder holds it. */
export const ingestedOfDrawn = ({ port, files, input }: DrawnPort): IngestedPort => ({
  port: port.name, copies: files.map(({ name }) => name), shown: files.map(({ shown }) => shown), bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), drawn: input,
})

const targetOf = (plan: ReadPlan, port: ConnectedInputPort): Target | undefined => plan.targets.find(({ dataSet }) => dataSet.from === port.name && dataSet.model === undefined)

/** What is read, and not who asks: a port that reads something else begins anew. */
function sourceFingerprint({ system, settings }: ConnectedInputPort, target: Target | undefined): string {
  // A database still has what other columns or another key need. Files and pages of an API may be gone.
  const columns = system === 'postgres' || system === 'mysql' ? (target?.contract.columns ?? []).map(({ name, type, primaryKey }) => [name, type, primaryKey ?? null]) : []
  return fingerprintOf({ system, settings: withoutSecrets(settings), columns })
}

interface Stopped { readonly state: Json; readonly base: string }

/** Where the published version of the data set stopped; undefined where the port has to begin. */
async function stoppedAt({ lake, objects }: Workshop, plan: ReadPlan, port: ConnectedInputPort, { anchor, target }: { readonly anchor: Target; readonly target: Target | undefined }): Promise<Result<Stopped | undefined>> {
  const table = await loadTable(lake, anchor.table.name)
  if (!table.ok) return table
  const main = table.value.currentSnapshot
  const made = main === undefined ? undefined : newestOfRun(table.value, main)
  const name = made?.summary[RUN_SUMMARY.recipe]
  if (main === undefined || name === undefined) return ok(undefined)
  const recipe = await readRecipe(objects, plan.definition.id, name)
  // To begin anew would bring everything twice where the data set cannot tell, so this is not passed over.
  if (!recipe.ok) return fail(messages['drawn-state-lost']({ port: `${plan.product.name}.${port.name}`, dataSet: anchor.address }), ...recipe.diagnostics)
  const drawn = recipe.value.ports.find((one) => one.port === port.name)?.drawn
  return ok(drawn?.state === undefined || drawn.reads !== sourceFingerprint(port, target) ? undefined : { state: drawn.state, base: main.id })
}

/** Others may have written on top of what a run published. */
const newestOfRun = (table: Table, main: Snapshot): Snapshot | undefined => ancestorsOf(table, main.id).find(({ summary }) => summary[RUN_SUMMARY.recipe] !== undefined)
