// Tables of the Iceberg catalogue for whoever may read a data set only in part. Nothing of them is kept: their files are those of
// the files port, made for a decision, and what leads to a file is made when it is asked for. Everything is opened as objects of an
// S3 that knows one bucket and no other credentials than a link and what is derived from it, and each request is decided anew.

import { createHmac } from 'node:crypto'
import { partialAddresses, partialManifests, partialMetadata } from '@tulle/catalog'
import type { LoadedPart } from '@tulle/catalog'
import type { FileLink, FilesPort, LinkStanding, OpenFile, Who } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { loadTable, printMetadata, printTableName } from '@tulle/lake'
import type { Field, Lake, Snapshot, TableName } from '@tulle/lake'
import type { S3Credentials } from '@tulle/objects'
import { messages } from './messages.ts'

export const BUCKET = 'tulle-tables'
/** Clients want one. */
export const REGION = 'us-east-1'
const SECONDS = 12 * 3600
/** Texts of metadata that are given again where a client asks for the file. */
const REMEMBERED = 200

export interface PartialTablesOptions {
  readonly files: FilesPort
  /** Under the names of ports. */
  readonly lake: Lake
  /** Never leaves; what is derived from it does. */
  readonly key: string
  /** Where clients reach the bucket. */
  readonly endpoint: string
}

/** An object of the bucket, decided for one request. */
export type PartialObject =
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  | { readonly kind: 'rows'; readonly file: OpenFile }

type WhoOf = (link: FileLink) => Who

export interface PartialTables {
  /** The part of a data set that is theirs to read, as a table. */
  load(who: Who, name: TableName, whoOf: WhoOf): Promise<Result<LoadedPart>>
  /** The credentials that a session token stands for, as long as it is signed and not over. */
  credentials(sessionToken: string): Result<{ readonly link: FileLink; readonly credentials: S3Credentials }>
  /** `key` is the object's, below the bucket. What was decided otherwise, or never led there, is not there. */
  open(link: FileLink, key: string, whoOf: WhoOf): Promise<Result<PartialObject>>
}

export function partialTables({ files, lake, key, endpoint }: PartialTablesOptions): PartialTables {
  const texts = new Map<string, string>()
  const derived = (what: string, ...of: readonly string[]): string => createHmac('sha256', key).update(JSON.stringify([`tulle iceberg ${what} 1`, ...of])).digest('hex')
  // Whoever is decided otherwise has other addresses, that nobody can guess from theirs.
  const folderOf = ({ productId, product, dataSet }: FileLink, decision: string): string => derived('folder', productId, product, dataSet, decision).slice(0, 32)
  const addressOf = (folder: string): string => `s3://${BUCKET}/${folder}`
  const uuidOf = ({ productId, product, dataSet }: FileLink): string => {
    const hex = derived('table', productId, product, dataSet)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
  const credentialsOf = (link: FileLink, sessionToken: string): S3Credentials => ({ accessKeyId: link.id, secretAccessKey: derived('secret', sessionToken).slice(0, 40), sessionToken })

  const configOf = (link: FileLink, token: string): Readonly<Record<string, string>> => {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = credentialsOf(link, token)
    return {
      's3.endpoint': endpoint, 's3.path-style-access': 'true', 's3.region': REGION, 'client.region': REGION,
      's3.access-key-id': accessKeyId, 's3.secret-access-key': secretAccessKey, 's3.session-token': sessionToken, 's3.session-token-expires-at-ms': String(link.expires * 1000),
    }
  }

  const remember = (address: string, text: string): void => {
    texts.delete(address)
    texts.set(address, text)
    for (const oldest of texts.keys()) {
      if (texts.size <= REMEMBERED) break
      texts.delete(oldest)
    }
  }

  const loadOnce: PartialTables['load'] = async (who, name, whoOf) => {
    const signed = await files.sign(who, { product: name.namespace, dataSet: name.name, format: 'parquet', seconds: SECONDS })
    if (!signed.ok) return signed
    const { link, token } = signed.value
    const looks = await lookAt(files, link, whoOf)
    if (!looks.ok) return looks
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const fields = await fieldsBySchema(table.value.snapshots, looks.value)
    const location = addressOf(folderOf(link, looks.value.current.decision))
    const metadata = partialMetadata(table.value, { uuid: uuidOf(link), location, fieldsAt: (snapshot) => fields.get(snapshot.id === link.snapshot ? CURRENT : String(snapshot.schemaId)) })
    if (metadata.currentSnapshotId !== link.snapshot) return fail(messages['part-moved']({ table: printTableName(name) }))
    const text = printMetadata(metadata)
    const metadataLocation = `${location}/metadata/${sha256(text).slice(0, 32)}.metadata.json`
    remember(metadataLocation, text)
    return ok({ metadataLocation, metadata, config: configOf(link, token) })
  }

  return {
    async load(who, name, whoOf) {
      const loaded = await loadOnce(who, name, whoOf)
      // Another snapshot was published meanwhile.
      return loaded.ok || loaded.diagnostics[0]?.code !== 'part-moved' ? loaded : loadOnce(who, name, whoOf)
    },
    credentials(sessionToken) {
      const link = files.read(sessionToken)
      return link.ok ? ok({ link: link.value, credentials: credentialsOf(link.value, sessionToken) }) : link
    },
    async open(link, path, whoOf) {
      const { folder = '', rest = '' } = /^(?<folder>[0-9a-f]{32})\/(?<rest>(?:metadata|data)\/[\w.-]{1,100})$/u.exec(path)?.groups ?? {}
      const missing = fail(messages['part-file-missing']({ file: path }))
      if (rest === '') return missing
      const location = addressOf(folder)
      const snapshot = SNAPSHOT_OF.exec(rest)?.slice(1).find((id) => id !== undefined)
      if (snapshot === undefined) {
        const look = await files.look(link, whoOf)
        if (!look.ok) return look
        if (folderOf(link, look.value.decision) !== folder) return fail(messages['part-decided-anew']({}))
        const text = texts.get(`${location}/${rest}`)
        return text === undefined ? missing : ok({ kind: 'text', bytes: Buffer.from(text) })
      }
      // Rows count once for each snapshot that a load leads to.
      const opened = await files.open({ ...link, id: `${link.id}:${snapshot}`, snapshot }, whoOf)
      if (!opened.ok) return opened
      const { standing, rows, bytes, digest } = opened.value
      if (folderOf(link, standing.decision) !== folder) return fail(messages['part-decided-anew']({}))
      const at = partialAddresses(location, snapshot)
      if (`${location}/${rest}` === at.data(digest)) return ok({ kind: 'rows', file: opened.value })
      const made = partialManifests(location, snapshot, { fields: standing.fields, rows, bytes, digest })
      if (!made.ok) return made
      if (`${location}/${rest}` === at.list) return ok({ kind: 'text', bytes: made.value.list })
      return `${location}/${rest}` === at.manifest ? ok({ kind: 'text', bytes: made.value.manifest }) : missing
    },
  }
}

const SNAPSHOT_OF = /^(?:metadata\/snap-(\d{1,19})\.avro|metadata\/(\d{1,19})-m0\.avro|data\/(\d{1,19})-[0-9a-f]{32}\.parquet)$/u
const CURRENT = 'current'

interface Looks { readonly current: LinkStanding; readonly at: (snapshot: string) => Promise<Result<LinkStanding>> }

async function lookAt(files: FilesPort, link: FileLink, whoOf: WhoOf): Promise<Result<Looks>> {
  const current = await files.look(link, whoOf)
  return current.ok ? ok({ current: current.value, at: (snapshot) => files.look({ ...link, snapshot }, whoOf) }) : current
}

/** What is seen of snapshots, by the schema that they were written with; one of each is asked for. Of what cannot be seen nothing is there. */
async function fieldsBySchema(snapshots: readonly Snapshot[], { current, at }: Looks): Promise<ReadonlyMap<string, readonly Field[]>> {
  const fields = new Map<string, readonly Field[]>([[CURRENT, current.today]])
  for (const { id, schemaId } of snapshots.toReversed()) {
    if (fields.has(String(schemaId))) continue
    const look = id === current.snapshot ? ok(current) : await at(id)
    if (look.ok && look.value.decision === current.decision) fields.set(String(schemaId), look.value.fields)
  }
  return fields
}
