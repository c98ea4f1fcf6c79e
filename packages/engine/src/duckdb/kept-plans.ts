// Plans of statements that ran to their end, kept with their connections for the next time the same text comes: binding a
// view of hundreds of columns takes longer than reading three of them. INVARIANT: no plan outlives the relations that it was
// made over; DuckDB looks at tables before it runs an old plan, and not at views.

import duckdb from '@duckdb/node-bindings'
import type { Connection, PreparedStatement } from '@duckdb/node-bindings'

export interface Plan { readonly sql: string; readonly connection: Connection; readonly statement: PreparedStatement; readonly epoch: number }

export interface KeptPlans {
  /** The relations are others from now on. */
  forgetAll(): void
  epoch(): number
  /** The plan of this text, which is the taker's alone. */
  take(sql: string): Plan | undefined
  /** Takes over a plan whose result was fetched to its end. */
  keep(plan: Plan): void
}

const KEPT = 16
const LONGEST = 20_000

export function keptPlans(): KeptPlans {
  const plans = new Map<string, Plan>()
  let epoch = 0
  return {
    forgetAll() {
      epoch += 1
      for (const plan of plans.values()) dropPlan(plan)
      plans.clear()
    },
    epoch: () => epoch,
    take(sql) {
      const found = plans.get(sql)
      plans.delete(sql)
      return found
    },
    keep(plan) {
      if (plan.epoch !== epoch || plans.has(plan.sql) || plan.sql.length > LONGEST) return dropPlan(plan)
      plans.set(plan.sql, plan)
      for (const oldest of plans.values()) {
        if (plans.size <= KEPT) break
        plans.delete(oldest.sql)
        dropPlan(oldest)
      }
    },
  }
}

export function dropPlan({ connection, statement }: Plan): void {
  duckdb.destroy_prepare_sync(statement)
  duckdb.disconnect_sync(connection)
}
