// Signing in by the issuer that the server trusts: by a code that a person confirms in any browser, or, where the issuer
// offers none, by a browser on this machine that comes back to a port of our own.

import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@tulle/api'
import type { SignedIn } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'
import { listenForAnswer } from './loopback.ts'

const MINUTES = 10
/** What an issuer that is asked too often wants in addition (RFC 8628, 3.5). */
const SLOWER_SECONDS = 5

export async function signInByIssuer(world: World, url: string, browser: boolean): Promise<Result<SignedIn>> {
  const status = await createClient({ baseUrl: url }).status({}, { signal: world.signal })
  if (!status.ok) return status
  const { issuer } = status.value
  if (issuer === undefined) return fail(messages['which-user']({ url }))
  const byDevice = browser ? undefined : await confirmElsewhere(world, url)
  return byDevice ?? comeBackHere(world, url, issuer.path)
}

/** Undefined where the issuer has no such way. */
async function confirmElsewhere(world: World, url: string): Promise<Result<SignedIn> | undefined> {
  const client = createClient({ baseUrl: url })
  const begun = await client.beginDeviceSignIn({}, { signal: world.signal })
  if (!begun.ok) return begun.diagnostics[0]?.code === 'device-not-offered' ? undefined : begun
  const { handle, userCode, page, pageWithCode, expiresAt, ...told } = begun.value
  world.terminal.say(`Open ${printable(pageWithCode ?? page)} in a browser and confirm the code ${printable(userCode)}.`)
  for (let seconds = told.intervalSeconds; Date.now() < Date.parse(expiresAt);) {
    try {
      await wait(seconds * 1000, undefined, { signal: world.signal })
    } catch {
      return fail(messages['sign-in-stopped']({}))
    }
    const answer = await client.finishDeviceSignIn({ handle }, { signal: world.signal })
    if (!answer.ok) return answer
    if (answer.value.session !== undefined) return ok(answer.value.session)
    if (answer.value.state === 'slower') seconds += SLOWER_SECONDS
  }
  return fail(messages['sign-in-over']({ minutes: MINUTES }))
}

async function comeBackHere(world: World, url: string, path: string): Promise<Result<SignedIn>> {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const listening = await listenForAnswer({ state, milliseconds: MINUTES * 60_000, signal: world.signal })
  const address = new URL(path, `${url}/`)
  address.search = new URLSearchParams({ port: String(listening.port), challenge, state }).toString()
  world.terminal.say(`Open ${address.href} in a browser on this machine.`)
  const answer = await listening.answer
  switch (answer.kind) {
    case 'code': return createClient({ baseUrl: url }).finishSignIn({ code: answer.code, verifier }, { signal: world.signal })
    case 'trouble': return fail(messages['sign-in-refused']({ why: printable(answer.code) }))
    case 'stopped': return fail(messages['sign-in-stopped']({}))
    case 'late': return fail(messages['sign-in-over']({ minutes: MINUTES }))
  }
}
