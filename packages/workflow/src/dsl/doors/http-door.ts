// The way out by HTTP: only to hosts that the operator lists, never to addresses of a private network unless that very host
// is listed for it, with limits on size and time. No redirect is followed.

import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { openExchange } from '@tulle/objects'
import { fault } from '../errors.ts'
import type { WorkflowHost } from '../host.ts'
import { LIMITS } from '../limits.ts'

export interface HttpDoorOptions {
  /** `host`, `host:port`, `*.example.com`, or `*`. */
  readonly hosts: readonly string[]
  /** `host` or `host:port` that may lead to private addresses: written out, no pattern. */
  readonly privateHosts?: readonly string[]
}

const PRIVATE = new BlockList()
for (const [net, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) PRIVATE.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [['::', 127], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8], ['64:ff9b::', 96], ['2002::', 16]] as const) PRIVATE.addSubnet(net, bits, 'ipv6')

const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Refuses where any address of the host is private: one of them would be taken. */
const guarded: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const [first] = found ?? []
    if (error !== null || first === undefined) return callback(error, '')
    if (found.some(({ address }) => isPrivate(address))) return callback(new Error(`${host} leads to a private address`), '')
    return options.all === true ? callback(null, found) : callback(null, first.address, first.family)
  })
}

export function openHttpDoor({ hosts, privateHosts = [] }: HttpDoorOptions): WorkflowHost['http'] {
  const open = openExchange(guarded)
  const trusted = openExchange()
  return async ({ method, url, headers, body, signal }) => {
    const target = new URL(url)
    if (target.protocol !== 'http:' && target.protocol !== 'https:') throw fault('configuration', `Only http and https are called, not ${target.protocol}`)
    if (target.username !== '' || target.password !== '') throw fault('configuration', 'An address holds no credentials: use authentication.')
    const isTrusted = privateHosts.includes(target.host) || privateHosts.includes(target.hostname)
    if (!isTrusted && !hosts.some((pattern) => meets(pattern, target))) throw fault('authorization', `Workflows may not call ${target.host}: the operator has not listed it.`)
    const address = target.hostname.replace(/^\[|\]$/gu, '')
    if (!isTrusted && isIP(address) !== 0 && isPrivate(address)) throw fault('authorization', `Workflows may not call ${target.host}: it is a private address.`)
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

function meets(pattern: string, { host, hostname }: URL): boolean {
  if (pattern === '*' || pattern === host || pattern === hostname) return true
  return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1))
}
