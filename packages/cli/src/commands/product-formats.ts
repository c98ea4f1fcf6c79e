// `tulle product export|import`: whole products in the standards of others. Needs no server.

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ContractRead, ProductFiles } from '@tulle/contracts'
import type { Json, Result } from '@tulle/kernel'
import { counted, didYouMean, fail, ok } from '@tulle/kernel'
import type { DataProduct, MeshModel } from '@tulle/model'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import { writeNewFiles } from '../blueprint/write-new-files.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import { readText, shownPath, textAnswer } from '../text-files.ts'
import type { World } from '../types.ts'

const IMPORTS = ['odps', 'dpds']

interface ExportOptions { readonly format: string; readonly folder?: string; readonly out?: string }
interface ImportOptions { readonly format: string; readonly to: string }

/** Adds the commands to the family `product`. */
export function registerProductFormats(family: Command, world: World): void {
  family.command('export').description('write a product of the mesh folder in a standard of others; needs no server')
    .argument('<product>')
    .addOption(new Option('--format <format>', 'Bitol ODPS, the Data Product Descriptor of the Open Data Mesh, or an application of OAM').choices([...IMPORTS, 'oam']).makeOptionMandatory())
    .option('--folder <mesh>', 'the mesh folder, where this one lies in none')
    .option('--out <file>', 'write it to a new file')
    .action(act(world, exportTo(world)))
  family.command('import').description('make the folder of a product of a document of others; needs no server')
    .argument('<file>')
    .addOption(new Option('--format <format>', 'which standard').choices(IMPORTS).makeOptionMandatory())
    .requiredOption('--to <folder>', 'where product.yaml and its contracts are written')
    .action(act(world, importFrom(world)))
}

const exportTo = (world: World) => async ({ format, folder, out }: ExportOptions, name: string): Promise<Result<Answer>> => {
  const root = meshFolderOf(world, folder)
  if (!root.ok) return root
  const read = await readCheckedMesh(root.value)
  if (!read.ok) return read
  if (!read.value.ok) return read.value
  const mesh = read.value.value
  const product = mesh.products.get(name)
  if (product === undefined) return fail(messages['no-such-product']({ product: name, hint: didYouMean(name, [...mesh.products.keys()]) }))
  const text = await textOf(root.value, mesh, product, format)
  return text.ok ? textAnswer(world, out, text.value) : text
}

async function textOf(root: string, mesh: MeshModel, product: DataProduct, format: string): Promise<Result<string>> {
  const [{ asApplication, exportProduct }, { parseYaml }] = [await import('@tulle/contracts'), await import('@tulle/model')]
  const file = product.place.file
  const document = parseYaml(await readFile(join(root, file), 'utf8'), file)
  if (!document.ok) return document
  const files = { product: document.value.value as ProductFiles['product'], contracts: contractsOf(product) }
  if (format === 'oam') return ok(asApplication(files.product))
  const team = mesh.teams.get(product.team)?.title
  return exportProduct(files, { domain: mesh.domains.get(product.domain)?.title ?? product.domain, ...(team !== undefined && { team }), reads: readsOf(mesh, product) }, format)
}

const contractsOf = ({ dataSets }: DataProduct): ProductFiles['contracts'] =>
  new Map(dataSets.flatMap(({ name, contract }) => (contract === undefined ? [] : [[name, contract.document as ProductFiles['product']] as const])))

function readsOf(mesh: MeshModel, { inputPorts }: DataProduct): readonly ContractRead[] {
  return inputPorts.flatMap((port) => {
    if (port.kind !== 'product') return []
    const offered = (mesh.products.get(port.product)?.dataSets ?? []).filter(({ contract }) => contract !== undefined)
    const contract = (port.dataSet === undefined ? offered[0] : offered.find(({ name }) => name === port.dataSet))?.contract
    return contract === undefined ? [] : [{ port: port.name, contractId: contract.id, version: contract.version }]
  })
}

const importFrom = (world: World) => async ({ format, to }: ImportOptions, file: string): Promise<Result<Answer>> => {
  const [{ exportContract, importProduct, productText }, { nameFromTitle }] = [await import('@tulle/contracts'), await import('@tulle/model')]
  const text = await readText(world, file)
  if (!text.ok) return text
  const read = importProduct(text.value, shownPath(world, file), format)
  if (!read.ok) return read
  const contracts: { path: string; text: string }[] = []
  for (const [dataSet, contract] of read.value.contracts) {
    const printed = exportContract(contract as Json, 'odcs')
    if (!printed.ok) return printed
    contracts.push({ path: `contracts/${nameFromTitle(dataSet)}.odcs.yaml`, text: printed.value })
  }
  const written = writeNewFiles(resolve(world.folder, to), [{ path: 'product.yaml', text: productText(read.value.product) }, ...contracts])
  if (!written.ok) return written
  return ok({ json: { files: [...written.value] }, text: () => `Wrote ${counted(written.value.length, 'file')} to ${to}: ${written.value.join(', ')}. Its ports are described; "tulle validate" says what it lacks to be filled here.` })
}
