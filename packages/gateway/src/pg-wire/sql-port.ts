// Listens for SQL clients: accepts, signs in, leads the conversation, cancels, and lets everybody go at the end.

import type { Server, Socket } from 'node:net'
import type { Diagnostic, Result } from '@tulle/kernel'
import type { Audit, AuditLine } from '@tulle/audit'
import type { Accounts, Rights } from '../types.ts'
import type { Conversation } from './interruptible.ts'
import type { Opened } from './startup.ts'
import type { Doors } from './understand.ts'
import type { Wire } from './wire.ts'
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { toSqlError } from '../sqlstate.ts'
import { batchRooms } from './batch-rooms.ts'
import { converse } from './conversation.ts'
import { backendKeyData, errorResponse, parameterStatus, readyForQuery } from './replies.ts'
import { readSignInName } from './sign-in-name.ts'
import { createSession } from './session.ts'
import { openConnection } from './startup.ts'
import { wire } from './wire.ts'

export interface SqlPortOptions extends Doors {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** PEM texts. Without them no connection is encrypted. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Refuses connections that are not encrypted. */
  readonly requireTls?: boolean
  /** The one database that clients name when they connect. */
  readonly database: string
  readonly accounts: Accounts
  readonly rights: Rights
  readonly audit: Audit
  readonly limits?: Partial<SqlPortLimits>
  /** Tells a fault of our own; it never reaches a client. */
  readonly onBug?: (error: unknown) => void
}

export interface SqlPortLimits {
  /** Signed-in clients, of all accounts and of one. */
  readonly connections: number
  readonly connectionsPerAccount: number
  /** Clients that have not signed in. Where one more comes, the one that has waited longest goes. */
  readonly strangers: number
  readonly signInMilliseconds: number
  readonly idleMilliseconds: number
  readonly idleInTransactionMilliseconds: number
  readonly stallMilliseconds: number
  readonly statementMilliseconds: number
  /** The longest message of a signed-in client. */
  readonly messageBytes: number
}

export interface SqlPort {
  readonly host: string
  readonly port: number
  /** How many are signed in. */
  connections(): number
  /** Ends what runs, tells the clients and closes. */
  close(): Promise<void>
}

const LIMITS: SqlPortLimits = {
  connections: 400,
  connectionsPerAccount: 100,
  strangers: 500,
  signInMilliseconds: 10_000,
  idleMilliseconds: 8 * 3_600_000,
  idleInTransactionMilliseconds: 3_600_000,
  stallMilliseconds: 300_000,
  statementMilliseconds: 600_000,
  messageBytes: 16 << 20,
}
const STARTUP_BYTES = 10_000
const GONE_MILLISECONDS = 250

/** Starts to listen. A port that is taken is the diagnostic `port-in-use`. */
export async function openSqlPort(options: SqlPortOptions): Promise<Result<SqlPort>> {
  const limits = { ...LIMITS, ...options.limits }
  const context = options.tls && createSecureContext({ cert: options.tls.certificate, key: options.tls.key, minVersion: 'TLSv1.2' })
  const secret = randomBytes(32)
  const onBug = options.onBug ?? (() => {})
  const rooms = batchRooms()
  const sockets = new Set<Socket>()
  // In the order in which they came.
  const strangers = new Set<Socket>()
  const live = new Map<number, { readonly secret: number; readonly conversation: Conversation; readonly accountId: string }>()

  // Who mistypes may have typed a password where the name goes: only names of accounts are written down.
  const signInLine = async (user: string, outcome: string, token?: string): Promise<AuditLine> => {
    const account = await options.accounts.find(readSignInName(user).account)
    return {
      time: new Date().toISOString(), port: 'sign-in', subject: account?.subject.name ?? '?:name', ...(account !== undefined && { subjectId: account.subject.id }), ...(token !== undefined && { token }),
      purpose: null, decision: outcome === 'ok' ? 'allow' : 'deny', reads: [], rows: 0, milliseconds: 0, outcome, reasons: [], deed: { door: 'sql' },
    }
  }

  const cancel = (processId: number, given: number): void => {
    const found = live.get(processId)
    if (found !== undefined && timingSafeEqual(bytesOf(found.secret), bytesOf(given))) found.conversation.running?.abort(messages['statement-cancelled']({}))
  }

  const serve = async (socket: Socket): Promise<void> => {
    const client = wire(socket, { frameLimit: STARTUP_BYTES, stallMilliseconds: limits.stallMilliseconds, rooms })
    // Who opens thousands of sockets and says nothing loses them to those who sign in, which takes milliseconds.
    strangers.add(socket)
    const [oldest] = strangers
    if (strangers.size > limits.strangers && oldest !== undefined) oldest.destroy()
    const deadline = setTimeout(() => void dismiss(client, messages['sign-in-timeout']({ seconds: limits.signInMilliseconds / 1000 })), limits.signInMilliseconds)
    const opened = await openConnection(client, { accounts: options.accounts, tls: context, requireTls: options.requireTls ?? false, database: options.database, secret })
    clearTimeout(deadline)
    strangers.delete(socket)
    if (opened.kind === 'closed') return client.destroy()
    if (opened.kind === 'cancel') {
      cancel(opened.processId, opened.secret)
      return client.end()
    }
    if (opened.kind === 'refused') {
      if (opened.user !== undefined) await options.audit.record(await signInLine(opened.user, opened.diagnostic.code))
      return dismiss(client, opened.diagnostic)
    }
    await talk(client, opened)
  }

  const talk = async (client: Wire, { account, token, purpose, parameters }: Opened & { readonly kind: 'signed-in' }): Promise<void> => {
    const own = [...live.values()].filter(({ accountId }) => accountId === account.subject.id).length
    if (live.size >= limits.connections) return dismiss(client, messages['too-many-connections']({ limit: limits.connections }))
    if (own >= limits.connectionsPerAccount) return dismiss(client, messages['too-many-connections-of-account']({ user: account.subject.name, limit: limits.connectionsPerAccount }))
    const session = createSession({ account, token, purpose, parameters, accounts: options.accounts, rights: options.rights })
    if (!session.ok) return dismiss(client, session.diagnostics[0] as Diagnostic)
    const recorded = await options.audit.record(await signInLine(account.subject.name, 'ok', token))
    if (!recorded.ok) return dismiss(client, recorded.diagnostics[0] as Diagnostic)
    const conversation: Conversation = {
      wire: client, session: session.value, doors: options, onBug,
      idleMilliseconds: limits.idleMilliseconds, idleInTransactionMilliseconds: limits.idleInTransactionMilliseconds, statementMilliseconds: limits.statementMilliseconds, running: undefined,
    }
    const processId = freeId(live)
    const cancelSecret = randomBytes(4).readInt32BE()
    live.set(processId, { secret: cancelSecret, conversation, accountId: account.subject.id })
    client.reader.limit = limits.messageBytes
    for (const { name, value } of session.value.settings.reported()) client.send(parameterStatus(name, value))
    client.send(backendKeyData(processId, cancelSecret))
    client.send(readyForQuery('I'))
    try {
      if (await client.flush()) await converse(conversation)
    } finally {
      live.delete(processId)
      await session.value.closePortals(true)
    }
    await client.end()
  }

  // Whoever is shut out leaves, also where nothing was asked. Between statements that costs a comparison of two numbers.
  const dismissed = setInterval(() => {
    for (const { conversation } of live.values()) void dismissIfGone(conversation)
  }, GONE_MILLISECONDS)
  dismissed.unref()

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      strangers.delete(socket)
    })
    serve(socket).catch((error: unknown) => {
      onBug(error)
      socket.destroy()
    })
  })
  const listening = await listen(server, options.host, options.port)
  if (!listening.ok) return listening

  return ok({
    host: options.host,
    port: listening.value,
    connections: () => live.size,
    async close() {
      clearInterval(dismissed)
      server.close()
      await Promise.all([...live.values()].map(async ({ conversation }) => {
        conversation.running?.abort(messages['server-stopping']({}))
        await dismiss(conversation.wire, messages['server-stopping']({}))
      }))
      for (const socket of sockets) socket.destroy()
    },
  })
}

function listen(server: Server, host: string, port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another program listens there' : error.code === 'EACCES' ? 'this user may not' : (error.code ?? 'unknown reason')
      resolve(fail(messages['port-in-use']({ host, port, reason })))
    })
    server.listen({ host, port }, () => {
      const address = server.address()
      resolve(ok(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}

async function dismiss(client: Wire, diagnostic: Diagnostic): Promise<void> {
  client.send(errorResponse(toSqlError(diagnostic, '', 'FATAL')))
  await client.end()
}

async function dismissIfGone(conversation: Conversation): Promise<void> {
  // A database that does not answer is no reason: the rights themselves say what holds meanwhile.
  const asked = await conversation.session.who().catch(() => ok(undefined))
  const gone = asked.ok ? undefined : asked.diagnostics.find(({ code }) => code === 'account-gone')
  if (gone === undefined) return
  if (conversation.running === undefined) await dismiss(conversation.wire, gone)
  else conversation.running.abort(gone)
}

const bytesOf = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

function freeId(taken: ReadonlyMap<number, unknown>): number {
  for (;;) {
    const id = randomInt(1, 0x7fffffff)
    if (!taken.has(id)) return id
  }
}
