// Rows as lines of JSON in a file, hashed as they are written, and never more of them than the limit.

import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DrawnFile, DrawRequest, SourceLimits } from './types.ts'
import { messages } from './messages.ts'

const BUFFER_BYTES = 1024 * 1024

export class RowFile {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  readonly #most: number
  readonly #name: string
  #waiting: string[] = []
  #waitingBytes = 0
  #bytes = 0
  #rows = 0

  private constructor(handle: FileHandle, name: string, most: number) {
    this.#handle = handle
    this.#name = name
    this.#most = most
  }

  /** The engine's process may be another user's, so others may read the file. What an earlier try left is replaced. */
  static async open({ folder, name }: Pick<DrawRequest, 'folder' | 'name'>, { bytes }: Pick<SourceLimits, 'bytes'>): Promise<RowFile> {
    return new RowFile(await open(join(folder, `${name}.ndjson`), 'w', 0o644), `${name}.ndjson`, bytes)
  }

  get rows(): number {
    return this.#rows
  }

  /** By a part of the limit. */
  isFuller(part: number): boolean {
    return this.#bytes + this.#waitingBytes > this.#most * part
  }

  get isFull(): boolean {
    return this.#bytes + this.#waitingBytes > this.#most
  }

  /** One object as JSON, without a line end in it. */
  async write(line: string): Promise<void> {
    this.#waiting.push(line)
    this.#waitingBytes += line.length + 1
    this.#rows += 1
    if (this.#waitingBytes >= BUFFER_BYTES) await this.#flush()
  }

  async finish(port: string, shown: string): Promise<Result<DrawnFile>> {
    await this.#flush()
    await this.#handle.close()
    if (this.#bytes > this.#most) return fail(messages['source-limit']({ port, limit: 'bytes', most: this.#most, what: 'bytes' }))
    return ok({ name: this.#name, shown, sha256: this.#hash.digest('hex'), bytes: this.#bytes })
  }

  /** For a draw that failed. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const bytes = Buffer.from(`${this.#waiting.join('\n')}\n`, 'utf8')
    this.#waiting = []
    this.#waitingBytes = 0
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    await this.#handle.write(bytes)
  }
}
