// Signing in by an issuer: to it and back with the browser. What has to be remembered meanwhile lies sealed in a cookie of
// the browser's own, so that nobody can bring another's sign-in to an end here, and nothing secret stands in an address.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Issuer } from '@tulle/access'
import type { Diagnostic } from '@tulle/kernel'
import type { House } from '../house.ts'
import type { SignIns, Terminal } from '../sign-ins.ts'
import { sendInternalError } from './answers.ts'
import { cookieOf } from './callers.ts'
import { keepInCookie } from './routes.ts'

export const OIDC_START = '/oidc/sign-in'
const OIDC_BACK = '/oidc/callback'
const MINUTES = 10

export function mountOidc(app: FastifyInstance, house: House, issuer: Issuer, signIns: SignIns): void {
  const { settings, sessions, log } = house
  const isSecure = settings.publicUrl.startsWith('https:')
  const cookie = `tulle_sign_in_${settings.httpPort}`
  // SameSite=Lax: the browser comes back from another site, and must bring it along.
  const remember = (reply: FastifyReply, value: string): FastifyReply =>
    reply.header('set-cookie', `${cookie}=${value}; Path=/oidc/; HttpOnly; SameSite=Lax; Max-Age=${value === '' ? 0 : MINUTES * 60}${isSecure ? '; Secure' : ''}`)
  const guarded = (serve: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) => (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    serve(request, reply).catch((error: unknown) => sendInternalError(reply, error, log))

  app.get(OIDC_START, guarded(async (request, reply) => {
    const query = request.query as Readonly<Record<string, unknown>>
    const terminal = terminalOf(query)
    if (terminal === 'malformed') return reply.redirect('/sign-in?trouble=sign-in-lost')
    const started = await issuer.start({ redirectUri: `${settings.publicUrl}${OIDC_BACK}`, to: pathWithin(query['to']) })
    if (!started.ok) return toSignIn(reply, started.diagnostics)
    return remember(reply, signIns.sealBrowser({ ...started.value.memory, until: house.clock.now() + MINUTES * 60_000, ...(terminal !== undefined && { terminal }) })).redirect(started.value.url.href)
  }))

  app.get(OIDC_BACK, guarded(async (request, reply) => {
    const memory = signIns.unsealBrowser(cookieOf(request, cookie))
    remember(reply, '')
    if (memory === undefined) return reply.redirect('/sign-in?trouble=sign-in-lost')
    const answer = await issuer.finish(new URL(request.raw.url ?? '', settings.publicUrl), memory)
    if (memory.terminal !== undefined) return reply.redirect(addressOf(memory.terminal, answer.ok ? { code: signIns.keep(answer.value, memory.terminal.challenge) } : { trouble: answer.diagnostics[0]?.code ?? 'issuer-refused' }))
    if (!answer.ok) return toSignIn(reply, answer.diagnostics)
    const session = await sessions.signInByIssuer(answer.value)
    if (!session.ok) return toSignIn(reply, session.diagnostics)
    keepInCookie(reply, session.value.token, { port: settings.httpPort, secure: isSecure })
    return reply.redirect(memory.to)
  }))
}

/** A person reads the trouble on the sign-in page; the address names only its kind. */
const toSignIn = (reply: FastifyReply, diagnostics: readonly Diagnostic[]): FastifyReply => reply.redirect(`/sign-in?trouble=${encodeURIComponent(diagnostics[0]?.code ?? 'issuer-refused')}`)

/** A program on the browser's own machine that waits for the answer; `malformed` where it is named and cannot be one. */
function terminalOf({ port, challenge, state }: Readonly<Record<string, unknown>>): Terminal | 'malformed' | undefined {
  if (port === undefined && challenge === undefined && state === undefined) return undefined
  const number = typeof port === 'string' && /^\d{4,5}$/u.test(port) ? Number(port) : 0
  const isWhole = number >= 1024 && number <= 65_535 && typeof challenge === 'string' && /^[\w-]{43}$/u.test(challenge) && typeof state === 'string' && /^[\w-]{22,128}$/u.test(state)
  return isWhole ? { port: number, challenge, state } : 'malformed'
}

/** Nowhere but the browser's own machine, which is where whoever began the sign-in listens. */
const addressOf = ({ port, state }: Terminal, answer: Readonly<Record<string, string>>): string => `http://127.0.0.1:${port}/?${new URLSearchParams({ ...answer, state }).toString()}`

/** A page of our own to go on at, and never an address elsewhere. */
const pathWithin = (to: unknown): string => (typeof to === 'string' && to.length <= 500 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/u.test(to) ? to : '/')
