// Models that nobody wrote, the other way: the rows that a row had a part in are those whose provenance it is among, asked one by one:
// node campaigns/influence.ts [--models 1000] [--seed 1] [--control].

import { conditionFor, MODEL_TABLES, provenanceOracle } from '@tulle/lineage/testing'
import { runnableModel } from './provenance.ts'
import { randomFrom } from './random-from.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'

export interface InfluenceOutcome extends CampaignOutcome {
  /** Rows that were asked about; of how many some rows of the result were named, and not all. */
  readonly asked: number
  readonly some: number
  readonly refused: Readonly<Record<string, number>>
  /** Where the engine could not run the query, and the table's own conditions stood in for it. */
  readonly widened: number
}

/** The control asks by conditions on the table alone, and so names rows whose provenance the row is not among. */
export async function influenceOfModels({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<InfluenceOutcome> {
  const oracle = await provenanceOracle()
  const violations: string[] = []
  const refused: Record<string, number> = {}
  let [asked, some, widened] = [0, 0, 0]
  for (let i = done; i < count; i += 1) {
    const random = randomFrom(seed * 1_000_003 + i)
    const { model } = await runnableModel(oracle, random)
    const tables = Object.keys(MODEL_TABLES).filter((name) => new RegExp(`\\b${name}\\b`, 'u').test(model))
    const table = tables[Math.floor(random() * tables.length)] ?? ''
    const rows = await oracle.rowsOf(`SELECT ${Object.entries(MODEL_TABLES[table] ?? {}).flatMap(([name, type]) => (type.endsWith('[]') ? [] : [name])).join(', ')} FROM ${table}`)
    const row = rows[Math.floor(random() * rows.length)] ?? {}
    const judged = await oracle.judgeInfluence(model, table, conditionFor(row, Object.keys(row)), control ? (one) => (one.kind === 'narrowed' ? { ...one, reads: one.reads.map((read) => ({ ...read, ...(read.alone !== undefined && { statement: read.alone.statement }) })) } : one) : undefined)
      .catch((error: unknown) => ({ violation: `${model}: ${String(error).slice(0, 200)}`, refused: undefined, widened: false, named: 0, all: 0 }))
    asked += 1
    if (judged.refused !== undefined) refused[judged.refused] = (refused[judged.refused] ?? 0) + 1
    if (judged.widened === true) widened += 1
    if (judged.named > 0 && judged.named < judged.all) some += 1
    if (judged.violation !== undefined) violations.push(`model ${i} of seed ${seed}: ${judged.violation}`)
    if (i % 20 === 19) progress?.(i + 1, violations)
    if (violations.length > 100) break
  }
  return { violations, asked, some, widened, refused }
}

if (import.meta.main) await runCampaign('influence', 'models', 1000, async (options) => {
  const outcome = await influenceOfModels(options)
  console.log(`${outcome.asked} rows asked about, ${outcome.some} of them with a part in some rows and not in all, ${outcome.widened} by more than those for the engine's sake, refused: ${JSON.stringify(outcome.refused)}`)
  return outcome
})
