// What an erasure is about, enciphered while it is at work; its key lies in a file of its own, and goes with the work.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NONCE = 12

export interface Seals {
  seal(id: string, text: string): string
  /** Undefined where the key is gone. */
  open(id: string, sealed: string): string | undefined
  destroy(id: string): void
}

export function openSeals(folder: string): Seals {
  const fileOf = (id: string): string => join(folder, `${id}.key`)
  return {
    seal(id, text) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = fileOf(id)
      if (!existsSync(file)) {
        writeFileSync(`${file}.new`, randomBytes(32), { mode: 0o600, flush: true })
        renameSync(`${file}.new`, file)
      }
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', readFileSync(file), nonce).setAAD(Buffer.from(id))
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
    },
    open(id, sealed) {
      if (!existsSync(fileOf(id))) return undefined
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', readFileSync(fileOf(id)), bytes.subarray(0, NONCE)).setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(-16))
      return decipher.update(bytes.subarray(NONCE, -16), undefined, 'utf8') + decipher.final('utf8')
    },
    // Overwritten first: what a file system leaves of a removed file is then of no use, as far as it writes in place.
    destroy(id) {
      if (existsSync(fileOf(id))) writeFileSync(fileOf(id), randomBytes(32), { flush: true })
      rmSync(fileOf(id), { force: true })
    },
  }
}
