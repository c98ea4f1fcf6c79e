// Data files and the delete files that hold for them → the same ones at the places where one process can read them.

import type { RelationFile } from './types.ts'

/** Every file that reading these needs, delete files included, each once. */
export const relationPaths = (files: readonly RelationFile[]): readonly string[] =>
  [...new Set(files.flatMap(({ path, positionDeletes = [], equalityDeletes = [] }) => [path, ...positionDeletes, ...equalityDeletes.map((deletes) => deletes.path)]))]

/** The files with each path put through `place`, which is asked once for each. */
export async function placeFiles(files: readonly RelationFile[], place: (path: string) => Promise<string>): Promise<readonly RelationFile[]> {
  const paths = relationPaths(files)
  const placed = new Map(await Promise.all(paths.map(async (path): Promise<[string, string]> => [path, await place(path)])))
  const at = (path: string): string => placed.get(path) ?? path
  return files.map((file) => ({
    ...file,
    path: at(file.path),
    ...(file.positionDeletes !== undefined && { positionDeletes: file.positionDeletes.map(at) }),
    ...(file.equalityDeletes !== undefined && { equalityDeletes: file.equalityDeletes.map((deletes) => ({ ...deletes, path: at(deletes.path) })) }),
  }))
}
