// Which deletes hold for which data files, by the rules of the specification's scan planning: sequence numbers and
// partitions decide, and what a delete file says of the paths in it narrows that.

import type { DataFile, Lake, ManifestEntry, ScanFile, Table } from './types.ts'
import { compareValues, valueOfBytes } from './value-bytes.ts'
import { partitionKey } from './partition-key.ts'

/** The reserved id of the column of a position delete file that names the data file. */
const FILE_PATH_ID = 2_147_483_546

/** A data file, and how old its rows are. */
type Placed = Pick<ManifestEntry, 'file' | 'sequenceNumber'>

/** Gives every data file the deletes that hold for it. */
export function attachDeletes(lake: Lake, table: Table, data: readonly Placed[], deletes: readonly ManifestEntry[]): readonly ScanFile[] {
  if (deletes.length === 0) return data.map(({ file, sequenceNumber }) => ({ file, sequenceNumber, deletes: [] }))
  const unpartitioned = new Set(table.metadata.partitionSpecs.filter((s) => s.fields.every((f) => f.transform === 'void')).map((s) => s.specId))
  const isGlobal = ({ content, file }: ManifestEntry): boolean => content === 'equality-deletes' && unpartitioned.has(file.specId ?? 0)
  const everywhere = deletes.filter(isGlobal)
  const byPartition = Map.groupBy(deletes.filter((entry) => !isGlobal(entry)), (entry) => partitionKey(entry.file, table.metadata.defaultSpecId))
  return data.map((entry) => {
    const near = byPartition.get(partitionKey(entry.file, table.metadata.defaultSpecId)) ?? []
    const holding = [...everywhere, ...near].filter((deletion) => holds(lake, deletion, entry)).map((deletion) => deletion.file)
    // A deletion vector contains what older position deletes said of its file.
    const vector = holding.some((file) => file.vector !== undefined)
    return { file: entry.file, sequenceNumber: entry.sequenceNumber, deletes: vector ? holding.filter((f) => f.content === 'equality-deletes' || f.vector !== undefined) : holding }
  })
}

function holds(lake: Lake, deletion: ManifestEntry, data: Placed): boolean {
  // An equality delete spares the rows of its own commit, a position delete does not.
  if (deletion.content === 'equality-deletes') return data.sequenceNumber < deletion.sequenceNumber
  if (data.sequenceNumber > deletion.sequenceNumber) return false
  const { referencedDataFile } = deletion.file
  return referencedDataFile === undefined ? mayName(deletion.file, data.file.path) : isSame(lake, referencedDataFile, data.file.path)
}

/** Writers spell one address in several ways. */
function isSame({ objects }: Lake, a: string, b: string): boolean {
  if (a === b) return true
  const [first, second] = [objects.pathOf(a), objects.pathOf(b)]
  return first.ok && second.ok && first.value === second.value
}

function mayName({ lowerBounds, upperBounds }: DataFile, path: string): boolean {
  const [lower, upper] = [lowerBounds, upperBounds].map((bounds) => {
    const bytes = bounds?.get(FILE_PATH_ID)
    return bytes === undefined ? undefined : valueOfBytes('string', bytes)
  })
  return (lower === undefined || compareValues(lower, path) <= 0) && (upper === undefined || compareValues(path, upper) <= 0)
}
