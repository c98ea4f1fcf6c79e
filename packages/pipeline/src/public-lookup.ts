// Refuses hosts by which a machine gives itself away: an allowed name may be pointed at the service that hands out the
// machine's own credentials. Where such an address is meant, it is listed itself.

import { BlockList } from 'node:net'
import { addressFamily, guardedLookup } from '@tulle/objects'

// Link-local, and the one address of AWS's service that is not. IPv4 within IPv6 is found too.
const OWN = new BlockList()
OWN.addSubnet('169.254.0.0', 16, 'ipv4')
OWN.addSubnet('fe80::', 10, 'ipv6')
OWN.addAddress('fd00:ec2::254', 'ipv6')

export const publicLookup = guardedLookup((host, address) => (OWN.check(address, addressFamily(address)) ? new Error(`${host} leads to an address of this machine's own`) : undefined))
