// The types of what a program reads and of the rows that it gives, for its author's editor: from the contracts, as TypeScript.

import type { ContractColumn, DataProduct, DataSet, MeshModel, Program } from '../types.ts'

/** Beside the model, as `<data set>.types.d.ts`. Pure. */
export function programTypes(mesh: Pick<MeshModel, 'products'>, product: DataProduct, dataSet: DataSet): string | undefined {
  const program = dataSet.model?.program
  if (program === undefined || program.kind !== 'typescript') return undefined
  const inputs = program.reads.map((read) => ({ name: read.name, columns: columnsRead(mesh, product, read) }))
  return [
    '// Written by "tulle types" from the contracts. Nothing of it is there when the model runs.',
    '',
    "import type { RecordBatch, Table } from 'apache-arrow'",
    '',
    '/** Rows as batches of Arrow, as plain values, or all at once. */',
    'interface Input<R> extends Iterable<RecordBatch> {',
    '  rows(): Iterable<R>',
    '  table(): Table',
    '}',
    '',
    'export interface Inputs {',
    ...inputs.map(({ name, columns }) => `  readonly ${keyOf(name)}: Input<${columns === undefined ? 'Record<string, unknown>' : `{\n${membersOf(columns, READ, '    ')}\n  }`}>`),
    '}',
    '',
    '/** What the contract promises. */',
    'export interface Row {',
    membersOf(dataSet.contract?.columns ?? [], GIVEN, '  '),
    '}',
    '',
    'export interface Run {',
    '  /** ISO 8601, UTC. */',
    '  readonly now: string',
    '  readonly parameters: Readonly<Record<string, unknown>>',
    '}',
    '',
  ].join('\n')
}

/** Undefined where nobody promises columns: what a port brings. */
function columnsRead({ products }: Pick<MeshModel, 'products'>, product: DataProduct, { ref, source }: Program['reads'][number]): readonly ContractColumn[] | undefined {
  const port = product.inputPorts.find(({ name }) => name === source)
  const [owner, name] = port?.kind === 'product' ? [port.product, port.dataSet] : ref === undefined ? [undefined, undefined] : [ref.product ?? (product.dataSets.some((one) => one.name === ref.name) ? product.name : ref.name), ref.name]
  const offered = owner === undefined ? [] : products.get(owner)?.dataSets ?? []
  const found = offered.find((one) => one.name === (name ?? owner)) ?? (name === undefined && offered.length === 1 ? offered[0] : undefined)
  return found?.contract?.columns
}

const READ: Readonly<Record<string, string>> = { boolean: 'boolean', int: 'number', long: 'number', float: 'number', double: 'number', binary: 'Uint8Array' }
/** Dates and times may be given as dates, whole numbers with all of their digits. */
const GIVEN: Readonly<Record<string, string>> = { ...READ, long: 'number | bigint', date: 'string | Date', timestamp: 'string | Date', timestamptz: 'string | Date' }

function membersOf(columns: readonly ContractColumn[], types: Readonly<Record<string, string>>, indent: string): string {
  return columns.map(({ name, type, required, description }) => {
    const said = description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /').replaceAll(/\s+/gu, ' ')} */\n`
    const spelled = types[type] ?? (/^(?:list|struct|map)\b/u.test(type) ? 'unknown' : 'string')
    return `${said}${indent}readonly ${keyOf(name)}${types === GIVEN && !required ? '?' : ''}: ${spelled}${required || spelled === 'unknown' ? '' : ' | null'}`
  }).join('\n')
}

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/u.test(name) ? name : JSON.stringify(name))
