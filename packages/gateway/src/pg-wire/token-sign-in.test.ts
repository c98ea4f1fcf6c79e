import { randomBytes } from 'node:crypto'
import { countAttempts, scramVerifier } from '@tulle/access'
import { fakeClock } from '@tulle/kernel/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GatewayRig } from '../testing.ts'
import { gatewayRig, PASSWORD, valueOf } from '../testing.ts'
import type { Account } from '../types.ts'
import { scramClient, scramExchange } from './scram.ts'
import type { SqlPort } from './sql-port.ts'
import { openSqlPort } from './sql-port.ts'
import { parseVerifier } from '@tulle/access'
import type { ScramVerifier } from '@tulle/access'

let rig: GatewayRig
let port: SqlPort
let account: Account
let living: Set<string>
let goodUntil: Date | undefined
const clock = fakeClock()
let attempts = countAttempts(clock)
const secrets = { laptop: `tulle_api_${'a'.repeat(43)}`, job: `tulle_api_${'b'.repeat(43)}` }

beforeAll(async () => {
  rig = await gatewayRig()
  rig.grant('ana', 'flights')
  const ana = await rig.accounts.find('ana') as Account
  const salt = randomBytes(16)
  const tokens = await Promise.all(Object.entries(secrets).map(async ([id, secret]) => ({ id, verifier: await scramVerifier(secret, salt) })))
  account = { ...ana, verifier: await scramVerifier(PASSWORD, salt), tokens: [...tokens, { id: 'strange salt', verifier: await scramVerifier('of another salt') }] }
  port = valueOf(await openSqlPort({
    host: '127.0.0.1', port: 0, database: 'tulle', rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => console.error(error),
    accounts: {
      find: async (name) => (name === 'ana' ? { ...account, tokens: account.tokens?.filter(({ id }) => living.has(id)) ?? [] } : rig.accounts.find(name)),
      findByToken: async (id) => (living.has(id) ? { ...account, ...(goodUntil !== undefined && { goodUntil }) } : undefined),
      get attempts() { return attempts },
    },
  }))
})
afterAll(async () => {
  await port?.close()
  await rig?.close()
})
beforeEach(() => {
  living = new Set(['laptop', 'job', 'strange salt'])
  goodUntil = undefined
  attempts = countAttempts(clock)
})

const connect = async (password: string, user = 'ana'): Promise<pg.Client> => {
  const client = new pg.Client({ host: '127.0.0.1', port: port.port, user, password, database: 'tulle' })
  client.on('error', () => {})
  await client.connect()
  return client
}
const attempt = async (password: string, user = 'ana'): Promise<string> => {
  try {
    const client = await connect(password, user)
    await client.query('select count(*) from flights.flights')
    await client.end()
    return 'in'
  } catch (error) {
    return `${(error as pg.DatabaseError).code} ${(error as Error).message}`
  }
}
const WRONG = '28P01 password authentication failed for user "ana"'
const goes = (client: pg.Client): Promise<string> => new Promise((resolve) => client.once('error', (error: pg.DatabaseError) => resolve(`${error.code} ${error.message}`)))
const GONE = '28000 This connection of "ana" is over: the account was disabled, or the token that it came by is no longer good.'

describe('the secret of an API token', () => {
  it('is a password beside the account\'s own, as long as the token lives', async () => {
    expect([await attempt(PASSWORD), await attempt(secrets.laptop), await attempt(secrets.job)]).toEqual(['in', 'in', 'in'])
    living.delete('laptop')
    expect([await attempt(PASSWORD), await attempt(secrets.laptop), await attempt(secrets.job)]).toEqual(['in', WRONG, 'in'])
  })

  it('is named by what it did in the audit, by its id, and a password by nothing', async () => {
    const before = rig.audit.lines.length
    expect([await attempt(secrets.job), await attempt(PASSWORD)]).toEqual(['in', 'in'])
    expect(rig.audit.lines.slice(before).map(({ port: door, token }) => [door, token])).toEqual([['sign-in', 'job'], ['sql', 'job'], ['sign-in', undefined], ['sql', undefined]])
    expect(JSON.stringify(rig.audit.lines)).not.toContain(secrets.job)
  })

  it('is the password of nobody else, and a verifier under another salt opens nothing', async () => {
    expect(await attempt(secrets.laptop, 'bo')).toBe('28P01 password authentication failed for user "bo"')
    expect(await attempt('of another salt')).toBe(WRONG)
    expect(await attempt('wrong')).toBe(WRONG)
  })

  it('that is revoked ends sessions that came by it, idle ones too, and no others', async () => {
    const [byToken, byPassword] = [await connect(secrets.job), await connect(PASSWORD)]
    await byToken.query('begin')
    const gone = goes(byToken)
    living.delete('job')
    rig.grant('nobody', 'flights')
    expect(await gone).toBe(GONE)
    expect((await byPassword.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await byPassword.end()
  })

  it('that expires ends sessions that came by it without being told', async () => {
    goodUntil = new Date(Date.now() + 300)
    const client = await connect(secrets.job)
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    living.delete('job')
    expect(await goes(client)).toBe(GONE)
    expect(Date.now()).toBeGreaterThanOrEqual(goodUntil.getTime())
  })

  it('that is revoked stops what is running', async () => {
    const client = await connect(secrets.job)
    const running = client.query('select count(*) from range(100000) a(i), range(100000) b(i) where (a.i * b.i) % 7 = 3').catch((error: unknown) => (error as pg.DatabaseError).code)
    await new Promise((wake) => setTimeout(wake, 300))
    living.delete('job')
    rig.grant('nobody', 'flights')
    expect(await running).toBe('28000')
  })
})

describe('guessing at the SQL port', () => {
  const TOO_MANY = (seconds: number): string => `28000 Too many failed sign-ins for "ana". The next attempt is possible in ${seconds} s.`

  it('is slowed down more and more, together with other doors, until the right secret comes', async () => {
    attempts.failed('ana')
    const guesses: string[] = []
    for (let i = 0; i < 5; i += 1) guesses.push(await attempt('wrong'))
    expect(guesses).toEqual([WRONG, WRONG, WRONG, WRONG, TOO_MANY(1)])
    expect(await attempt(PASSWORD)).toBe(TOO_MANY(1))
    await clock.advance(1000)
    expect([await attempt(secrets.laptop), await attempt('wrong')]).toEqual(['in', WRONG])
  })

  it('is not what a client does that connects only to learn that a password is wanted', async () => {
    for (let i = 0; i < 10; i += 1) await connect('').catch(() => undefined)
    expect(attempts.wait('ana')).toBe(0)
    expect(await attempt(PASSWORD)).toBe('in')
  })

  it('is slowed down for names that nobody has, as for others', async () => {
    for (let i = 0; i < 5; i += 1) await attempt('wrong', 'nobody')
    expect(await attempt('wrong', 'nobody')).toBe('28000 Too many failed sign-ins for "nobody". The next attempt is possible in 1 s.')
  })
})

describe('a SCRAM exchange with several verifiers', () => {
  const salt = randomBytes(16)
  const verifiers = (secrets: readonly string[]): Promise<readonly ScramVerifier[]> => Promise.all(secrets.map(async (secret) => parseVerifier(await scramVerifier(secret, salt, 100)) as ScramVerifier))

  it('finds the one that the proof fits, and signs by its server key', async () => {
    const known = await verifiers(Array.from({ length: 32 }, (_, i) => `secret ${i}`)) as [ScramVerifier, ...ScramVerifier[]]
    for (const at of [0, 1, 17, 31]) {
      const [server, client] = [scramExchange(known), scramClient(`secret ${at}`)]
      const answer = server.final(client.final(server.first(client.first) ?? '') ?? '')
      expect(answer?.verifier).toBe(at)
      expect(answer?.message).toMatch(/^v=[A-Za-z0-9+/]{43}=$/u)
    }
    const [server, client] = [scramExchange(known), scramClient('secret 32')]
    expect(server.final(client.final(server.first(client.first) ?? '') ?? '')).toBeUndefined()
  })
})
