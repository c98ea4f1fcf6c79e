// A file system in memory that loses its power, as POSIX allows it: bytes that were not synced are gone, torn or there, and
// of a folder's entries that were not synced any choice is there, in whatever order they were made.

import type { Files } from '../files.ts'

export interface FragileOptions {
  /** From 0 to 1; decides what is torn, and how calls that run side by side are interleaved. */
  readonly random: () => number
  /** The control: syncs of this kind do nothing. */
  readonly ignores?: 'folder syncs' | 'file syncs'
  /** Told what is there before each change. */
  readonly watch?: (disk: Disk) => void
}

/** What is in memory and what is on the platter. Never changes: each operation makes another. */
export type Disk = ReadonlyMap<number, DiskNode>
type DiskNode = FileNode | FolderNode
interface FileNode { readonly kind: 'file'; readonly bytes: Uint8Array; readonly durable: Uint8Array; readonly uid: number }
interface FolderNode {
  readonly kind: 'folder'
  readonly entries: ReadonlyMap<string, number>
  readonly durable: ReadonlyMap<string, number>
  /** What was changed since the last sync, oldest first; undefined: the name was taken away. */
  readonly pending: readonly { readonly name: string; readonly node: number | undefined }[]
  /** How many changes were synced before those. */
  readonly synced: number
}

const ROOT = 0
/** Small, so that small files have several. */
const BLOCK = 16
/** How often a call is held up, and for how many turns of others. */
const STALLS = 0.05
const LONGEST_STALL = 500
const USUAL_TURNS = 4
const NOTHING = new Uint8Array()
const NO_ENTRIES: ReadonlyMap<string, number> = new Map()

export const EMPTY_DISK: Disk = new Map([[ROOT, { kind: 'folder', entries: NO_ENTRIES, durable: NO_ENTRIES, pending: [], synced: 0 }]])

export class FragileFiles implements Files {
  #disk: Disk
  readonly #options: FragileOptions

  constructor(disk: Disk, options: FragileOptions) {
    this.#disk = disk
    this.#options = options
  }

  get disk(): Disk {
    return this.#disk
  }

  async realPath(path: string): Promise<string> {
    await this.#turn()
    this.#at(path)
    return path
  }

  async find(path: string): Promise<{ isFile: boolean; bytes: number; uid: number; changed: number }> {
    await this.#turn()
    const { node } = this.#at(path)
    return node.kind === 'file' ? { isFile: true, bytes: node.bytes.length, uid: node.uid, changed: 0 } : { isFile: false, bytes: 0, uid: 0, changed: 0 }
  }

  async read(path: string): Promise<Uint8Array> {
    await this.#turn()
    return this.#file(path).node.bytes
  }

  async entries(folder: string): Promise<readonly { readonly name: string; readonly kind: 'file' | 'folder' }[]> {
    await this.#turn()
    return [...this.#folder(folder).node.entries].map(([name, id]) => ({ name, kind: this.#disk.get(id)?.kind ?? 'file' }))
  }

  async writeSynced(path: string, bytes: Uint8Array): Promise<void> {
    await this.write(path, bytes)
    await this.syncFile(path)
  }

  /** A file as other processes write it, not synced. */
  async write(path: string, bytes: Uint8Array, uid = ownUid()): Promise<void> {
    await this.#make(path, { kind: 'file', bytes: Uint8Array.from(bytes), durable: NOTHING, uid })
  }

  async copy(from: string, to: string): Promise<void> {
    await this.write(to, await this.read(from))
  }

  async link(from: string, to: string): Promise<void> {
    await this.#turn()
    this.#enter(to, this.#file(from).id)
  }

  async unlink(path: string): Promise<void> {
    await this.#turn()
    this.#file(path)
    this.#enter(path, undefined)
  }

  async publish(path: string): Promise<void> {
    await this.#turn()
    this.#file(path)
  }

  async makeFolder(path: string): Promise<void> {
    await this.#make(path, { kind: 'folder', entries: NO_ENTRIES, durable: NO_ENTRIES, pending: [], synced: 0 })
  }

  async syncFile(path: string): Promise<void> {
    await this.#turn()
    const { id, node } = this.#file(path)
    if (this.#options.ignores !== 'file syncs') this.#change(new Map([[id, { ...node, durable: node.bytes }]]))
  }

  /** Serves what was there when it began, and nothing that was done meanwhile. */
  async syncFolder(path: string): Promise<void> {
    await this.#turn()
    const { id, node: { entries, pending, synced } } = this.#folder(path)
    await this.#turn()
    const now = this.#disk.get(id) as FolderNode
    const served = synced + pending.length - now.synced
    if (served > 0 && this.#options.ignores !== 'folder syncs') {
      this.#change(new Map([[id, { ...now, durable: entries, pending: now.pending.slice(served), synced: now.synced + served }]]))
    }
  }

  async #make(path: string, node: DiskNode): Promise<void> {
    await this.#turn()
    const id = this.#disk.size
    this.#enter(path, id, new Map([[id, node]]))
  }

  /** Gives a name to a node, or takes it away. */
  #enter(path: string, node: number | undefined, made: Disk = new Map()): void {
    const { parent, name } = split(path)
    const { id, node: folder } = this.#folder(parent)
    if (node !== undefined && folder.entries.has(name)) throw failure('EEXIST')
    const entries = new Map(folder.entries)
    if (node === undefined) entries.delete(name)
    else entries.set(name, node)
    this.#change(new Map([...made, [id, { ...folder, entries, pending: [...folder.pending, { name, node }] }]]))
  }

  #change(nodes: Disk): void {
    this.#options.watch?.(this.#disk)
    this.#disk = new Map([...this.#disk, ...nodes])
  }

  #at(path: string): { readonly id: number; readonly node: DiskNode } {
    let id = ROOT
    for (const name of path.split('/').filter((part) => part !== '')) {
      const folder = this.#disk.get(id)
      if (folder?.kind !== 'folder') throw failure('ENOTDIR')
      const next = folder.entries.get(name)
      if (next === undefined) throw failure('ENOENT')
      id = next
    }
    return { id, node: this.#disk.get(id) as DiskNode }
  }

  #file(path: string): { readonly id: number; readonly node: FileNode } {
    const { id, node } = this.#at(path)
    if (node.kind !== 'file') throw failure('EISDIR')
    return { id, node }
  }

  #folder(path: string): { readonly id: number; readonly node: FolderNode } {
    const { id, node } = this.#at(path)
    if (node.kind !== 'folder') throw failure('ENOTDIR')
    return { id, node }
  }

  /** Lets whatever runs beside this go first, sometimes for long. */
  async #turn(): Promise<void> {
    const { random } = this.#options
    const most = random() < STALLS ? LONGEST_STALL : USUAL_TURNS
    for (let turns = Math.floor(random() * most); turns >= 0; turns -= 1) await undefined
  }
}

/** One of the states in which a disk may be found when the power comes back. */
export function losePower(disk: Disk, random: () => number): Disk {
  return new Map([...disk].map(([id, node]) => [id, node.kind === 'file' ? tornFile(node, random) : tornFolder(node, random)]))
}

function tornFile(node: FileNode, random: () => number): FileNode {
  const bytes = tornBytes(node, random)
  return { ...node, bytes, durable: bytes }
}

/** All of the new bytes or none, the beginning of them, or some of their blocks among old ones and zeros. */
function tornBytes({ bytes, durable }: FileNode, random: () => number): Uint8Array {
  if (bytes === durable) return durable
  const kind = Math.floor(random() * 4)
  if (kind === 0) return bytes
  if (kind === 1) return durable
  if (kind === 2) return bytes.slice(0, Math.floor(random() * bytes.length))
  const torn = new Uint8Array(bytes.length)
  torn.set(durable.subarray(0, torn.length))
  for (let at = 0; at < torn.length; at += BLOCK) if (random() < 0.5) torn.set(bytes.subarray(at, at + BLOCK), at)
  return torn
}

/** Each name as one of its changes since the last sync left it, whatever became of the others. */
function tornFolder({ durable, pending }: FolderNode, random: () => number): FolderNode {
  const entries = new Map(durable)
  for (const [name, changes] of Map.groupBy(pending, (change) => change.name)) {
    const kept = Math.floor(random() * (changes.length + 1))
    if (kept === 0) continue
    const node = changes[kept - 1]?.node
    if (node === undefined) entries.delete(name)
    else entries.set(name, node)
  }
  return { kind: 'folder', entries, durable: entries, pending: [], synced: 0 }
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const at = path.lastIndexOf('/')
  return { parent: path.slice(0, at), name: path.slice(at + 1) }
}

const ownUid = (): number => process.getuid?.() ?? 0

const failure = (code: string): Error => Object.assign(new Error(code), { code })
