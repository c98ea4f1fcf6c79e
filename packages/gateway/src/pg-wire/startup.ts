// Opens a connection: encryption, the start-up packet, sign-in by SCRAM. Ends with an account and its parameters.
// Until then a stranger may cost us little: short frames, a short time, and no word about who exists.

import type { SecureContext } from 'node:tls'
import type { Diagnostic } from '@tulle/kernel'
import type { ScramVerifier } from '@tulle/access'
import { decoyVerifier, parseVerifier } from '@tulle/access'
import type { Account, Accounts } from '../types.ts'
import type { Wire } from './wire.ts'
import { messages } from '../messages.ts'
import { readOpening, readSaslInitial } from './requests.ts'
import { authenticationOk, authenticationSasl, authenticationSaslContinue, authenticationSaslFinal, negotiateProtocol } from './replies.ts'
import { SCRAM, scramExchange } from './scram.ts'
import { readSignInName } from './sign-in-name.ts'

export interface StartupOptions {
  readonly accounts: Accounts
  readonly tls: SecureContext | undefined
  readonly requireTls: boolean
  readonly database: string
  /** Fakes the salt of users that do not exist. */
  readonly secret: Buffer
}

export type Opened =
  /** `token` is the API token whose secret was the password; `purpose` is the one that stood behind the user name. */
  | { readonly kind: 'signed-in'; readonly account: Account; readonly token?: string; readonly purpose?: string; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: number }
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic; readonly user: string | undefined }
  | { readonly kind: 'closed' }

export async function openConnection(wire: Wire, options: StartupOptions): Promise<Opened> {
  const opening = await readUntilStartup(wire, options)
  if (opening.kind !== 'startup') return opening
  const { parameters } = opening
  const user = parameters.get('user')
  const refused = (diagnostic: Diagnostic): Opened => ({ kind: 'refused', diagnostic, user })

  if (opening.major !== 3) return refused(messages['unsupported-protocol']({ major: opening.major, minor: opening.minor }))
  const unknown = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'))
  if (opening.minor > 0 || unknown.length > 0) wire.send(negotiateProtocol(0, unknown))
  if (user === undefined || user === '') return refused(messages['user-missing']({}))
  if (options.requireTls && !wire.encrypted) return refused(messages['tls-needed']({}))

  const { account: name, purpose } = readSignInName(user)
  const signedIn = await signIn(wire, name, options)
  if (signedIn === 'closed') return { kind: 'closed' }
  if (signedIn === undefined) return refused(messages['sign-in-failed']({ user }))
  if ('code' in signedIn) return refused(signedIn)

  const database = parameters.get('database') ?? user
  if (database !== options.database && database !== user && database !== name) return refused(messages['unknown-database']({ name: database, database: options.database }))
  if (!['', 'false', 'off', 'no', '0'].includes(parameters.get('replication') ?? '')) return refused(messages['unsupported-statement']({ verb: 'Replication' }))
  wire.send(authenticationOk())
  return { kind: 'signed-in', ...signedIn, parameters, ...(purpose !== undefined && { purpose }) }
}

type Start = { readonly kind: 'startup'; readonly major: number; readonly minor: number; readonly parameters: ReadonlyMap<string, string> }

async function readUntilStartup(wire: Wire, options: StartupOptions): Promise<Start | Opened> {
  const violation = (what: string): Opened => ({ kind: 'refused', diagnostic: messages['protocol-violation']({ what }), user: undefined })
  // A client asks at most once for each kind of encryption.
  for (let asked = 0; asked < 3; asked += 1) {
    const frame = await wire.receive()
    if (frame === 'closed' || frame === 'idle') return { kind: 'closed' }
    if (typeof frame === 'string') return violation(`the first packet is ${frame}`)
    const opening = readOpening(frame.body)
    if (opening.kind === 'unreadable') return violation('the first packet does not read')
    if (opening.kind === 'startup' || opening.kind === 'cancel') return opening
    if (opening.kind === 'ssl' && options.tls !== undefined && !wire.encrypted) {
      if (!wire.encrypt(options.tls)) return violation('unencrypted data after the request for encryption')
    } else {
      if (wire.reader.waiting > 0) return violation('data after the request for encryption')
      wire.send(Buffer.from('N'))
      await wire.flush()
    }
  }
  return violation('too many requests for encryption')
}

interface SignedIn { readonly account: Account; readonly token?: string }

async function signIn(wire: Wire, user: string, { accounts, secret }: StartupOptions): Promise<SignedIn | Diagnostic | undefined | 'closed'> {
  const account = await accounts.find(user)
  const keys = account === undefined ? [] : keysOf(account)
  // A user that does not exist is led through the same exchange, with a salt that stays the same for the name.
  const [password, ...tokens] = keys
  const exchange = scramExchange([password?.verifier ?? (parseVerifier(decoyVerifier(user, secret)) as ScramVerifier), ...tokens.map(({ verifier }) => verifier)])
  wire.reader.mode = 'typed'

  wire.send(authenticationSasl([SCRAM]))
  const initialFrame = await receivePassword(wire)
  if (initialFrame === 'closed') return 'closed'
  const initial = initialFrame === undefined ? undefined : readSaslInitial(initialFrame)
  const serverFirst = initial?.mechanism === SCRAM ? exchange.first(initial.data.toString('utf8')) : undefined
  if (serverFirst === undefined) return undefined

  wire.send(authenticationSaslContinue(serverFirst))
  const proof = await receivePassword(wire)
  if (proof === 'closed') return 'closed'
  // Only a proof is an attempt: clients often connect once to learn that a password is wanted.
  const seconds = accounts.attempts?.wait(user) ?? 0
  if (seconds > 0) return messages['too-many-sign-ins']({ user, seconds })
  accounts.attempts?.failed(user)
  const fitting = proof === undefined ? undefined : exchange.final(proof.toString('utf8'))
  const key = fitting === undefined ? undefined : keys[fitting.verifier]
  if (account === undefined || fitting === undefined || key === undefined) return undefined
  const signedIn = key.id === undefined ? account : await accounts.findByToken?.(key.id)
  if (signedIn === undefined) return undefined
  accounts.attempts?.succeeded(user)
  wire.send(authenticationSaslFinal(fitting.message))
  return { account: signedIn, ...(key.id !== undefined && { token: key.id }) }
}

interface Key { readonly id: string | undefined; readonly verifier: ScramVerifier }

/** The password's verifier first, then those of tokens that lie under its salt: no other could be tried. */
function keysOf({ verifier, tokens = [] }: Account): readonly Key[] {
  const password = parseVerifier(verifier)
  if (password === undefined) return []
  const parsed = tokens.map((token) => ({ id: token.id, verifier: parseVerifier(token.verifier) }))
  return [
    { id: undefined, verifier: password },
    ...parsed.filter((key): key is { id: string; verifier: ScramVerifier } => key.verifier?.iterations === password.iterations && key.verifier.salt.equals(password.salt)),
  ]
}

async function receivePassword(wire: Wire): Promise<Buffer | undefined | 'closed'> {
  if (!(await wire.flush())) return 'closed'
  const frame = await wire.receive()
  if (frame === 'closed' || frame === 'idle') return 'closed'
  return typeof frame === 'string' || frame.type !== 0x70 ? undefined : frame.body
}
