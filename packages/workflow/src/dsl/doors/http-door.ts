// The way out by HTTP: only to hosts that the operator lists, never to addresses of a private network unless that very host
// is listed for it, with limits on size and time. No redirect is followed.

import { isIP } from 'node:net'
import { guardedLookup, isInnerAddress, openExchange, openHostList } from '@tulle/objects'
import { fault } from '../errors.ts'
import type { WorkflowHost } from '../host.ts'
import { LIMITS } from '../limits.ts'

export interface HttpDoorOptions {
  /** Entries of a host list. */
  readonly hosts: readonly string[]
  /** `host` or `host:port` that may lead to private addresses: written out, no pattern. */
  readonly privateHosts?: readonly string[]
}

const guarded = guardedLookup((host, address) => (isInnerAddress(address) ? new Error(`${host} leads to a private address`) : undefined))

export function openHttpDoor({ hosts, privateHosts = [] }: HttpDoorOptions): WorkflowHost['http'] {
  const [listed, privately] = [openHostList(hosts), openHostList(privateHosts)]
  const open = openExchange(guarded)
  const trusted = openExchange()
  return async ({ method, url, headers, body, signal }) => {
    const target = new URL(url)
    if (target.protocol !== 'http:' && target.protocol !== 'https:') throw fault('configuration', `Only http and https are called, not ${target.protocol}`)
    if (target.username !== '' || target.password !== '') throw fault('configuration', 'An address holds no credentials: use authentication.')
    const port = target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port)
    const isTrusted = privately.has(target.hostname, port)
    if (!isTrusted && !listed.has(target.hostname, port)) throw fault('authorization', `Workflows may not call ${target.host}: the operator has not listed it.`)
    const address = target.hostname.replace(/^\[|\]$/gu, '')
    if (!isTrusted && isIP(address) !== 0 && isInnerAddress(address)) throw fault('authorization', `Workflows may not call ${target.host}: it is a private address.`)
    const limit = AbortSignal.timeout(LIMITS.httpMilliseconds)
    try {
      const reply = await (isTrusted ? trusted : open)({ method, url: target, headers, body, signal: AbortSignal.any([signal, limit]) })
      const parts: Uint8Array[] = []
      let bytes = 0
      for await (const part of reply.body) {
        bytes += part.length
        if (bytes > LIMITS.httpBodyBytes) throw fault('communication', `${target.host} answers with more than ${LIMITS.httpBodyBytes} bytes (limit "httpBodyBytes").`)
        parts.push(part)
      }
      const plain = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value ?? '')]))
      return { status: reply.status, headers: plain, body: Buffer.concat(parts) }
    } catch (thrown) {
      if (signal.aborted || (thrown as { error?: unknown }).error !== undefined) throw thrown
      if (limit.aborted) throw fault('timeout', `${target.host} took longer than ${LIMITS.httpMilliseconds} ms (limit "httpMilliseconds").`)
      throw fault('communication', `${target.host} cannot be reached: ${thrown instanceof Error ? thrown.message || ((thrown as NodeJS.ErrnoException).code ?? '') : String(thrown)}.`, { status: 503, title: 'Service Unavailable' })
    }
  }
}
