// What a person sees in the terminal once the mesh lives.

import { join, relative } from 'node:path'
import { findAccount, listGrants } from '@tulle/access'
import { listProducts } from '@tulle/providers'
import type { House } from './house.ts'

interface BannerFacts {
  readonly house: House
  readonly mesh: string
  /** A data set that the first analyst may read. */
  readonly example?: string
  readonly notes: readonly string[]
  readonly seconds: number
}

/** A question to copy: the sample mesh's own, or the first rows of what this user may read. */
export async function exampleFor({ db, store }: House, user: string): Promise<string | undefined> {
  const [products, account] = [await listProducts(db), await findAccount(store, user)]
  if (account === undefined) return undefined
  const granted = new Set((await listGrants(store, { subject: account.subject })).map(({ product }) => product))
  const product = products.find(({ name, dataSets }) => granted.has(name) && dataSets.length > 0)
  if (products.some(({ name }) => name === 'flights') && granted.has('flights')) return 'select origin, count(*) from flights.flights group by origin order by 2 desc limit 5'
  return product === undefined ? undefined : `select * from ${product.name}.${product.dataSets[0] ?? ''} limit 5`
}

export function banner({ house, mesh, example, notes, seconds }: BannerFacts): string {
  const { settings, url, tls, isolation } = house
  const users = house.demoUsers()
  const analyst = users.find((user) => user.role === 'consumer')
  const width = Math.max(...users.map((user) => user.name.length), 4)
  return [
    '',
    `  ${mesh} is living (${seconds.toFixed(1)} s)`,
    '',
    `  Console   ${url}`,
    `  API       ${url}/docs`,
    `  SQL       ${settings.host}:${settings.sqlPort}/tulle   (PostgreSQL protocol, TLS; CA in ${here(tls.caPath)})`,
    ...(isolation === 'process' ? ['  Engines   run as this user; start as root to give them a user of their own'] : []),
    ...(users.length === 0 ? [] : [
      '',
      `  Users     the password of each is in ${here(join(settings.home, 'secrets'))}/<name>`,
      ...users.map((user) => `            ${user.name.padEnd(width)}  ${user.role.padEnd(14)} ${user.title}`),
    ]),
    ...(analyst === undefined || example === undefined ? [] : ['', `  Try       npx tulle sql --as ${analyst.name} '${example}'`]),
    ...notes.flatMap((note) => ['', `  ${note}`]),
    '',
    '  Ctrl-C stops it.',
    '',
  ].join('\n')
}

function here(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
