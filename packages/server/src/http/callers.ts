// Who is calling: a bearer token, the console's cookie, or a name and password; checked anew on every request.

import type { FastifyRequest } from 'fastify'
import type { Account } from '@tulle/access'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { messages } from '../messages.ts'

export interface Caller {
  readonly subject: Subject
  /** The token that the request came with, so that signing out can end it; undefined for a name and password. */
  readonly token?: string
  /** The API token that it is, where it is one. */
  readonly apiToken?: { readonly id: string; readonly scope: 'read' | 'full' }
  /** Who that is by now, for answers that take their time; undefined: it is over. */
  again(): Promise<Account | undefined>
}

/** How tokens and passwords become accounts; the accounts room implements it. */
export interface Authenticator {
  authenticateToken(token: string): Promise<Account | undefined>
  /** The secret of an API token is a password too. */
  authenticatePassword(name: string, password: string): Promise<Result<Account>>
  findAgain(account: Account): Promise<Account | undefined>
}

/** Cookies do not know ports, and two Tulles may share a host: the port is part of the name. */
export const cookieName = (port: number): string => `tulle_${port}`

/** Finds the caller; no credential at all is `not-signed-in`. */
export async function callerOf(request: FastifyRequest, accounts: Authenticator, port: number): Promise<Result<Caller>> {
  const header = request.headers.authorization ?? ''
  const bearer = /^Bearer ([\w.~+/=-]{1,8192})$/iu.exec(header)?.[1]
  if (bearer !== undefined) return withToken(bearer, accounts)
  const basic = /^Basic ([\w+/=]{1,2048})$/iu.exec(header)?.[1]
  if (basic !== undefined) {
    const [, name = '', password = ''] = /^([^:]*):(.*)$/su.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? []
    const account = await accounts.authenticatePassword(name, password)
    return account.ok ? ok(toCaller(account.value, () => accounts.findAgain(account.value))) : account
  }
  const cookie = cookieOf(request, cookieName(port))
  if (cookie === undefined) return fail(messages['not-signed-in']({}))
  if (!isSameOrigin(request)) return fail(messages['cross-site']({}))
  return withToken(cookie, accounts)
}

async function withToken(token: string, accounts: Authenticator): Promise<Result<Caller>> {
  const account = await accounts.authenticateToken(token)
  return account === undefined ? fail(messages['not-signed-in']({})) : ok({ ...toCaller(account, () => accounts.authenticateToken(token)), token })
}

const toCaller = (account: Account, again: Caller['again']): Caller => ({ subject: account.subject, ...(account.token !== undefined && { apiToken: account.token }), again })

export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value !== undefined && value !== '') return value
  }
  return undefined
}

// Ports of one host are one "site" to a browser, so SameSite does not keep a neighbour's page out; its Origin does.
function isSameOrigin(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return request.headers['sec-fetch-site'] !== 'cross-site'
  const { origin, host } = request.headers
  return origin !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
