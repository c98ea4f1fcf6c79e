// Which way of reading an output port stands for.

import type { PortKind } from './types.ts'

/** SQL reads by name and converts; whoever takes Parquet or CSV from a REST port, or files, reads files; what is offered elsewhere may be messages. */
const KINDS: Readonly<Record<string, PortKind>> = { sql: 'sql', rest: 'files', files: 'files', stream: 'stream', kafka: 'stream', external: 'stream' }

/** Each way once in which ports offer the data set, in a fixed order. What is offered elsewhere is of every data set. */
export function portKindsOf(ports: Iterable<{ readonly kind: string; readonly dataSets: readonly string[] }>, dataSet: string): readonly PortKind[] {
  const kinds = new Set<PortKind | undefined>()
  for (const { kind, dataSets } of ports) if (kind === 'external' || dataSets.includes(dataSet)) kinds.add(Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined)
  return (['sql', 'files', 'stream'] as const).filter((port) => kinds.has(port))
}
