// Finds the addresses of a host, and refuses a host by where it leads: an allowed name may be pointed at this machine, at a
// private network, at the service that hands out a machine's own credentials.

import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

/**
 * For `node:http` and `node:net`, which ask it for names only, never where a URL has an address. One address that `refusal` has
 * an error for refuses the host: that one might be taken.
 */
export const guardedLookup = (refusal: (host: string, address: string) => Error | undefined): LookupFunction => (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const [first] = found ?? []
    if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '')
    const refused = found.map(({ address }) => refusal(host, address)).find((one) => one !== undefined)
    if (refused !== undefined) return callback(refused, '')
    return options.all === true ? callback(null, found) : callback(null, first.address, first.family)
  })
}

export const addressFamily = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

// Everything that IANA does not route publicly, and 6to4, which leads back into IPv4. IPv4 within IPv6 is found too.
const INNER = new BlockList()
for (const [net, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const) INNER.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [['::', 127], ['64:ff9b::', 96], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8]] as const) INNER.addSubnet(net, bits, 'ipv6')

/** Whether an address lies inside of a network: this machine, a private range, a link. */
export const isInnerAddress = (address: string): boolean => INNER.check(address, addressFamily(address))
