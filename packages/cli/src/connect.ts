// From the settings and the flags of a command to a client of the API that acts as somebody.

import { createClient } from '@tulle/api'
import type { Client } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { homeOf, readSecret, readServerFile } from './home.ts'
import { messages } from './messages.ts'
import { readSession } from './sessions.ts'
import type { World } from './types.ts'

/** Flags of every command that asks the server. */
export interface RemoteOptions { readonly as?: string }

/** Where the server is: `TULLE_URL` where somebody set it, else what the server of this home announced. */
export function findServer(world: World): Result<string> {
  const url = world.environment['TULLE_URL']
  if (url !== undefined && url !== '') return ok(url.replace(/\/+$/, ''))
  const home = homeOf(world)
  const file = readServerFile(home)
  return file === undefined ? fail(messages['not-running']({ home })) : ok(file.url)
}

/** The server, and the token of whom a command acts as. */
export interface Caller { readonly baseUrl: string; readonly token: string; readonly client: Client }

/**
 * Runs `work` as the user of `--as`, else as whose token `TULLE_TOKEN` is, else as whoever signed in. The session of `--as` lasts as long as the work: demo
 * users sign in by a file, so there is nothing to keep.
 */
export async function withCaller<T>(world: World, options: RemoteOptions, work: (caller: Caller) => Promise<Result<T>>): Promise<Result<T>> {
  const found = findServer(world)
  if (!found.ok) return found
  const baseUrl = found.value
  const by = (token: string): Caller => ({ baseUrl, token, client: createClient({ baseUrl, token }) })
  const held = world.environment['TULLE_TOKEN']
  if (options.as === undefined && held !== undefined && held !== '') return work(by(held))
  if (options.as === undefined) {
    const session = readSession(world, baseUrl)
    return session === undefined ? fail(messages['nobody-signed-in']({ url: baseUrl })) : work(by(session.token))
  }
  const secret = readSecret(homeOf(world), options.as)
  if (!secret.ok) return secret
  const signedIn = await createClient({ baseUrl }).signIn({ name: options.as, password: secret.value, label: 'tulle --as' }, { signal: world.signal })
  if (!signedIn.ok) return signedIn
  const caller = by(signedIn.value.token)
  try {
    return await work(caller)
  } finally {
    await caller.client.signOut()
  }
}

export const withClient = <T>(world: World, options: RemoteOptions, work: (client: Client) => Promise<Result<T>>): Promise<Result<T>> => withCaller(world, options, ({ client }) => work(client))
