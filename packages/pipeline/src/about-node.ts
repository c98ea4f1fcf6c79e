// What an engine says of a statement, said of the file that the statement was made of.

import type { Diagnostic } from '@tulle/kernel'
import type { Node } from '@tulle/dbt'
import type { Target } from './types.ts'
import type { OpenProject } from './dbt-project.ts'

/** The engine speaks of a statement, people know a file of the mesh. Lines are the template's only as far as nothing was expanded before. */
export function aboutNode(node: Node, target: Target | undefined, found: readonly Diagnostic[], inMesh: OpenProject['inMesh']): readonly Diagnostic[] {
  const what = target === undefined ? `"${node.name}" cannot be built` : `The model of ${target.address} cannot run`
  const [file] = inMesh([{ code: '', severity: 'error', message: '', place: { file: node.file, line: 1, column: 1 } }])
  return found.flatMap((one): readonly Diagnostic[] => {
    // What a contract says of a model names the file already.
    if (one.code.startsWith('model-column-')) return [one]
    // A program says itself where in its file it failed.
    if (one.code.startsWith('program-') || (target?.dataSet.model?.program !== undefined && one.place?.file === target.dataSet.model.file)) return [one]
    if (one.code.startsWith('dbt-') && one.place !== undefined) return inMesh([one])
    const { line = 1, column = 1, source } = one.place ?? {}
    const place = one.code === 'engine-file' && one.place !== undefined ? one.place : { file: file?.place?.file ?? node.file, line, column, ...(source !== undefined && { source }) }
    return [{ ...one, message: `${what}: ${one.message}`, place }]
  })
}
