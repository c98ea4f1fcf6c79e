// Signing in and out, and what strangers may know.

import type { Handlers, Status } from '@tulle/api'
import { fail, ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import { OIDC_START } from '../http/oidc.ts'
import type { House } from '../house.ts'
import { readMeshFacts } from '../mesh-facts.ts'
import { messages } from '../messages.ts'
import { DATABASE } from '../settings.ts'
import { toUser } from './accounts.ts'

type SessionHandlers = Pick<Handlers<Caller>, 'status' | 'signIn' | 'signOut' | 'me'>

export function sessionHandlers(house: House): SessionHandlers {
  return {
    status: async () => ok(await describe(house)),
    signIn: async ({ name, password, label }) => {
      const session = await house.sessions.signIn(name, password, { label })
      if (!session.ok) return session
      const { token, expiresAt, account } = session.value
      return ok({ token, expiresAt: expiresAt.toISOString(), user: toUser(account) })
    },
    signOut: async (_input, { token }) => {
      if (token !== undefined) await house.sessions.signOut(token)
      return ok(null)
    },
    me: async (_input, caller) => {
      const account = await caller.again()
      return account === undefined ? fail(messages['not-signed-in']({})) : ok(toUser(account))
    },
  }
}

async function describe(house: House): Promise<Status> {
  const { settings } = house
  return {
    ready: house.isReady(),
    name: (await readMeshFacts(house.db)).title,
    version: settings.version,
    url: house.url,
    sql: { host: settings.host, port: settings.sqlPort, database: DATABASE, caFile: house.tls.caPath },
    isolation: house.isolation,
    users: [...house.demoUsers()],
    ...(house.issuer !== undefined && { issuer: { title: house.issuer.title, path: OIDC_START } }),
  }
}
