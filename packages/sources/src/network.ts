// Which hosts may be reached. Only listed ones are; and a listed name that leads to an address inside of a network (this machine,
// a private range, what hands out a machine's credentials) is not followed, unless that address is listed as well.

import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { Exchange } from '@tulle/objects'
import { addressFamily, guardedLookup, isInnerAddress, openExchange } from '@tulle/objects'

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
  const mayLeadTo = (address: string): boolean => !isInnerAddress(address) || listed.check(address, addressFamily(address))
  const find = guardedLookup((host, address) => (mayLeadTo(address) ? undefined : new AddressRefused(`${host} leads to ${address}, which is not a public address and not listed`)))
  return {
    refusal(host, port) {
      const name = host.toLowerCase().replace(/^\[|\]$/gu, '')
      const shown = name.includes(':') ? `[${name}]` : name
      const isListed = hosts.has(shown) || hosts.has(`${shown}:${port}`) || (isIP(name) !== 0 && open.check(name, addressFamily(name)))
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

const PORT = /^[^:]+:\d+$|\]:\d+$/u

function rangesOf(entries: readonly string[]): BlockList {
  const listed = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.replace(/^\[([^\]]*)\](?::\d+)?$/u, '$1').split('/')
    const plain = isIP(address) === 0 ? address.replace(/:\d+$/u, '') : address
    if (isIP(plain) === 0) continue
    if (bits === undefined) listed.addAddress(plain, addressFamily(plain))
    else listed.addSubnet(plain, Number(bits), addressFamily(plain))
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
