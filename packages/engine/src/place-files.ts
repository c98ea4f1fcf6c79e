// A relation's data files and the delete files that hold for them → the same ones at the places where one process can read
// them.

import type { Relation, RelationFile } from './types.ts'

/** Every file that reading the relation needs, each once: those that its filter reads, and delete files, are among them. */
export const pathsOf = ({ files, rowFilter }: Relation): readonly string[] => pathsOfFiles([...files, ...(rowFilter?.reads ?? []).flatMap((read) => read.files)])

/** The relation with each path put through `place`, which is asked once for each. */
export async function placeRelation(relation: Relation, place: (path: string) => Promise<string>): Promise<Relation> {
  const placed = new Map(await Promise.all(pathsOf(relation).map(async (path): Promise<[string, string]> => [path, await place(path)])))
  const { files, rowFilter } = relation
  return {
    ...relation,
    files: placeFiles(files, placed),
    ...(rowFilter !== undefined && { rowFilter: { ...rowFilter, reads: rowFilter.reads.map((read) => ({ ...read, files: placeFiles(read.files, placed) })) } }),
  }
}

const pathsOfFiles = (files: readonly RelationFile[]): readonly string[] =>
  [...new Set(files.flatMap(({ path, positionDeletes = [], equalityDeletes = [] }) => [path, ...positionDeletes, ...equalityDeletes.map((deletes) => deletes.path)]))]

function placeFiles(files: readonly RelationFile[], placed: ReadonlyMap<string, string>): readonly RelationFile[] {
  const at = (path: string): string => placed.get(path) ?? path
  return files.map((file) => ({
    ...file,
    path: at(file.path),
    ...(file.positionDeletes !== undefined && { positionDeletes: file.positionDeletes.map(at) }),
    ...(file.equalityDeletes !== undefined && { equalityDeletes: file.equalityDeletes.map((deletes) => ({ ...deletes, path: at(deletes.path) })) }),
  }))
}
