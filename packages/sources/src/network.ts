// Which hosts may be reached. Only listed ones are; and a listed name that leads to an address inside of a network (this machine,
// a private range, what hands out a machine's credentials) is not followed, unless that address is listed as well.

import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { Exchange } from '@tulle/objects'
import { guardedLookup, isInnerAddress, openExchange, openHostList } from '@tulle/objects'

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
  const list = openHostList(entries)
  const mayLeadTo = (address: string): boolean => !isInnerAddress(address) || list.hasAddress(address)
  const find = guardedLookup((host, address) => (mayLeadTo(address) ? undefined : new AddressRefused(`${host} leads to ${address}, which is not a public address and not listed`)))
  return {
    refusal: (host, port) => (list.has(host, port) ? undefined : 'the operator of this platform does not list it'),
    addressOf: (host) => {
      const name = host.replace(/^\[|\]$/gu, '')
      if (isIP(name) !== 0) return Promise.resolve(name)
      return new Promise((resolve, reject) => void find(name, {}, (error, address) => (error === null ? resolve(address as string) : reject(error))))
    },
    lookup: find,
    exchange: openExchange(find),
  }
}

/** Why nothing is sent to an address: a host that is listed may be anything; others are public, and spoken to over TLS. */
export function postRefusal(url: URL, network: Network): string | undefined {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  if (network.refusal(url.hostname, port) === undefined) return undefined
  if (url.protocol !== 'https:') return 'it has no TLS, and the operator does not list its host'
  const host = url.hostname.replace(/^\[|\]$/gu, '')
  return isIP(host) !== 0 && isInnerAddress(host) ? 'it is an address inside of a network, which the operator does not list' : undefined
}

export { isHostEntry as isNetworkEntry } from '@tulle/objects'
