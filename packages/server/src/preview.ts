// Rows as somebody would see them under rights that are not there yet: the same gate, policy and engines as every port,
// for one question, with the policy as it would be.

import type { Audit } from '@tulle/audit'
import type { Asker, Authorizer, Governor } from '@tulle/gateway'
import { createAuthorizer, createGovernor } from '@tulle/gateway'
import type { Engine } from '@tulle/engine'
import type { Clock, Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake } from '@tulle/lake'
import type { Policy, RegoDesk } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { quoteIdentifier } from '@tulle/sql'
import { firstRows } from './first-rows.ts'
import type { FirstRows } from './first-rows.ts'
import { servedData } from './served-data.ts'

export interface PreviewOptions {
  readonly store: Store
  readonly lake: Lake
  readonly engine: Engine
  readonly audit: Audit
  readonly clock: Clock
  readonly folder: string
  /** Asks policies in Rego. */
  readonly rego: RegoDesk
  readonly environment: string
}

export interface Preview {
  /** How many rows there would be, and the first of them. */
  rows(table: { readonly product: string; readonly dataSet: string; readonly limit: number }, signal: AbortSignal): Promise<Result<{ readonly count: number; readonly columns: readonly string[]; readonly rows: readonly (readonly Json[])[] }>>
  close(): Promise<void>
}

/** `asker` is whom the grant would be for; `audit` is told who really looks. */
export function openPreview({ store, lake, engine, audit, clock, folder, rego: desk, environment }: PreviewOptions, { asker, policy, port }: { readonly asker: Asker; readonly policy: Policy; readonly port: 'sql' | 'rest' }): Preview {
  const authorizer: Authorizer = createAuthorizer({ rights: { version: () => 1, policy: () => policy, desk }, data: servedData({ store, lake, port }), clock, environment })
  // No slices: nobody asks again, and the end would wait for one that is being made.
  const governor: Governor = createGovernor({ authorizer, engine, audit, clock, folder, limits: { limit: 1, sliceMegabytes: 0 } })
  const read = (sql: string, limit: number, signal: AbortSignal): Promise<Result<FirstRows>> => firstRows(governor, async () => ok(asker), sql, { limit, signal })
  return {
    rows: async ({ product, dataSet, limit }, signal) => {
      const table = `${quoteIdentifier(product)}.${quoteIdentifier(dataSet)}`
      const counted = await read(`select count(*) from ${table}`, 1, signal)
      if (!counted.ok) return counted
      const shown = limit === 0 ? ok({ columns: [], rows: [] }) : await read(`select * from ${table} limit ${limit}`, limit, signal)
      return shown.ok ? ok({ count: Number(counted.value.rows[0]?.[0] ?? 0), columns: shown.value.columns.map(({ name }) => name), rows: shown.value.rows }) : shown
    },
    close: () => governor.close(),
  }
}
