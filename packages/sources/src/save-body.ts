// The body of an answer as a file, with its digest, and never more of it than a limit.

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Answered, Asked } from './http.ts'
import type { SourceRoom } from './types.ts'
import { unreachable } from './http.ts'
import { messages } from './messages.ts'
import { AddressRefused } from './network.ts'

export interface Saved { readonly sha256: string; readonly bytes: number }

/** `to` is a new file. */
export async function saveBody({ limits }: Pick<SourceRoom, 'limits'>, { port, url, signal, body, to }: Pick<Asked, 'port' | 'url' | 'signal'> & Pick<Answered, 'body'> & { readonly to: string }): Promise<Result<Saved>> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await pipeline(async function* () {
      for await (const chunk of body) {
        bytes += chunk.length
        if (bytes > limits.bytes) throw new TooLong()
        hash.update(chunk)
        yield chunk
      }
    }, createWriteStream(to, { mode: 0o644 }))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TooLong) return fail(messages['source-limit']({ port, limit: 'bytes', most: limits.bytes, what: 'bytes' }))
    if (error instanceof AddressRefused) throw error
    return fail(unreachable({ port, url }, 'the connection broke off'))
  }
  return ok({ sha256: hash.digest('hex'), bytes })
}

class TooLong extends Error {}
