// One text for each partition, so that files of the same one are found together.

import type { DataFile, Value } from './types.ts'

/** Equal for files of the same spec whose partition values are equal. A new file is of the table's default spec. */
export const partitionKey = ({ specId, partition = [] }: Pick<DataFile, 'specId' | 'partition'>, defaultSpecId: number): string =>
  JSON.stringify([specId ?? defaultSpecId, ...partition.map(printed)])

function printed(value: Value | null): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  // Zero is printed without its sign: both are the same partition.
  return `${typeof value === 'string' ? 's' : 'v'}${String(value)}`
}
