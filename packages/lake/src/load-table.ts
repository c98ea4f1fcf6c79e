// A table as the catalogue has it now.

import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Pointer, Table, TableMetadata, TableName } from './types.ts'
import { checkInside, printTableName, tableOf } from './table.ts'
import { messages } from './messages.ts'
import { parseMetadata } from './parse-metadata.ts'

const MAX_UNPACKED = 512 * 1024 * 1024

/** Loads a table; an unknown name is `table-missing`. */
export async function loadTable(lake: Lake, name: TableName): Promise<Result<Table>> {
  const pointer = await lake.catalog.find(name)
  if (pointer === undefined) {
    const known = (await lake.catalog.list(name.namespace)).map(printTableName)
    return fail(messages['table-missing']({ table: printTableName(name), known }))
  }
  const metadata = await readMetadata(lake, pointer)
  return metadata.ok ? ok(tableOf(name, pointer.metadataLocation, metadata.value, pointer)) : metadata
}

async function readMetadata(lake: Lake, pointer: Pointer): Promise<Result<TableMetadata>> {
  const file = pointer.metadataLocation
  const metadata = await readMetadataFile(lake, file)
  if (!metadata.ok) return metadata
  const inside = checkInside(lake, metadata.value.location, file, 'the catalogue')
  if (!inside.ok) return inside
  // Version 1 may have no identity of its own; the catalogue's then holds.
  const found = metadata.value.uuid === '' ? pointer.uuid : metadata.value.uuid
  if (found !== pointer.uuid) return fail(messages['metadata-of-another-table']({ file, expected: pointer.uuid, found }))
  return ok(found === metadata.value.uuid ? metadata.value : { ...metadata.value, uuid: found })
}

/** What a metadata file says, plain or packed; which table it is of is the caller's to check. */
export async function readMetadataFile(lake: Lake, file: string): Promise<Result<TableMetadata>> {
  const remembered = lake.memory.get(file)
  if (remembered !== undefined) return ok(remembered)
  const bytes = await lake.objects.read(file)
  if (!bytes.ok) return bytes
  const text = await textOf(bytes.value, file)
  if (!text.ok) return text
  const metadata = parseMetadata(text.value, file)
  if (metadata.ok) lake.memory.put(file, metadata.value)
  return metadata
}

async function textOf(bytes: Uint8Array, file: string): Promise<Result<string>> {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
  try {
    const plain = packed ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED }) : bytes
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(plain))
  } catch {
    return fail(messages['metadata-not-json']({ file, problem: packed ? 'it cannot be unpacked' : 'it is not UTF-8' }))
  }
}
