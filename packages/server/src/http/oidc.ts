// Signing in by an issuer: to it and back with the browser. What has to be remembered meanwhile lies sealed in a cookie of
// the browser's own, so that nobody can bring another's sign-in to an end here, and nothing secret stands in an address.

import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Issuer, SignInMemory } from '@tulle/access'
import { seal, unseal } from '@tulle/access'
import type { Diagnostic } from '@tulle/kernel'
import type { House } from '../house.ts'
import { sendInternalError } from './answers.ts'
import { cookieOf } from './callers.ts'
import { keepInCookie } from './routes.ts'

export const OIDC_START = '/oidc/sign-in'
const OIDC_BACK = '/oidc/callback'
const MINUTES = 10
const USE = 'sign-in in progress'

export function mountOidc(app: FastifyInstance, house: House, issuer: Issuer): void {
  const { settings, sessions, log } = house
  const key = randomBytes(32)
  const isSecure = settings.publicUrl.startsWith('https:')
  const cookie = `tulle_sign_in_${settings.httpPort}`
  // SameSite=Lax: the browser comes back from another site, and must bring it along.
  const remember = (reply: FastifyReply, value: string): FastifyReply =>
    reply.header('set-cookie', `${cookie}=${value}; Path=/oidc/; HttpOnly; SameSite=Lax; Max-Age=${value === '' ? 0 : MINUTES * 60}${isSecure ? '; Secure' : ''}`)
  const guarded = (serve: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) => (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    serve(request, reply).catch((error: unknown) => sendInternalError(reply, error, log))

  app.get(OIDC_START, guarded(async (request, reply) => {
    const { to } = request.query as { readonly to?: unknown }
    const started = await issuer.start({ redirectUri: `${settings.publicUrl}${OIDC_BACK}`, to: pathWithin(to) })
    if (!started.ok) return toSignIn(reply, started.diagnostics)
    return remember(reply, seal(JSON.stringify({ ...started.value.memory, until: house.clock.now() + MINUTES * 60_000 }), key, USE)).redirect(started.value.url.href)
  }))

  app.get(OIDC_BACK, guarded(async (request, reply) => {
    const memory = memoryIn(cookieOf(request, cookie), key, house.clock.now())
    remember(reply, '')
    if (memory === undefined) return reply.redirect('/sign-in?trouble=sign-in-lost')
    const answer = await issuer.finish(new URL(request.raw.url ?? '', settings.publicUrl), memory)
    if (!answer.ok) return toSignIn(reply, answer.diagnostics)
    const session = await sessions.signInByIssuer(answer.value)
    if (!session.ok) return toSignIn(reply, session.diagnostics)
    keepInCookie(reply, session.value.token, { port: settings.httpPort, secure: isSecure })
    return reply.redirect(memory.to)
  }))
}

/** A person reads the trouble on the sign-in page; the address names only its kind. */
const toSignIn = (reply: FastifyReply, diagnostics: readonly Diagnostic[]): FastifyReply => reply.redirect(`/sign-in?trouble=${encodeURIComponent(diagnostics[0]?.code ?? 'issuer-refused')}`)

function memoryIn(sealed: string | undefined, key: Uint8Array, now: number): SignInMemory | undefined {
  const text = sealed === undefined ? undefined : unseal(sealed, key, USE)
  const memory = text === undefined ? undefined : (JSON.parse(text) as SignInMemory & { readonly until: number })
  return memory !== undefined && now < memory.until ? memory : undefined
}

/** A page of our own to go on at, and never an address elsewhere. */
const pathWithin = (to: unknown): string => (typeof to === 'string' && to.length <= 500 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/u.test(to) ? to : '/')
