// `tulle export airflow|dagster`: a file in Python by which an orchestrator that is there runs products; `tulle export flink`: statements
// that keep data sets in step elsewhere. Needs no server.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { counted, didYouMean, fail, ok } from '@tulle/kernel'
import type { MeshModel } from '@tulle/model'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { airflowDags } from '../export/airflow.ts'
import { dagsterDefinitions } from '../export/dagster.ts'
import { flinkFile } from '../export/flink.ts'
import { exportedProducts } from '../export/exported-products.ts'
import { writeExport } from '../export/write-export.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import { SqlParser } from '../sql-parser.ts'
import type { OutputFormat, World } from '../types.ts'

const FORMATS = {
  airflow: { description: 'a DAG for each product, for Apache Airflow', file: 'tulle_dags.py', print: airflowDags },
  dagster: { description: 'an asset with a job for each product, for Dagster', file: 'tulle_definitions.py', print: dagsterDefinitions },
} as const

interface ExportOptions { readonly to: string; readonly folder?: string; readonly output?: OutputFormat }

export function registerExport(program: Command, world: World): void {
  const family = program.command('export').description('products for an orchestrator or a stream engine that is there')
  for (const [name, format] of Object.entries(FORMATS)) {
    withOutput(family.command(name)).description(`write ${format.description}; needs no server`)
      .argument('[product]', 'only this one; the whole mesh where none is named')
      .requiredOption('--to <folder>', 'where the file is written')
      .option('--folder <mesh>', 'the mesh folder, where this one lies in none')
      .action(act(world, (options: ExportOptions, product: string | undefined) => exportTo(world, format, options, product)))
  }
  withOutput(family.command('flink')).description('write Flink SQL that keeps continuous data sets in step in topics of Kafka; needs no server')
    .argument('[product]', 'only its data sets; those of the whole mesh where none is named')
    .requiredOption('--to <folder>', 'where the file is written')
    .option('--folder <mesh>', 'the mesh folder, where this one lies in none')
    .option('--application <name>', 'the process domain whose topics are read, where several Kafka ports offer a data set')
    .option('--fill', 'put the values of the environment in the places of names: a file that only its owner may read')
    .action(act(world, (options: FlinkOptions, product: string | undefined) => exportFlink(world, options, product)))
}

interface FlinkOptions extends ExportOptions { readonly application?: string; readonly fill?: boolean }

const FLINK_FILE = 'tulle_flink.sql'

async function exportFlink(world: World, { application, fill = false, ...options }: FlinkOptions, product: string | undefined): Promise<Result<Answer>> {
  const mesh = await meshToExport(world, options, product)
  if (!mesh.ok) return mesh
  await using parser = new SqlParser()
  const file = await flinkFile(mesh.value.products, { application, product, ...(fill && { environment: world.environment }) }, (sql) => parser.parse(sql))
  if (!file.ok) return file
  const written = writeExport(resolve(world.folder, options.to), FLINK_FILE, file.value.text, fill ? OWNER_ALONE : undefined)
  if (!written.ok) return written
  const remains = fill ? 'It holds secrets: nobody but you may read it.' : 'Fill in the names in ${} before it is run.'
  return ok({ json: { file: FLINK_FILE, dataSets: [...file.value.dataSets] }, text: () => `Wrote ${counted(file.value.dataSets.length, 'data set')} to ${FLINK_FILE}. ${remains}` })
}

const OWNER_ALONE = 0o600

async function meshToExport(world: World, options: ExportOptions, product: string | undefined): Promise<Result<MeshModel>> {
  const folder = meshFolderOf(world, options.folder)
  if (!folder.ok) return folder
  const read = await readCheckedMesh(folder.value)
  if (!read.ok) return read
  if (!read.value.ok) return read.value
  const { products } = read.value.value
  if (product !== undefined && !products.has(product)) return fail(messages['no-such-product']({ product, hint: didYouMean(product, [...products.keys()]) }))
  return read.value
}

async function exportTo(world: World, { file, print }: (typeof FORMATS)[keyof typeof FORMATS], options: ExportOptions, product: string | undefined): Promise<Result<Answer>> {
  const mesh = await meshToExport(world, options, product)
  if (!mesh.ok) return mesh
  const { name, products } = mesh.value
  const exported = exportedProducts(products, product)
  const written = writeExport(resolve(world.folder, options.to), file, print(name, exported))
  if (!written.ok) return written
  return ok({ json: { file, products: exported.map((one) => one['name'] ?? null) }, text: () => `Wrote ${counted(exported.length, 'product')} to ${file}. It asks the server that TULLE_URL names, with the API token in TULLE_TOKEN.` })
}
