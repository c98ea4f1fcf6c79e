// Which hosts an operator lists: names, addresses, ranges and patterns, each with or without a port.

import { BlockList, isIP } from 'node:net'
import { addressFamily } from './guarded-lookup.ts'

export interface HostList {
  /** Whether a host is listed, by its name or address, at this port. */
  has(host: string, port: number): boolean
  /** Whether an address that a name leads to is listed, at whatever port. */
  hasAddress(address: string): boolean
}

/** Entries are `host`, `host:port`, an address, a range such as `10.0.0.0/8`, `*.example.com`, or `*`. An entry with a port opens that port alone. */
export function openHostList(entries: readonly string[]): HostList {
  const hosts = new Set(entries.map((entry) => entry.toLowerCase()))
  const endings = [...hosts].flatMap((entry) => (entry.startsWith('*.') ? [entry.slice(1)] : []))
  // Where a name leads is asked without ports.
  const [open, listed] = [rangesOf(entries.filter((entry) => !PORT.test(entry))), rangesOf(entries)]
  return {
    has(host, port) {
      const name = host.toLowerCase().replace(/^\[|\]$/gu, '')
      const shown = name.includes(':') ? `[${name}]` : name
      return hosts.has('*') || hosts.has(shown) || hosts.has(`${shown}:${port}`) || endings.some((ending) => shown.endsWith(ending)) || (isIP(name) !== 0 && open.check(name, addressFamily(name)))
    },
    hasAddress: (address) => listed.check(address, addressFamily(address)),
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

/** Whether a list of the operator's may have this entry; patterns apart. */
export function isHostEntry(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/')
  if (bits === undefined) return isIP(address) !== 0 || ENTRY.test(address)
  return more.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/u.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32)
}

/** The same with `*.example.com` and `*`. */
export const isHostPattern = (entry: string): boolean => entry === '*' || isHostEntry(entry.startsWith('*.') ? entry.slice(2) : entry)
