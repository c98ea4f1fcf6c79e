// A file of a table's metadata, for a table whose files lie elsewhere now: every address in it is written anew, and with it
// the lengths of the files that became longer or shorter by that. Nothing else changes, and nothing that it holds is lost.

import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { AvroComplex, AvroFile, AvroRecord, AvroSchema, AvroValue } from './avro-types.ts'
import type { ExactJson } from './types.ts'
import { ENTRY, LIST, PAIR_IDS } from './manifest-schema.ts'
import { messages } from './messages.ts'
import { parseExactJson, printExactJson } from './exact-json.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'

/** What addresses begin with, the last "/" included: where the files lay, and where they lie. */
export interface Relocation {
  readonly from: string
  readonly to: string
  /** Of the files that were written anew already, by their new address. */
  readonly lengths: ReadonlyMap<string, number>
}

/** Position delete files first, by whoever can; then manifests, then the lists that name them: their lengths stand in there. Metadata files hold no lengths. */
export async function relocateFile(kind: 'metadata' | 'manifest-list' | 'manifest', bytes: Uint8Array, file: string, relocation: Relocation): Promise<Result<Uint8Array>> {
  const move = mover(relocation)
  if (kind === 'metadata') return relocateMetadata(bytes, file, move)
  const avro = readAvroFile(bytes, file)
  if (!avro.ok) return avro
  const schema = schemaOf(avro.value)
  if (!isWritable(schema)) return fail(messages['file-not-relocatable']({ file, problem: 'its writer used a form of Avro that is only read here' }))
  const records: AvroRecord[] = []
  for (const record of avro.value.records) {
    const moved = kind === 'manifest' ? relocateEntry(record, file, move, relocation) : ok(relocateListed(record, move, relocation))
    if (!moved.ok) return moved
    records.push(moved.value)
  }
  const header = Object.fromEntries([...avro.value.header].filter(([key]) => !key.startsWith('avro.')).map(([key, value]) => [key, Buffer.from(value).toString('utf8')]))
  return ok(writeAvroFile(schema, records, header))
}

type Move = (address: string) => string

/** Writers spell one root in several ways. */
export function rootSpellings(root: string): readonly string[] {
  const path = /^file:\/\/(?<path>\/.*)$/u.exec(root)?.groups?.['path']
  const bucket = /^s3:\/\/(?<rest>.*)$/u.exec(root)?.groups?.['rest']
  return [root, ...(path === undefined ? [] : [`file:${path}`, path]), ...(bucket === undefined ? [] : [`s3a://${bucket}`, `s3n://${bucket}`])]
}

/** What is written is spelled as we do. */
function mover({ from, to }: Relocation): Move {
  const spellings = rootSpellings(from)
  return (address) => {
    const spelling = spellings.find((one) => address.startsWith(one))
    return spelling === undefined ? address : to + address.slice(spelling.length)
  }
}

async function relocateMetadata(bytes: Uint8Array, file: string, move: Move): Promise<Result<Uint8Array>> {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
  const text = packed ? await promisify(gunzip)(bytes).catch(() => undefined) : bytes
  if (text === undefined) return fail(messages['metadata-not-json']({ file, problem: 'it cannot be unpacked' }))
  const json = parseExactJson(Buffer.from(text).toString('utf8'), file)
  if (!json.ok) return json
  const moved = Buffer.from(printExactJson(moveTexts(json.value, move)), 'utf8')
  return ok(packed ? await promisify(gzip)(moved) : moved)
}

/** Any text may be an address: the table's own, of lists, logs and statistics, and of what a newer format adds. */
function moveTexts(value: ExactJson, move: Move): ExactJson {
  if (typeof value === 'string') return move(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly ExactJson[]).map((item) => moveTexts(item, move))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, moveTexts(inner, move)]))
}

function relocateListed(record: AvroRecord, move: Move, { lengths }: Relocation): AvroRecord {
  const path = move(String(record.get(LIST.path)))
  return new Map([...record, [LIST.path, path], [LIST.length, lengths.get(path) ?? record.get(LIST.length) ?? 0]])
}

const DELETED = 2
const POSITION_DELETES = 1
/** The column of a position delete file that names a data file, by the specification's reserved id. */
const FILE_PATH = 2_147_483_546

function relocateEntry(record: AvroRecord, file: string, move: Move, { lengths }: Relocation): Result<AvroRecord> {
  const old = record.get(ENTRY.file)
  if (!(old instanceof Map)) return fail(messages['manifest-invalid']({ file, problem: 'an entry has no "data_file"' }))
  const data = old as AvroRecord
  const path = move(String(data.get(ENTRY.path)))
  const length = lengths.get(path)
  const namesFiles = data.get(ENTRY.content) === POSITION_DELETES
  // What it holds are addresses: it has to be written anew too, and was not.
  if (namesFiles && length === undefined && record.get(ENTRY.status) !== DELETED) {
    return fail(messages['file-not-relocatable']({ file: String(data.get(ENTRY.path)), problem: 'it names data files by their old addresses, in a form that is only read here' }))
  }
  const referenced = data.get(REFERENCED)
  const moved: (readonly [number, AvroValue])[] = [[ENTRY.path, path]]
  if (typeof referenced === 'string') moved.push([REFERENCED, move(referenced)])
  if (length !== undefined) moved.push([ENTRY.bytes, length], [ENTRY.columnSizes, null], [SPLIT_OFFSETS, null])
  if (namesFiles) moved.push(...[ENTRY.lowerBounds, ENTRY.upperBounds].map((id) => [id, moveBound(data.get(id), id, move)] as const))
  return ok(new Map([...record, [ENTRY.file, new Map([...data, ...moved.filter(([id]) => data.has(id))])]]))
}
const REFERENCED = 143
const SPLIT_OFFSETS = 132

/** A bound is an address too, perhaps cut off; one that is cut off before it says where the warehouse is says nothing more. */
function moveBound(pairs: AvroValue | undefined, id: number, move: Move): AvroValue {
  if (!Array.isArray(pairs)) return pairs ?? null
  const [keyId, valueId] = PAIR_IDS[id] ?? [0, 0]
  return (pairs as readonly AvroValue[]).flatMap((pair): AvroValue[] => {
    if (!(pair instanceof Map) || pair.get(keyId) !== FILE_PATH) return [pair]
    const text = Buffer.from(pair.get(valueId) as Uint8Array).toString('utf8')
    const moved = move(text)
    return moved === text ? [] : [new Map<number | string, AvroValue>([...(pair as AvroRecord), [valueId, Buffer.from(moved, 'utf8')]])]
  })
}

const schemaOf = ({ header }: AvroFile): AvroSchema => JSON.parse(Buffer.from(header.get('avro.schema') ?? []).toString('utf8')) as AvroSchema

const WRITABLE: ReadonlySet<unknown> = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string', 'fixed'])

/** Whether what was read by a schema can be written by it: no enums, no maps, no names that stand for an earlier type. */
function isWritable(schema: AvroSchema): boolean {
  if (Array.isArray(schema)) {
    const branches = schema as readonly AvroSchema[]
    return branches.length <= 2 && branches.filter((branch) => branch !== 'null').length <= 1 && branches.every(isWritable)
  }
  if (typeof schema === 'string') return WRITABLE.has(schema)
  const { type, fields = [], items = 'null' } = schema as AvroComplex
  if (type === 'record') return fields.every((field) => isWritable(field.type))
  return type === 'array' ? isWritable(items) : WRITABLE.has(type)
}
