// `tulle login`, `logout`, `whoami`: who the next commands act as.

import type { Command } from 'commander'
import { createClient } from '@tulle/api'
import type { SignedIn } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, report, withOutput, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { askSecret, readSecretFromInput } from '../ask.ts'
import { findServer, withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { messages } from '../messages.ts'
import { keepSession, readSession } from '../sessions.ts'
import { signInByIssuer } from '../sign-in/by-issuer.ts'
import { renderFacts } from '../table.ts'
import type { World } from '../types.ts'

export function registerLogin(program: Command, world: World): void {
  withOutput(program.command('login'))
    .argument('[user]', 'a local account; nobody: the issuer that the server trusts says who it is')
    .description('sign in: by the password that is asked for, or in a browser by the issuer of identities')
    .option('--browser', 'by a browser on this machine, also where the issuer takes a code from any')
    .option('--password-stdin', 'read the password from standard input')
    .action(act(world, (options: { passwordStdin?: boolean; browser?: boolean }, user: string | undefined) => (user === undefined ? loginByIssuer(world, options.browser === true) : login(world, user, options.passwordStdin === true))))
  program.command('logout').description('end the session').action(act(world, () => logout(world)))
  withServer(program.command('whoami')).description('say who is signed in').action(act(world, (options: RemoteOptions) => whoami(world, options)))
}

async function login(world: World, name: string, piped: boolean): Promise<Result<Answer>> {
  const found = findServer(world)
  if (!found.ok) return found
  if (isInTheOpen(found.value)) report(world.terminal, [messages['password-in-the-open']({ url: found.value, what: 'password' })])
  const password = piped ? ok(await readSecretFromInput()) : await askSecret(world, `Password of ${name} at ${found.value}`, 'Pipe it in: tulle login <user> --password-stdin < file')
  if (!password.ok) return password
  const signedIn = await createClient({ baseUrl: found.value }).signIn({ name, password: password.value, label: 'tulle' }, { signal: world.signal })
  if (!signedIn.ok) return signedIn
  return keepSignedIn(world, found.value, signedIn.value)
}

async function loginByIssuer(world: World, browser: boolean): Promise<Result<Answer>> {
  const found = findServer(world)
  if (!found.ok) return found
  if (isInTheOpen(found.value)) report(world.terminal, [messages['password-in-the-open']({ url: found.value, what: 'session' })])
  const signedIn = await signInByIssuer(world, found.value, browser)
  return signedIn.ok ? keepSignedIn(world, found.value, signedIn.value) : signedIn
}

function keepSignedIn(world: World, url: string, { token, expiresAt, user }: SignedIn): Result<Answer> {
  const kept = keepSession(world, url, { user: user.name, token, expiresAt })
  return kept.ok ? ok({ json: { user, expiresAt }, text: () => `Signed in at ${url} as ${user.name} (${user.role}).` }) : kept
}

/** True for plain HTTP to another machine. Said before the question, while one may still think again. */
function isInTheOpen(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed?.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(parsed.hostname)
}

async function logout(world: World): Promise<Result<Answer>> {
  const found = findServer(world)
  if (!found.ok) return found
  const session = readSession(world, found.value)
  if (session === undefined) return ok({ text: () => `Nobody was signed in at ${found.value}.` })
  const ended = await createClient({ baseUrl: found.value, token: session.token }).signOut()
  const kept = keepSession(world, found.value, undefined)
  if (!kept.ok) return kept
  // A token that the server no longer knows is as good as ended.
  return ended.ok || ended.status === 401 ? ok({ text: () => `Signed out ${session.user}.` }) : ended
}

const whoami = (world: World, options: RemoteOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const me = await client.me()
  if (!me.ok) return me
  const { name, title, role, teams, purposes } = me.value
  return ok({
    json: me.value,
    text: () => renderFacts([['user', name], ['name', title], ['role', role], ['teams', teams.join(', ') || '–'], ['purposes', purposes.join(', ') || '–']]),
  })
})
