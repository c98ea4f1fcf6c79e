import { expect, it } from 'vitest'
import { createClient } from '@tulle/api'
import { askedFirst } from './console.ts'

/** As the client spells them. */
async function addressesOf(isHome: boolean): Promise<readonly string[]> {
  const asked: string[] = []
  const client = createClient({ baseUrl: '', fetch: async (address) => {
    asked.push(String(address))
    return Response.json({})
  } })
  await client.me()
  await client.status()
  await client.listDomains()
  if (isHome) await client.search({ limit: 60, offset: 0 })
  return asked
}

it.each([['/', true], ['/runs', false], ['/?q=x', false]] as const)('a page at %s tells the browser what its script asks first, in the words of its client', async (path, isHome) => {
  const link = askedFirst(path, true) ?? ''
  expect([...link.matchAll(/<(?<address>[^>]+)>; rel=preload; as=fetch; crossorigin/gu)].map(({ groups }) => groups?.['address'])).toEqual(await addressesOf(isHome))
})

it.each([['/', false], ['/sign-in', true], ['/sign-in?to=/runs', true]] as const)('a page at %s tells nothing to whom would only be refused', (path, isSignedIn) => {
  expect(askedFirst(path, isSignedIn)).toBeUndefined()
})
