// What data sets and input ports of the mesh are called elsewhere, by the names that OpenLineage gives to systems: of a data set its
// address at the SQL port and in our own events, of an input port what it reads.

import type { ForeignName, Place } from '@tulle/lineage'
import type { DataProduct, InputPort } from '@tulle/model'
import type { Settings } from './settings.ts'
import { DATABASE } from './settings.ts'

export type FindPlace = (name: ForeignName) => Place | undefined

export function foreignNames(products: readonly DataProduct[], { host, httpPort, sqlPort, publicUrl }: Pick<Settings, 'host' | 'httpPort' | 'sqlPort' | 'publicUrl'>): FindPlace {
  const hosts = new Set([host, '127.0.0.1', 'localhost', new URL(publicUrl).hostname])
  const own = new Set([...[...hosts].map((one) => `tulle://${one}:${httpPort}`), publicUrl.replace(/^https?:/u, 'tulle:')])
  const sql = new Set([...hosts].flatMap((one) => [`postgres://${one}:${sqlPort}`, `postgresql://${one}:${sqlPort}`]))
  const places = new Map<string, Place>()
  for (const product of products) {
    for (const { name } of product.dataSets) places.set(`${product.name}.${name}`, { product: product.name, kind: 'data-set', name })
  }
  const ports = new Map(products.flatMap((product) => product.inputPorts.flatMap((port) => {
    const read = readsOf(port)
    return read === undefined ? [] : [[JSON.stringify([read.namespace, read.name]), { product: product.name, kind: 'port', name: port.name } satisfies Place] as const]
  })))
  return ({ namespace, name }) => {
    if (own.has(namespace)) return places.get(name)
    if (sql.has(namespace)) return name.startsWith(`${DATABASE}.`) ? places.get(name.slice(DATABASE.length + 1)) : undefined
    return ports.get(JSON.stringify([namespace, name]))
  }
}

/** Only what names one place; a pattern of files is many. */
function readsOf(port: InputPort): ForeignName | undefined {
  if (port.kind !== 'connected') return undefined
  const { path, host, port: number, database, table } = port.settings as Readonly<Record<string, unknown>>
  if (port.system === 'files' && typeof path === 'string' && !/[*?[{]/u.test(path) && URL.canParse(path)) {
    const { protocol, host: at, pathname } = new URL(path)
    return { namespace: `${protocol}//${at}`, name: protocol === 's3:' ? decodeURI(pathname.slice(1)) : pathname }
  }
  if (port.system !== 'postgres' && port.system !== 'mysql') return undefined
  if (typeof host !== 'string' || typeof database !== 'string' || typeof table !== 'string') return undefined
  const usual = port.system === 'postgres' ? 5432 : 3306
  return { namespace: `${port.system}://${host}:${typeof number === 'number' ? number : usual}`, name: port.system === 'postgres' ? `${database}.${table.includes('.') ? table : `public.${table}`}` : `${database}.${table}` }
}
