// Signing in and out, and what strangers may know.

import type { Session } from '@tulle/access'
import type { Handlers, SignedIn, Status } from '@tulle/api'
import { fail, ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import { OIDC_START } from '../http/oidc.ts'
import type { House } from '../house.ts'
import { readMeshFacts } from '../mesh-facts.ts'
import { messages } from '../messages.ts'
import { DATABASE } from '../settings.ts'
import type { SignIns } from '../sign-ins.ts'
import { toUser } from './accounts.ts'

type SessionHandlers = Pick<Handlers<Caller>, 'status' | 'signIn' | 'signOut' | 'me' | 'finishSignIn' | 'beginDeviceSignIn' | 'finishDeviceSignIn'>

export function sessionHandlers(house: House, signIns: SignIns): SessionHandlers {
  return {
    status: async () => ok(await describe(house)),
    signIn: async ({ name, password, label }) => {
      const session = await house.sessions.signIn(name, password, { label })
      if (!session.ok) return session
      return ok(toSignedIn(session.value))
    },
    finishSignIn: async ({ code, verifier }) => {
      const answer = signIns.redeem(code, verifier)
      if (answer === undefined) return fail(messages['sign-in-lost']({}))
      const session = await house.sessions.signInByIssuer(answer)
      return session.ok ? ok(toSignedIn(session.value)) : session
    },
    beginDeviceSignIn: async () => {
      if (house.issuer === undefined) return fail(messages['no-issuer']({}))
      const free = signIns.begin()
      if (!free.ok) return free
      const begun = await house.issuer.startDevice()
      if (!begun.ok) return begun
      const { deviceCode, expiresAt, pageWithCode, ...shown } = begun.value
      return ok({ ...shown, ...(pageWithCode !== undefined && { pageWithCode }), handle: signIns.sealDevice(deviceCode, expiresAt), expiresAt: expiresAt.toISOString() })
    },
    finishDeviceSignIn: async ({ handle }) => {
      const deviceCode = signIns.unsealDevice(handle)
      if (deviceCode === undefined || house.issuer === undefined) return fail(messages['sign-in-lost']({}))
      const answer = await house.issuer.finishDevice(deviceCode)
      if (!answer.ok) return answer
      if (answer.value === 'pending' || answer.value === 'slower') return ok({ state: answer.value })
      const session = await house.sessions.signInByIssuer(answer.value)
      return session.ok ? ok({ state: 'signed-in', session: toSignedIn(session.value) }) : session
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

const toSignedIn = ({ token, expiresAt, account }: Session): SignedIn => ({ token, expiresAt: expiresAt.toISOString(), user: toUser(account) })

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
