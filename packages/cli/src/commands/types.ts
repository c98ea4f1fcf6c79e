// `tulle types`: the types of what models in TypeScript read and give, beside them, for their authors' editors. Needs no server.

import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerTypes(program: Command, world: World): void {
  withOutput(program.command('types'))
    .description('write the types of what models in TypeScript read and give, from the contracts; needs no server')
    .argument('[folder]', 'the mesh folder', '.')
    .action(act(world, (_: { output?: OutputFormat }, folder: string) => writeTypes(world, folder)))
}

async function writeTypes(world: World, folder: string): Promise<Result<Answer>> {
  const [{ loadMesh, programTypes, readMeshFolder }, { readProductProject }] = await Promise.all([import('@tulle/model'), import('@tulle/dbt')])
  const root = resolve(world.folder, folder)
  const files = await readMeshFolder(root)
  if (!files.ok) return files
  const mesh = loadMesh(files.value, { modelReads: readProductProject })
  if (!mesh.ok) return mesh
  const written: string[] = []
  let count = 0
  for (const product of mesh.value.products.values()) {
    for (const dataSet of product.dataSets) {
      const text = programTypes(mesh.value, product, dataSet)
      if (text === undefined || dataSet.model === undefined) continue
      count += 1
      const path = dataSet.model.file.replace(/\.ts$/u, '.types.d.ts')
      if ((await readFile(join(root, path), 'utf8').catch(() => '')) === text) continue
      await writeFile(join(root, path), text)
      written.push(path)
    }
  }
  return ok({ text: () => (written.length === 0 ? `The types of ${counted(count, 'model')} are as they should be.` : written.map((path) => `Wrote ${path}`).join('\n')), json: { written } })
}
