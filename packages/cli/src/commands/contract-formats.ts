// `tulle contract export|import|docs`: contracts in the words of others, and as pages for people.

import { basename, extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { Json, Result } from '@tulle/kernel'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import type { CsvType } from '../blueprint/types.ts'
import { readText, shownPath, textAnswer } from '../text-files.ts'
import type { World } from '../types.ts'

interface FormatOptions { readonly format: string; readonly out?: string }

const PAGES = ['markdown', 'html', 'mermaid']
const EXPORTS = ['odcs', 'json-schema', 'avro', 'dbt', 'data-contract-specification', 'protobuf', 'sql', 'iceberg', ...PAGES]
const IMPORTS = ['json-schema', 'avro', 'dbt', 'data-contract-specification', 'protobuf', 'sql', 'iceberg']

/** Adds the commands that read and write formats to the family. */
export function registerContractFormats(family: Command, world: World): void {
  const command = (name: string, description: string, formats: readonly string[], work: (options: FormatOptions, file: string) => Promise<Result<string>>): void => {
    const format = new Option('--format <format>', 'which format').choices([...formats])
    family.command(name).description(description)
      .argument('<file>', name === 'import' ? 'the document to read' : 'a contract in ODCS')
      .addOption(name === 'docs' ? format.default('markdown') : format.makeOptionMandatory())
      .option('--out <file>', 'write it to a new file')
      .action(act(world, async (options: FormatOptions, file: string): Promise<Result<Answer>> => {
        const text = await work(options, file)
        return text.ok ? textAnswer(world, options.out, text.value) : text
      }))
  }
  command('export', 'write a contract in a format of others', EXPORTS, ({ format }, file) => print(world, file, format))
  command('import', 'make a contract of a document of others', IMPORTS, ({ format }, file) => take(world, file, format))
  family.command('init').description('draft a contract from the rows of a CSV file; what the rows show is a beginning, not a promise')
    .argument('<data file>', 'CSV in UTF-8 whose first row names the columns')
    .option('--out <file>', 'write it to a new file')
    .action(act(world, async ({ out }: { readonly out?: string }, file: string): Promise<Result<Answer>> => {
      const text = await draft(world, file)
      return text.ok ? textAnswer(world, out, text.value) : text
    }))
  command('docs', 'print a contract for people', PAGES, ({ format }, file) => print(world, file, format))
}

const LOGICAL: Readonly<Record<CsvType, Json>> = {
  boolean: { logicalType: 'boolean' }, integer: { logicalType: 'integer' }, number: { logicalType: 'number' }, date: { logicalType: 'date' }, string: { logicalType: 'string' },
  timestamp: { logicalType: 'timestamp' }, timestamptz: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } },
}

async function draft(world: World, file: string): Promise<Result<string>> {
  const [{ nameFromTitle }, { exportContract }] = [await import('@tulle/model'), await import('@tulle/contracts')]
  const { inspectCsv } = await import('../blueprint/inspect-csv.ts')
  const found = await inspectCsv(resolve(world.folder, file))
  if (!found.ok) return found
  const name = nameFromTitle(basename(file, extname(file))) || 'data'
  const properties = found.value.columns.map(({ header, type, filled, unique }): Json => ({ name: header, ...(LOGICAL[type] as object), ...(filled && { required: true }), ...(unique && { unique: true }) }))
  return exportContract({ apiVersion: 'v3.1.0', kind: 'DataContract', id: name, version: '0.1.0', status: 'draft', schema: [{ name, properties }] }, 'odcs')
}

async function read<T>(world: World, file: string, parse: (text: string, shown: string) => Result<T>): Promise<Result<T>> {
  const text = await readText(world, file)
  return text.ok ? parse(text.value, shownPath(world, file)) : text
}

async function print(world: World, file: string, format: string): Promise<Result<string>> {
  const [{ parseContracts }, { exportContract }] = [await import('@tulle/model'), await import('@tulle/contracts')]
  const parsed = await read(world, file, parseContracts)
  return parsed.ok ? exportContract(parsed.value.document, format) : parsed
}

async function take(world: World, file: string, format: string): Promise<Result<string>> {
  const { exportContract, importContract } = await import('@tulle/contracts')
  const contract = await read<Json>(world, file, (text, shown) => importContract(text, shown, format))
  return contract.ok ? exportContract(contract.value, 'odcs') : contract
}
