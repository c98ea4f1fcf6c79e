// How long statements took, from the lines of the audit as they are written: counted in memory, kept every few seconds. A kill
// loses the last counts, never a line.

import type { Clock } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Buckets } from '../algebra/latency.ts'
import { bucketOf } from '../algebra/latency.ts'

const SLOT = 60_000
const KEEP_MILLISECONDS = 5_000
/** Of products, minutes and buckets together, while the database is away; later ones are not counted. */
const MOST_WAITING = 50_000

export interface LatencyCounts {
  /** One statement that was answered. */
  count(products: readonly string[], milliseconds: number, at: number): void
  keep(): Promise<void>
  close(): Promise<void>
}

export function countLatency({ db }: Pick<Store, 'db'>, clock: Clock, warn: (message: string) => void = () => undefined): LatencyCounts {
  const closing = new AbortController()
  let waiting = new Map<string, number>()
  const keep = async (): Promise<void> => {
    if (waiting.size === 0) return
    const taken = waiting
    waiting = new Map()
    const rows = [...taken].map(([key, statements]) => {
      const [product_id = '', at = '', bucket = ''] = key.split('\n')
      return { product_id, at: new Date(Number(at)), bucket: Number(bucket), statements: String(statements) }
    })
    try {
      for (let i = 0; i < rows.length; i += 1000) {
        await db.insertInto('statement_latency').values(rows.slice(i, i + 1000))
          .onConflict((c) => c.columns(['product_id', 'at', 'bucket']).doUpdateSet({ statements: sql`statement_latency.statements + excluded.statements` })).execute()
      }
    } catch (error) {
      // A part of them may be kept: counted twice is worse than not counted.
      warn(`what statements took could not be kept: ${String(error)}`)
    }
  }
  const running = (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(KEEP_MILLISECONDS, closing.signal)
      await keep()
    }
  })().catch(() => undefined)
  return {
    count(products, milliseconds, at) {
      for (const product of new Set(products)) {
        const key = `${product}\n${Math.floor(at / SLOT) * SLOT}\n${bucketOf(milliseconds)}`
        if (waiting.size < MOST_WAITING || waiting.has(key)) waiting.set(key, (waiting.get(key) ?? 0) + 1)
      }
    },
    keep,
    async close() {
      closing.abort(new Error('closed'))
      await running
      await keep()
    },
  }
}

/** Of statements that ended in `[from, to)`, to the minute. */
export async function readLatency(db: Kysely<Database>, productId: string, from: number, to: number): Promise<Buckets> {
  const rows = await db.selectFrom('statement_latency').select((e) => ['bucket', e.fn.sum<string>('statements').as('statements')])
    .where('product_id', '=', productId).where('at', '>=', new Date(from)).where('at', '<', new Date(to)).groupBy('bucket').execute()
  return new Map(rows.map(({ bucket, statements }) => [bucket, Number(statements)]))
}
