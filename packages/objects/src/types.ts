// The port through which immutable bytes are kept.

import type { Result } from '@tulle/kernel'

/** What is known of an object without reading it. */
export interface ObjectFacts {
  readonly bytes: number
  /** Milliseconds since 1970: when it was given its name, or later. Never earlier, however old a file was that was taken in. */
  readonly since: number
}

/** What `create` or `adopt` has begun and not finished. A living process may be at it still, so only its age says that it was left. */
export interface Unfinished extends ObjectFacts {
  readonly name: string
  discard(): Promise<Result<void>>
}

/** Immutable objects under a root. Paths are relative, `/`-separated, and never leave the root. */
export interface Objects {
  /** Absolute address of a path, as written into metadata files (`file:///…`). */
  address(path: string): string
  /** The path behind an address; `outside-root` where it is not ours. */
  pathOf(address: string): Result<string>
  read(address: string): Promise<Result<Uint8Array>>
  /** Writes and syncs file and folder; refuses to replace (`object-exists`). Answers the address. */
  create(path: string, bytes: Uint8Array): Promise<Result<string>>
  /** Takes in a finished local file as `create` takes bytes. The file stays where it is and may be deleted afterwards. */
  adopt(path: string, localFile: string): Promise<Result<string>>
  /** A local file with the object's bytes, for engines that read files. It must not be changed. */
  localFile(address: string): Promise<Result<string>>
  /** Addresses of the objects whose path starts with `prefix` (whole folder names), in no order. */
  list(prefix: string): AsyncIterable<string>
  facts(address: string): Promise<Result<ObjectFacts>>
  /** Below a folder, as `list`. */
  unfinished(prefix: string): AsyncIterable<Unfinished>
  /** Removing what is not there is no error. */
  remove(address: string): Promise<Result<void>>
}
