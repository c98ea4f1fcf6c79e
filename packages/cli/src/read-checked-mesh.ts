// A mesh folder with everything that is wrong in it, found without a server.

import type { Result } from '@tulle/kernel'
import { ok, resultOf } from '@tulle/kernel'
import type { MeshModel } from '@tulle/model'
import { SqlParser } from './sql-parser.ts'

/** The outer result fails where the folder cannot be read, the inner one where the mesh has errors. */
export async function readCheckedMesh(folder: string): Promise<Result<Result<MeshModel>>> {
  // Loaded here, because most commands do without: they should not wait for it.
  const [{ lintMesh }, { loadMesh, readMeshFolder }, { readProductProject }, { checkMeshPolicies }, { checkMeshWorkflows }] = await Promise.all([import('@tulle/contracts'), import('@tulle/model'), import('@tulle/dbt'), import('@tulle/policy'), import('@tulle/workflow')])
  const files = await readMeshFolder(folder)
  if (!files.ok) return files
  const mesh = loadMesh(files.value, { modelReads: readProductProject })
  if (!mesh.ok) return ok(mesh)
  await using parser = new SqlParser()
  const contracts = await lintMesh(files.value, (sql) => parser.parse(sql))
  return ok(resultOf(mesh.value, [...mesh.diagnostics, ...contracts, ...checkMeshPolicies(mesh.value), ...await checkMeshWorkflows(mesh.value)]))
}
