// Finds the addresses of a host, and refuses those by which a machine gives itself away: an allowed name may be pointed at
// the service that hands out the machine's own credentials. Where such an address is meant, it is listed itself.

import { lookup } from 'node:dns'
import { BlockList } from 'node:net'
import type { LookupFunction } from 'node:net'

// Link-local, and the one address of AWS's service that is not. IPv4 within IPv6 is found too.
const OWN = new BlockList()
OWN.addSubnet('169.254.0.0', 16, 'ipv4')
OWN.addSubnet('fe80::', 10, 'ipv6')
OWN.addAddress('fd00:ec2::254', 'ipv6')

/** For `node:http`, which asks it for names only, never where a URL has an address. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const [first] = found ?? []
    if (error !== null || first === undefined) return callback(error, '')
    if (found.some(isOwn)) return callback(new Error(`${host} leads to an address of this machine's own`), '')
    return options.all === true ? callback(null, found) : callback(null, first.address, first.family)
  })
}

const isOwn = ({ address, family }: { readonly address: string; readonly family: number }): boolean => OWN.check(address, family === 6 ? 'ipv6' : 'ipv4')
