// `tulle export airflow|dagster`: a file in Python by which an orchestrator that is there runs products. Needs no server.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { airflowDags } from '../export/airflow.ts'
import { dagsterDefinitions } from '../export/dagster.ts'
import { exportedProducts } from '../export/exported-products.ts'
import { writeExport } from '../export/write-export.ts'
import { counted } from '../format.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import type { OutputFormat, World } from '../types.ts'

const FORMATS = {
  airflow: { description: 'a DAG for each product, for Apache Airflow', file: 'tulle_dags.py', print: airflowDags },
  dagster: { description: 'an asset with a job for each product, for Dagster', file: 'tulle_definitions.py', print: dagsterDefinitions },
} as const

interface ExportOptions { readonly to: string; readonly folder?: string; readonly output?: OutputFormat }

export function registerExport(program: Command, world: World): void {
  const family = program.command('export').description('products for an orchestrator that is there')
  for (const [name, format] of Object.entries(FORMATS)) {
    withOutput(family.command(name)).description(`write ${format.description}; needs no server`)
      .argument('[product]', 'only this one; the whole mesh where none is named')
      .requiredOption('--to <folder>', 'where the file is written')
      .option('--folder <mesh>', 'the mesh folder, where this one lies in none')
      .action(act(world, (options: ExportOptions, product: string | undefined) => exportTo(world, format, options, product)))
  }
}

async function exportTo(world: World, { file, print }: (typeof FORMATS)[keyof typeof FORMATS], options: ExportOptions, product: string | undefined): Promise<Result<Answer>> {
  const folder = meshFolderOf(world, options.folder)
  if (!folder.ok) return folder
  const read = await readCheckedMesh(folder.value)
  if (!read.ok) return read
  if (!read.value.ok) return read.value
  const { name, products } = read.value.value
  if (product !== undefined && !products.has(product)) return fail(messages['no-such-product']({ product, hint: didYouMean(product, [...products.keys()]) }))
  const exported = exportedProducts(products, product)
  const written = writeExport(resolve(world.folder, options.to), file, print(name, exported))
  if (!written.ok) return written
  return ok({ json: { file, products: exported.map((one) => one['name'] ?? null) }, text: () => `Wrote ${counted(exported.length, 'product')} to ${file}. It asks the server that TULLE_URL names, with the API token in TULLE_TOKEN.` })
}
