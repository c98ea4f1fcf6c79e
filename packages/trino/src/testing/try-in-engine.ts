// Runs what was printed for Trino in the engine, over rows that are written out. Where Trino has a word of its own, the engine's
// stands in for it here; what differs in meaning was printed so that both read it alike, which is what is tried.

import { looseWorker } from '@tulle/engine/testing'

export interface TriedSql {
  /** The rows of a query, each as a list. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>
  close(): Promise<void>
}

export async function tryInEngine(): Promise<TriedSql> {
  const worker = await looseWorker()
  return {
    rows: async (sql) => {
      const answer = await worker.answer(sql)
      if ('error' in answer) throw new Error(`${answer.error}\n${sql}`)
      return answer.rows as readonly (readonly unknown[])[]
    },
    close: () => worker.close(),
  }
}

/** Trino's words → the engine's. */
export function inEngineWords(sql: string): string {
  return sql
    .replaceAll('is_nan(', 'isnan(')
    .replaceAll('regexp_like(', 'regexp_matches(')
    .replaceAll('contains(ARRAY[', 'list_contains([')
    // Trino replaces every match, and takes \$ for a dollar.
    .replaceAll(/regexp_replace\((.*?), ('(?:[^']|'')*'), ('(?:[^']|'')*')\)/gu, (_, text: string, pattern: string, instead: string) => `regexp_replace(${text}, ${pattern}, ${instead.replaceAll('\\$', '$')}, 'g')`)
}
