// Which hosts may be reached. Only listed ones are; and a listed name that leads to an address inside of a network (this machine,
// a private range, what hands out a machine's credentials) is not followed, unless that address is listed as well.

import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { Exchange } from '@tulle/objects'
import { openExchange } from '@tulle/objects'

export interface Network {
  /** Why a host may not be reached; undefined where it may be. */
  refusal(host: string, port: number): string | undefined
  /** An address of a host, to connect to; throws `AddressRefused` or the system's own error. */
  addressOf(host: string): Promise<string>
  readonly lookup: LookupFunction
  readonly exchange: Exchange
}

export class AddressRefused extends Error {}

/** Entries are `host`, `host:port`, an address, or a range such as `10.0.0.0/8`. */
export function openNetwork(entries: readonly string[]): Network {
  const hosts = new Set(entries.map((entry) => entry.toLowerCase()))
  // An entry with a port opens that port alone; where a name leads is asked without ports.
  const [open, listed] = [rangesOf(entries.filter((entry) => !PORT.test(entry))), rangesOf(entries)]
  const mayLeadTo = (address: string): boolean => !INNER.check(address, familyOf(address)) || listed.check(address, familyOf(address))
  const find: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const [first] = found ?? []
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '')
      const refused = found.find(({ address }) => !mayLeadTo(address))
      if (refused !== undefined) return callback(new AddressRefused(`${host} leads to ${refused.address}, which is not a public address and not listed`), '')
      return options.all === true ? callback(null, found) : callback(null, first.address, first.family)
    })
  }
  return {
    refusal(host, port) {
      const name = host.toLowerCase().replace(/^\[|\]$/gu, '')
      const shown = name.includes(':') ? `[${name}]` : name
      const isListed = hosts.has(shown) || hosts.has(`${shown}:${port}`) || (isIP(name) !== 0 && open.check(name, familyOf(name)))
      return isListed ? undefined : 'the operator of this platform does not list it'
    },
    addressOf: (host) => {
      const name = host.replace(/^\[|\]$/gu, '')
      if (isIP(name) !== 0) return Promise.resolve(name)
      return new Promise((resolve, reject) => void find(name, {}, (error, address) => (error === null ? resolve(address as string) : reject(error))))
    },
    lookup: find,
    exchange: openExchange(find),
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

// Everything that IANA does not route publicly. IPv4 within IPv6 is found too.
const INNER = new BlockList()
for (const [net, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const) INNER.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [['::', 127], ['64:ff9b::', 96], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8]] as const) INNER.addSubnet(net, bits, 'ipv6')

const PORT = /^[^:]+:\d+$|\]:\d+$/u

function rangesOf(entries: readonly string[]): BlockList {
  const listed = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.replace(/^\[([^\]]*)\](?::\d+)?$/u, '$1').split('/')
    const plain = isIP(address) === 0 ? address.replace(/:\d+$/u, '') : address
    if (isIP(plain) === 0) continue
    if (bits === undefined) listed.addAddress(plain, familyOf(plain))
    else listed.addSubnet(plain, Number(bits), familyOf(plain))
  }
  return listed
}

const ENTRY = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/iu

/** Whether a list of the operator's may have this entry. */
export function isNetworkEntry(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/')
  if (bits === undefined) return isIP(address) !== 0 || ENTRY.test(address)
  return more.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/u.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32)
}
