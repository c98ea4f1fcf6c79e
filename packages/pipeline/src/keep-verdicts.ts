// What checks said is kept beyond the run: by product, data set, check and time.

import type { CheckPlan, HistoryPoint, Verdict } from '@tulle/quality'
import type { Store } from '@tulle/store'

/** Of one data set in a run; a step that is taken again says it anew. */
export async function keepVerdicts({ db }: Pick<Store, 'db'>, { runId, product, dataSet }: { readonly runId: string; readonly product: string; readonly dataSet: string }, verdicts: readonly Verdict[]): Promise<void> {
  const told = new Map(verdicts.map((verdict) => [verdict.check, verdict]))
  const rows = [...told.values()].map(({ check, status, action, measured, failing, rows: all, band, sentence }) => ({
    run_id: runId, product, data_set: dataSet, check_name: check, status, action,
    measured: measured ?? null, failing: failing === undefined ? null : String(failing), rows: all === undefined ? null : String(all),
    band: band === undefined ? null : JSON.stringify(band), sentence: sentence.slice(0, 1_000),
  }))
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('check_verdict').where('run_id', '=', runId).where('data_set', '=', dataSet).execute()
    for (let at = 0; at < rows.length; at += 500) await tx.insertInto('check_verdict').values(rows.slice(at, at + 500)).execute()
  })
}

/** Two years of days, and some. */
const MOST_POINTS = 800

/**
 * What was measured before, oldest first, by each check that is held against it. What was refused is no history: a wrong
 * delivery that is sent again and again does not become usual.
 */
export async function historyOf({ db }: Pick<Store, 'db'>, { product, dataSet, runId }: { readonly product: string; readonly dataSet: string; readonly runId: string }, plan: CheckPlan): Promise<ReadonlyMap<string, readonly HistoryPoint[]>> {
  const history = new Map<string, readonly HistoryPoint[]>()
  for (const { name, bound, warn, change } of plan.checks) {
    if (change === undefined && bound.operator !== 'usual' && warn?.operator !== 'usual') continue
    const rows = await db.selectFrom('check_verdict').select(['at', 'measured'])
      .where('product', '=', product).where('data_set', '=', dataSet).where('check_name', '=', name).where('run_id', '!=', runId)
      .where('measured', 'is not', null).where((where) => where.or([where('status', '!=', 'fail'), where('action', '!=', 'block')]))
      .orderBy('at', 'desc').limit(MOST_POINTS).execute()
    history.set(name, rows.toReversed().map(({ at, measured }) => ({ at: at.getTime(), value: Number(measured) })))
  }
  return history
}
