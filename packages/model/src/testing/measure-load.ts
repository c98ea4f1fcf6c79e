// Measures how long a mesh of a size takes to load: cold, unchanged, with one file changed, and from a cache on disk.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileParseCache } from '../file-parse-cache.ts'
import { loadMesh } from '../load-mesh.ts'
import { memoryParseCache } from '../parse-cache.ts'
import type { FindModelReads, MeshFiles } from '../types.ts'
import { generateMesh } from './generate-mesh.ts'
import { literalModelReads } from './literal-model-reads.ts'

/** Milliseconds, each the best of `rounds`. */
export interface LoadFigures { readonly products: number; readonly cold: number; readonly unchanged: number; readonly oneFileChanged: number; readonly fromDiskCache: number }

export async function measureLoad(products: number, options: { rounds?: number; modelReads?: FindModelReads } = {}): Promise<LoadFigures> {
  const { rounds = 3, modelReads = literalModelReads } = options
  const files = generateMesh(products)
  const cache = memoryParseCache()
  const best = (run: (round: number) => void): number => Math.min(...Array.from({ length: rounds }, (_, round) => timed(() => run(round))))
  const cold = best(() => loadMesh(files, { modelReads }))
  loadMesh(files, { modelReads, cache })
  const unchanged = best(() => loadMesh(files, { modelReads, cache }))
  const oneFileChanged = best((round) => loadMesh(withOneChange(files, round), { modelReads, cache }))
  const folder = await mkdtemp(join(tmpdir(), 'tulle-measure-'))
  try {
    const path = join(folder, 'parse-cache.json')
    const first = await fileParseCache(path)
    loadMesh(files, { modelReads, cache: first })
    await first.save()
    const started = performance.now()
    loadMesh(files, { modelReads, cache: await fileParseCache(path) })
    return { products, cold, unchanged, oneFileChanged, fromDiskCache: performance.now() - started }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function timed(run: () => void): number {
  const started = performance.now()
  run()
  return performance.now() - started
}

function withOneChange(files: MeshFiles, round: number): MeshFiles {
  const path = 'domains/domain_0/product_0/product.yaml'
  return new Map([...files, [path, (files.get(path) ?? '').replace('Product 0', `Product 0, changed ${round}`)]])
}
