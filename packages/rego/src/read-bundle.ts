// A bundle of OPA, as Base64 → the module in it, its data, the entrypoints that it was compiled for. The bytes are a stranger's:
// limited before and after they are unpacked, and nothing is written anywhere.

import { gunzipSync } from 'node:zlib'
import type { Json } from '@tulle/kernel'

export interface Bundle { readonly wasm: Uint8Array<ArrayBuffer>; readonly data: Json }
export type ReadBundle = Bundle | { readonly unread: string }

const MOST_PACKED = 1_400_000
const MOST_BYTES = 16 * 1024 * 1024
const MOST_FILES = 1_000
const BLOCK = 512

export function readBundle(base64: string): ReadBundle {
  const packed = Buffer.from(base64, 'base64')
  if (packed.length > MOST_PACKED) return { unread: `it is larger than ${MOST_PACKED} bytes` }
  let archive: Buffer
  try {
    archive = gunzipSync(packed, { maxOutputLength: MOST_BYTES })
  } catch (error) {
    return { unread: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? `it is larger than ${MOST_BYTES} bytes when it is unpacked` : 'it is no gzip file' }
  }
  const files = readTar(archive)
  if (typeof files === 'string') return { unread: files }
  const modules = [...files.keys()].filter((name) => name.endsWith('.wasm'))
  const wasm = files.get('policy.wasm')
  if (wasm === undefined || modules.length !== 1) return { unread: 'it has no single policy.wasm' }
  if ([...files.keys()].some((name) => name.endsWith('/data.json') || name.endsWith('/data.yaml') || name === 'data.yaml')) return { unread: 'its data is in more than one file' }
  const data = files.get('data.json')
  try {
    return { wasm: new Uint8Array(wasm), data: data === undefined ? {} : (JSON.parse(data.toString('utf8')) as Json) }
  } catch {
    return { unread: 'its data.json is no JSON' }
  }
}

/** Plain files by name, without a slash before it; what is wrong with the archive, where something is. */
function readTar(archive: Buffer): ReadonlyMap<string, Buffer> | string {
  const files = new Map<string, Buffer>()
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) return files
    const text = (from: number, length: number): string => header.toString('latin1', from, from + length).split('\0', 1)[0] ?? ''
    const size = /^[0-7 ]{1,12}$/u.test(text(124, 12)) ? Number.parseInt(text(124, 12).trim() || '0', 8) : Number.NaN
    if (text(257, 5) !== 'ustar' || !Number.isSafeInteger(size) || at + BLOCK + size > archive.length) return 'it is no tar archive'
    if (files.size >= MOST_FILES) return `it has more than ${MOST_FILES} files`
    const [type, name] = [text(156, 1), text(0, 100).replace(/^\.?\/+/u, '')]
    if (type === '' || type === '0') {
      if (files.has(name)) return 'a file is in it twice'
      files.set(name, archive.subarray(at + BLOCK, at + BLOCK + size))
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}
