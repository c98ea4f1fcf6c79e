// Models that nobody wrote: of some rows of each, the input rows that are named make them again, alone:
// node campaigns/provenance.ts [--models 1000] [--seed 1] [--control].

import { conditionFor, provenanceOracle, randomModel } from '@tulle/lineage/testing'
import type { ProvenanceOracle, Random } from '@tulle/lineage/testing'
import { randomFrom } from './random-from.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'

export interface ProvenanceOutcome extends CampaignOutcome {
  /** Rows that were asked about; how many of them by rows of their own, and not by all that there are. */
  readonly asked: number
  readonly narrowed: number
  readonly refused: Readonly<Record<string, number>>
  /** Where the engine could not run a query, and the table's own conditions stood in for it. */
  readonly widened: number
}

const ROWS_OF_EACH = 3

/** The control leaves out the rows of one of the tables that have a part: of a join, the partner. */
export async function provenanceOfModels({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<ProvenanceOutcome> {
  const oracle = await provenanceOracle()
  const violations: string[] = []
  const refused: Record<string, number> = {}
  let [asked, narrowed, widened] = [0, 0, 0]
  for (let i = done; i < count; i += 1) {
    const random = randomFrom(seed * 1_000_003 + i)
    const { model, rows } = await runnableModel(oracle, random)
    for (let k = 0; k < Math.min(ROWS_OF_EACH, rows.length); k += 1) {
      const row = rows[Math.floor(random() * rows.length)] ?? {}
      const columns = Object.keys(row)
      const some = random() < 0.5 ? columns : columns.filter(() => random() < 0.5)
      const judged = await oracle.judge(model, conditionFor(row, some.length === 0 ? columns.slice(0, 1) : some), control ? (one) => (one.kind === 'narrowed' && one.reads.length > 1 ? { ...one, reads: one.reads.slice(0, -1) } : one) : undefined)
        .catch((error: unknown) => ({ violation: `${model}: ${String(error).slice(0, 200)}`, refused: undefined, widened: false, named: 0, all: 0 }))
      asked += 1
      if (judged.refused !== undefined) refused[judged.refused] = (refused[judged.refused] ?? 0) + 1
      if (judged.widened === true) widened += 1
      if (judged.named < judged.all) narrowed += 1
      if (judged.violation !== undefined) violations.push(`model ${i} of seed ${seed}: ${judged.violation}`)
    }
    if (i % 20 === 19) progress?.(i + 1, violations)
    if (violations.length > 100) break
  }
  return { violations, asked, narrowed, widened, refused }
}

/** The first one that the engine itself can run, and that has rows to ask about. */
export async function runnableModel(oracle: ProvenanceOracle, random: Random): Promise<{ readonly model: string; readonly rows: Awaited<ReturnType<ProvenanceOracle['rowsOf']>> }> {
  for (;;) {
    const model = randomModel(random)
    const rows = await oracle.rowsOf(model).catch(() => undefined)
    if (rows !== undefined && rows.length > 0) return { model, rows }
  }
}

if (import.meta.main) await runCampaign('provenance', 'models', 1000, async (options) => {
  const outcome = await provenanceOfModels(options)
  console.log(`${outcome.asked} rows asked about, ${outcome.narrowed} of them made by some rows of their inputs, ${outcome.widened} by more than those for the engine's sake, refused: ${JSON.stringify(outcome.refused)}`)
  return outcome
})
