// Reads a table of the Iceberg catalogue as a client does that knows nothing but the protocol: metadata from the catalogue, files
// from wherever that says, by the credentials that it gives. Nothing is kept from one reading to the next.

import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadTable, memoryCatalog, openLake, parseMetadata, planScan } from '@tulle/lake'
import type { TableMetadata } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { openS3Objects } from '@tulle/objects'

export interface LoadedTable {
  readonly status: number
  /** As it was answered. */
  readonly text: string
  readonly metadataLocation: string
  readonly metadata: TableMetadata
  readonly config: Readonly<Record<string, string>>
}

export async function loadOverHttp(url: string, authorization: string, [namespace, table]: readonly [string, string]): Promise<LoadedTable | { readonly status: number; readonly text: string }> {
  const answer = await fetch(`${url}/iceberg/v1/namespaces/${namespace}/tables/${table}`, { headers: { authorization } })
  const text = await answer.text()
  if (!answer.ok) return { status: answer.status, text }
  const { 'metadata-location': metadataLocation, config } = JSON.parse(text) as { 'metadata-location': string; config: Record<string, string> }
  // Ids of snapshots are larger than JSON's numbers are exact.
  const written = /"metadata":(?<metadata>\{.*\}),"config":/su.exec(text)?.groups?.['metadata'] ?? ''
  return { status: answer.status, text, metadataLocation, metadata: valueOf(parseMetadata(written, metadataLocation)), config }
}

/** The bucket as these credentials open it. */
export async function objectsOf({ config }: Pick<LoadedTable, 'config'>, folder: string): Promise<Objects> {
  const setting = (name: string): string => config[name] ?? ''
  return valueOf(await openS3Objects({
    endpoint: setting('s3.endpoint'), bucket: 'tulle-tables', style: 'path', region: setting('s3.region'), prefix: '', isOthers: true,
    credentials: () => ({ accessKeyId: setting('s3.access-key-id'), secretAccessKey: setting('s3.secret-access-key'), sessionToken: setting('s3.session-token') }),
    cache: { folder: mkdtempSync(join(folder, 'objects-')), limitBytes: 100_000_000 },
  }))
}

/** The addresses of a snapshot's data files, through its manifest list and manifests, and their bytes; or why they are not given. */
export async function readFiles(loaded: LoadedTable, folder: string, snapshotId?: string): Promise<Result<readonly { readonly address: string; readonly rows: number; readonly bytes: Buffer }[]>> {
  const objects = await objectsOf(loaded, folder)
  const lake = openLake({ catalog: memoryCatalog(), objects })
  const name = { namespace: 'read', name: 'part' }
  await lake.catalog.swap([{ name, expected: undefined, next: { uuid: loaded.metadata.uuid, metadataLocation: loaded.metadataLocation } }])
  lake.memory.put(loaded.metadataLocation, loaded.metadata)
  const scan = await planScan(lake, valueOf(await loadTable(lake, name)), snapshotId === undefined ? {} : { snapshotId })
  if (!scan.ok) return scan
  const files = []
  for (const { file } of scan.value.files) {
    const local = await objects.localFile(file.path)
    if (!local.ok) return local
    const bytes = await readFile(local.value)
    files.push({ address: file.path, rows: file.rows, bytes })
  }
  return { ok: true, value: files, diagnostics: [] }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
