// The lake's catalogue in a REST catalogue of others. The protocol lets a client say what changes, not which file is current:
// the other side writes metadata files of its own. A file of ours that says the same as theirs stands for it here, so that
// a change may be staged on what was just committed.
//
// What the protocol cannot do: dropping a table is no compare-and-swap, and cannot be one with other changes.

import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import { memoryCatalog, openLake, parseMetadata, printExactJson, readMetadataFile } from '@tulle/lake'
import type { Catalog, JsonReader, Pointer, PointerSwap, TableMetadata, TableName } from '@tulle/lake'
import { openExchange } from '@tulle/objects'
import type { Exchange, Objects } from '@tulle/objects'
import { restClient } from './rest-client.ts'
import type { RestClient, RestReply } from './rest-client.ts'
import { tableDifference } from './table-difference.ts'

export interface RestCatalogOptions {
  /** Of the catalogue, without `/v1`. */
  readonly uri: string
  readonly warehouse?: string
  /** `client:secret`, exchanged for a token. */
  readonly credential?: string
  readonly token?: string
  /** Where the metadata files of both sides are. */
  readonly objects: Objects
  /** Sends a request as it stands. */
  readonly exchange?: Exchange
  readonly clock?: Clock
}

/** Keeps pointers in a REST catalogue. Namespaces are levels joined by dots; one that is missing is made. */
export function restCatalog({ uri, warehouse, credential, token, objects, clock = systemClock, exchange = openExchange() }: RestCatalogOptions): Catalog {
  return new RestCatalog(restClient({ uri, warehouse, credential, token, clock, exchange }), objects)
}

const SEPARATOR = '%1F'
const spaceIn = (namespace: string): string => namespace.split('.').map(encodeURIComponent).join(SEPARATOR)
const tableIn = ({ namespace, name }: TableName): string => `namespaces/${spaceIn(namespace)}/tables/${encodeURIComponent(name)}`
const identifier = ({ namespace, name }: TableName): { namespace: string[]; name: string } => ({ namespace: namespace.split('.'), name })
const keyOf = ({ namespace, name }: TableName): string => JSON.stringify([namespace, name])
/** How many of our files are remembered to stand for theirs. */
const MAX_TWINS = 1_000
const MAX_PAGES = 1_000

interface Found { readonly pointer: Pointer; readonly metadata: () => TableMetadata }
type Outcome = 'swapped' | 'conflict'

class RestCatalog implements Catalog {
  readonly #client: RestClient
  readonly #files: ReturnType<typeof openLake>
  /** Theirs → ours. */
  readonly #twins = new Map<string, string>()

  constructor(client: RestClient, objects: Objects) {
    this.#client = client
    this.#files = openLake({ catalog: memoryCatalog(), objects })
  }

  async list(namespace?: string): Promise<readonly TableName[]> {
    if (namespace !== undefined) return this.#tablesIn(namespace)
    const names: TableName[] = []
    for (const one of await this.#namespacesBelow('')) names.push(...(await this.#tablesIn(one)))
    return names
  }

  async find(name: TableName): Promise<Pointer | undefined> {
    const found = await this.#load(name)
    if (found === undefined) return undefined
    const { uuid, metadataLocation } = found.pointer
    return { uuid, metadataLocation: this.#twins.get(metadataLocation) ?? metadataLocation }
  }

  async swap(swaps: readonly PointerSwap[]): Promise<Outcome> {
    if (new Set(swaps.map((swap) => keyOf(swap.name))).size < swaps.length) return 'conflict'
    for (const { name, expected } of swaps) {
      const now = await this.find(name)
      if (now?.uuid !== expected?.uuid || now?.metadataLocation !== expected?.metadataLocation) return 'conflict'
    }
    const changes = swaps.filter((swap) => swap.expected !== undefined || swap.next !== undefined)
    if (changes.length === 0) return 'swapped'
    const gone = changes.filter((swap) => swap.next === undefined)
    const [first] = changes as [PointerSwap]
    if (gone.length === 0) return this.#change(changes)
    if (changes.length === 1) return this.#drop(first.name)
    const [from] = gone
    const to = changes.find((swap) => swap.expected === undefined)
    if (changes.length === 2 && from !== undefined && to !== undefined && isDeepStrictEqual({ ...from.expected }, { ...to.next })) return this.#rename(from.name, to.name)
    throw new Error('a catalogue of this protocol cannot drop tables together with other changes')
  }

  async #drop(name: TableName): Promise<Outcome> {
    const reply = await this.#client.send('DELETE', `${tableIn(name)}?purgeRequested=false`)
    return this.#outcome('a drop', reply, [404])
  }

  async #rename(from: TableName, to: TableName): Promise<Outcome> {
    await this.#makeNamespace(to.namespace)
    return this.#outcome('a rename', await this.#client.send('POST', 'tables/rename', { source: identifier(from), destination: identifier(to) }), [404, 409])
  }

  /** Tables that change or are made. One new table alone is registered: its metadata file is then ours to the byte. */
  async #change(changes: readonly PointerSwap[]): Promise<Outcome> {
    for (const { name, expected } of changes) if (expected === undefined) await this.#makeNamespace(name.namespace)
    const [first] = changes as [PointerSwap & { readonly next: Pointer }]
    if (changes.length === 1 && first.expected === undefined) {
      const body = { name: first.name.name, 'metadata-location': first.next.metadataLocation }
      return this.#outcome('a registration', await this.#client.send('POST', `namespaces/${spaceIn(first.name.namespace)}/register`, body), [409])
    }
    const commits = []
    for (const { name, expected, next } of changes) {
      const before = expected === undefined ? undefined : await this.#read(expected.metadataLocation)
      const after = await this.#read((next as Pointer).metadataLocation)
      commits.push({ name, after, next: next as Pointer, body: { identifier: identifier(name), ...tableDifference(before, after) } })
    }
    const [only] = commits
    const reply = commits.length === 1 && only !== undefined
      ? await this.#client.send('POST', tableIn(only.name), only.body)
      : await this.#client.send('POST', 'transactions/commit', { 'table-changes': commits.map(({ body }) => body) })
    // Not every catalogue makes tables in a transaction; asked again it would answer the same.
    const outcome = this.#outcome('a commit', reply, changes.some((swap) => swap.expected === undefined) ? [409] : [404, 409])
    if (outcome === 'swapped') for (const commit of commits) await this.#remember(commit)
    return outcome
  }

  /** INVARIANT: a file of ours stands for theirs only where both say the same, so that nothing of others is overlooked. */
  async #remember({ name, after, next }: { readonly name: TableName; readonly after: TableMetadata; readonly next: Pointer }): Promise<void> {
    const theirs = await this.#load(name)
    if (theirs === undefined || !isDeepStrictEqual(contentOf(theirs.metadata()), contentOf(after))) return
    this.#twins.set(theirs.pointer.metadataLocation, next.metadataLocation)
    for (const oldest of this.#twins.keys()) {
      if (this.#twins.size <= MAX_TWINS) break
      this.#twins.delete(oldest)
    }
  }

  #outcome(what: string, reply: RestReply, conflicts: readonly number[]): Outcome {
    if (reply.status < 300) return 'swapped'
    if (conflicts.includes(reply.status)) return 'conflict'
    throw this.#client.error(what, reply)
  }

  async #load(name: TableName): Promise<Found | undefined> {
    const reply = await this.#client.get(tableIn(name))
    if (reply.status === 404) return undefined
    if (reply.status !== 200) throw this.#client.error(`the table ${name.namespace}.${name.name}`, reply)
    const metadata = reply.body.get('metadata')
    const pointer = { uuid: metadata.get('table-uuid').text(), metadataLocation: reply.body.get('metadata-location').text() }
    this.#check(reply.body)
    return { pointer, metadata: () => parsed(metadata, pointer.metadataLocation) }
  }

  async #read(address: string): Promise<TableMetadata> {
    const metadata = await readMetadataFile(this.#files, address)
    if (!metadata.ok) throw new Error(metadata.diagnostics.map((d) => d.message).join(' '))
    return metadata.value
  }

  async #makeNamespace(namespace: string): Promise<void> {
    const found = await this.#client.get(`namespaces/${spaceIn(namespace)}`)
    if (found.status === 200) return
    const made = await this.#client.send('POST', 'namespaces', { namespace: namespace.split('.') })
    if (made.status >= 300 && made.status !== 409) throw this.#client.error(`the namespace ${namespace}`, made)
  }

  async #namespacesBelow(parent: string): Promise<readonly string[]> {
    const query = parent === '' ? '' : `&parent=${spaceIn(parent)}`
    const children = (await this.#pages(`namespaces?pageToken=%s${query}`, 'namespaces')).map((levels) => levels.list().map((level) => level.text()).join('.'))
    const below = await Promise.all(children.map((child) => this.#namespacesBelow(child)))
    return children.flatMap((child, i) => [child, ...(below[i] ?? [])])
  }

  async #tablesIn(namespace: string): Promise<readonly TableName[]> {
    const found = await this.#pages(`namespaces/${spaceIn(namespace)}/tables?pageToken=%s`, 'identifiers')
    return found.map((one) => ({ namespace, name: one.get('name').text() }))
  }

  async #pages(path: string, list: string): Promise<readonly JsonReader[]> {
    const items: JsonReader[] = []
    for (let token = '', page = 1; ; page += 1) {
      const reply = await this.#client.get(path.replace('%s', encodeURIComponent(token)))
      if (reply.status === 404) return []
      if (reply.status !== 200) throw this.#client.error(`a list of ${list}`, reply)
      items.push(...reply.body.get(list).list())
      const next = reply.body.get('next-page-token')
      this.#check(reply.body)
      // A catalogue that names the same page again would never end, nor one that always names another.
      if (!next.present || next.text() === token) return items
      if (page === MAX_PAGES) throw new Error(`a list of ${list} has more than ${MAX_PAGES} pages`)
      token = next.text()
    }
  }

  #check({ findings }: JsonReader): void {
    if (findings.length > 0) throw new Error(findings.map((finding) => finding.message).join(' '))
  }
}

function parsed(json: JsonReader, location: string): TableMetadata {
  const metadata = parseMetadata(printExactJson(json.object()), location)
  if (!metadata.ok) throw new Error(metadata.diagnostics.map((d) => d.message).join(' '))
  return metadata.value
}

/** What a table is, without what each writer notes of its own doing. */
const contentOf = (metadata: TableMetadata): TableMetadata => ({ ...metadata, lastUpdated: 0, metadataLog: [], snapshotLog: [] })
