import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { renderDiagnostic } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { readEvents } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { createAccount, disableAccount, setPassword } from './accounts.ts'
import { changeAccount } from './change-account.ts'
import { ensureDemoUsers } from './demo-users.ts'
import { findAccount, listAccounts } from './find-accounts.ts'
import { openSessions } from './sessions.ts'
import { isPassword } from './scram.ts'

let rig: TestStore
let keep: TestStore
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
})
afterEach(() => rig.close())

const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join('\n'))
const ana = { name: 'ana', password: 'a long password', role: 'consumer', teams: ['lab', 'ops'], purposes: ['safety'] } as const

describe('an account', () => {
  it('is found by its name, with role, teams and purposes', async () => {
    const made = valueOf(await createAccount(rig.store, ana))
    expect(await findAccount(rig.store, 'ana')).toEqual(made)
    expect(made).toMatchObject({ title: 'ana', purposes: ['safety'], subject: { name: 'ana', kind: 'user', role: 'consumer', teams: ['lab', 'ops'] } })
    expect(await isPassword('a long password', made.verifier)).toBe(true)
  })

  it('keeps nothing from which the password could be read', async () => {
    valueOf(await createAccount(rig.store, ana))
    const { rows } = await rig.store.pool.query<{ all: string }>(`select (select json_agg(a) from account a)::text || (select json_agg(o) from outbox o)::text as all`)
    expect(rows[0]?.all).not.toContain('a long password')
  })

  it('cannot take a name twice, also when two try at once', async () => {
    const results = await Promise.all([createAccount(rig.store, ana), createAccount(rig.store, ana), createAccount(rig.store, ana)])
    expect(results.map(words).toSorted()).toEqual(['There is already an account "ana".', 'There is already an account "ana".', 'ok'])
    expect(await listAccounts(rig.store)).toHaveLength(1)
  })

  const REFUSED: readonly [why: string, account: Parameters<typeof createAccount>[1], message: string][] = [
    ['a path for a name', { ...ana, name: '../ana' }, '"../ana" cannot be the name of an account.'],
    ['the name of the platform itself', { ...ana, name: 'system' }, '"system" cannot be the name of an account.'],
    ['a NUL in its name', { ...ana, name: 'a\0' }, '"a\\u0000" cannot be the name of an account.'],
    ['a short password', { ...ana, password: 'short' }, 'The password is too short, too long, or holds a NUL.'],
    ['an unknown role', { ...ana, role: 'admin' as 'owner' }, 'There is no role "admin".'],
    ['a misspelt role', { ...ana, role: 'consumr' as 'owner' }, 'There is no role "consumr". Did you mean "consumer"?'],
  ]
  it.each(REFUSED)('with %s is refused', async (_why, account, message) => {
    const result = await createAccount(rig.store, account)
    expect(result.ok ? '' : renderDiagnostic(result.diagnostics[0] as never)).toContain(message)
  })

  it('that is disabled is not found, and its sessions end', async () => {
    valueOf(await createAccount(rig.store, ana))
    const sessions = openSessions(rig.store)
    const { token } = valueOf(await sessions.signIn('ana', ana.password))
    valueOf(await disableAccount(rig.store, 'ana'))
    expect(await findAccount(rig.store, 'ana')).toBeUndefined()
    expect(await sessions.authenticateToken(token)).toBeUndefined()
    expect(words(await sessions.signIn('ana', ana.password))).toBe('The name or the password is wrong.')
    expect((await listAccounts(rig.store)).map((a) => a.disabledAt instanceof Date)).toEqual([true])
    expect((await readEvents(rig.store.db, { after: '0', limit: 9 })).map((e) => [e.type, e.data['change']])).toEqual([['tulle.account.changed', 'created'], ['tulle.account.changed', 'disabled']])
  })

  it('whose password changed signs in with the new one only', async () => {
    valueOf(await createAccount(rig.store, ana))
    const sessions = openSessions(rig.store)
    const { token } = valueOf(await sessions.signIn('ana', ana.password))
    valueOf(await setPassword(rig.store, 'ana', 'another password'))
    expect(await sessions.authenticateToken(token)).toBeUndefined()
    expect([words(await sessions.signIn('ana', ana.password)), words(await sessions.signIn('ana', 'another password'))]).toEqual(['The name or the password is wrong.', 'ok'])
  })
})

describe('a session', () => {
  it('is known by its token until it ends', async () => {
    valueOf(await createAccount(rig.store, ana))
    const sessions = openSessions(rig.store)
    const { token, account } = valueOf(await sessions.signIn('ana', ana.password, { label: 'laptop' }))
    expect(await sessions.authenticateToken(token)).toEqual(account)
    await sessions.signOut(token)
    expect(await sessions.authenticateToken(token)).toBeUndefined()
  })

  it('is kept as a digest only', async () => {
    valueOf(await createAccount(rig.store, ana))
    const { token } = valueOf(await openSessions(rig.store).signIn('ana', ana.password))
    const { rows } = await rig.store.pool.query<{ all: string }>('select json_agg(s)::text as all from session_token s')
    expect(rows[0]?.all).not.toContain(token.slice('tulle_'.length))
    expect(token).toMatch(/^tulle_[\w-]{43}$/u)
  })

  it('ends at the instant of its expiry', async () => {
    valueOf(await createAccount(rig.store, ana))
    const clock = fakeClock()
    const sessions = openSessions(rig.store, { lifetime: 1000, clock })
    const { token } = valueOf(await sessions.signIn('ana', ana.password))
    await clock.advance(999)
    expect(await sessions.authenticateToken(token)).toBeDefined()
    await clock.advance(1)
    expect(await sessions.authenticateToken(token)).toBeUndefined()
  })

  it.each(['', 'tulle_', 'x'.repeat(100_000), `tulle_${'a'.repeat(43)}`, `tulle_${'a'.repeat(42)}\0`])('is not opened by a made-up token', async (token) => {
    expect(await openSessions(rig.store).authenticateToken(token)).toBeUndefined()
  })
})

describe('guessing a password', () => {
  it('is slowed down more and more, for this name alone, and stops being so after the right one', async () => {
    valueOf(await createAccount(rig.store, ana))
    valueOf(await createAccount(rig.store, { ...ana, name: 'bo' }))
    const clock = fakeClock()
    const sessions = openSessions(rig.store, { clock })
    const guess = async (name: string, password = 'wrong'): Promise<string> => words(await sessions.signIn(name, password))
    const guesses: string[] = []
    for (let i = 0; i < 6; i += 1) guesses.push(await guess('ana'))
    expect(guesses).toEqual([...Array.from({ length: 5 }, () => 'The name or the password is wrong.'), 'Too many failed sign-ins for "ana". The next attempt is possible in 1 s.'])
    expect(await guess('ana', ana.password)).toBe('Too many failed sign-ins for "ana". The next attempt is possible in 1 s.')
    expect(await guess('bo', ana.password)).toBe('ok')
    await clock.advance(1000)
    expect(await guess('ana')).toBe('The name or the password is wrong.')
    expect(await guess('ana')).toBe('Too many failed sign-ins for "ana". The next attempt is possible in 2 s.')
    await clock.advance(2000)
    expect(await guess('ana', ana.password)).toBe('ok')
    expect(await guess('ana')).toBe('The name or the password is wrong.')
  })

  it('is answered alike for names that do not exist', async () => {
    const sessions = openSessions(rig.store)
    expect(words(await sessions.signIn('nobody', 'x'))).toBe('The name or the password is wrong.')
    expect(words(await sessions.signIn('../\0', 'x'))).toBe('The name or the password is wrong.')
  })

  it('is slowed down even where many guesses come at once', async () => {
    valueOf(await createAccount(rig.store, ana))
    const sessions = openSessions(rig.store)
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => sessions.signIn('ana', `wrong ${i}`)))
    expect(answers.filter((a) => words(a) === 'The name or the password is wrong.')).toHaveLength(5)
  })
})

describe('demo users', () => {
  const users = [{ name: 'ana', title: 'Ana, analyst', role: 'consumer', teams: [], purposes: ['safety'], grants: [] }, { name: 'ada', title: 'Ada', role: 'administrator', teams: ['ops'], purposes: [], grants: [] }]
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp('/tmp/tulle-secrets-')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('get a secret each that only the owner can read, and that signs in', async () => {
    const made = valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: join(folder, 'secrets') }))
    expect(made.map((m) => [m.name, m.role, m.title])).toEqual([['ana', 'consumer', 'Ana, analyst'], ['ada', 'administrator', 'Ada']])
    for (const { name, secretFile } of made) {
      expect((await stat(secretFile)).mode & 0o777).toBe(0o600)
      valueOf(await openSessions(rig.store).signIn(name, (await readFile(secretFile, 'utf8')).trim()))
    }
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700)
    expect(await readFile(made[0]?.secretFile ?? '', 'utf8')).not.toBe(await readFile(made[1]?.secretFile ?? '', 'utf8'))
  })

  it('stay as they are at the second start', async () => {
    const first = valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    const secret = await readFile(first[0]?.secretFile ?? '', 'utf8')
    const accounts = await listAccounts(rig.store)
    expect(valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))).toEqual(first)
    expect(await readFile(first[0]?.secretFile ?? '', 'utf8')).toBe(secret)
    expect(await listAccounts(rig.store)).toEqual(accounts)
  })

  it('keep their id when their role or team changes', async () => {
    valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    const before = await findAccount(rig.store, 'ana')
    valueOf(await ensureDemoUsers(rig.store, [{ ...users[0] as (typeof users)[0], role: 'owner', teams: ['ops'] }], { secretsFolder: folder }))
    expect(await findAccount(rig.store, 'ana')).toMatchObject({ subject: { id: before?.subject.id, role: 'owner', teams: ['ops'] } })
  })

  it('get a new secret where the file was lost', async () => {
    const [made] = valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    await rm(made?.secretFile ?? '')
    valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    valueOf(await openSessions(rig.store).signIn('ana', (await readFile(made?.secretFile ?? '', 'utf8')).trim()))
  })

  it('have the attributes that were declared, and those that were set since', async () => {
    const region = async (): Promise<unknown> => (await findAccount(rig.store, 'ana'))?.subject.attributes
    const [first] = users as [(typeof users)[0]]
    valueOf(await ensureDemoUsers(rig.store, [{ ...first, attributes: { region: 'EU' } }], { secretsFolder: folder }))
    expect(await region()).toEqual({ region: 'EU' })
    valueOf(await changeAccount(rig.store, 'ana', { attributes: { region: 'US' } }))
    valueOf(await ensureDemoUsers(rig.store, [{ ...first, attributes: { region: 'EU', clearance: 2 } }], { secretsFolder: folder }))
    expect(await region()).toEqual({ region: 'US', clearance: 2 })
  })

  it('that were disabled stay so', async () => {
    valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    valueOf(await disableAccount(rig.store, 'ana'))
    expect(valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder })).map((made) => made.name)).toEqual(['ada'])
    expect(await findAccount(rig.store, 'ana')).toBeUndefined()
  })

  it('cannot be given a role that does not exist', async () => {
    valueOf(await ensureDemoUsers(rig.store, users, { secretsFolder: folder }))
    const [first] = users as [(typeof users)[0]]
    expect(words(await ensureDemoUsers(rig.store, [{ ...first, role: 'king' }], { secretsFolder: folder }))).toBe('There is no role "king".')
    expect(await findAccount(rig.store, 'ana')).toMatchObject({ subject: { role: 'consumer' } })
  })

  it('whose secrets cannot be written are a sentence', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(words(await ensureDemoUsers(rig.store, users, { secretsFolder: join(folder, 'file', 'secrets') })))
      .toBe(`The secrets of the demo users cannot be kept in ${join(folder, 'file', 'secrets')} (ENOTDIR).`)
  })

  it('with a path for a name write no file', async () => {
    const result = await ensureDemoUsers(rig.store, [{ ...users[0] as (typeof users)[0], name: '../evil' }], { secretsFolder: join(folder, 'secrets') })
    expect(words(result)).toBe('"../evil" cannot be the name of an account.')
    await expect(stat(join(folder, 'evil'))).rejects.toThrow('ENOENT')
  })
})

describe('what is known of an account', () => {
  const olga = { name: 'olga', password: 'a long password', role: 'owner', teams: ['lab'] } as const
  const declare = (kind: string, name: string, spec: object): Promise<unknown> => rig.store.db.insertInto('resource').values({
    id: `${kind} ${name}`, kind, ref: `${kind}:${name}`, product: null, spec: JSON.stringify({ name, ...spec }), fingerprint: '', archived_at: null, updated_at: new Date(),
  }).execute()
  beforeEach(async () => {
    await Promise.all([declare('technical-team', 'lab', {}), declare('technical-team', 'ops', {}), declare('data-domain', 'safety', { owner: 'lab' }), declare('data-domain', 'network', { owner: 'ops' })])
    await rig.store.db.updateTable('mesh_state').set({ mesh: JSON.stringify({ purposes: [{ name: 'care' }] }) }).execute()
    valueOf(await createAccount(rig.store, { ...olga, attributes: { region: 'EU' } }))
  })

  it('are its attributes, and the domains that its teams own', async () => {
    expect((await findAccount(rig.store, 'olga'))?.subject).toMatchObject({ domains: ['safety'], attributes: { region: 'EU' } })
    expect((await findAccount(rig.store, 'olga'))?.subject).not.toHaveProperty('represents')
  })

  it('follows the domain to another team, and goes with it', async () => {
    const domains = async (): Promise<readonly string[] | undefined> => (await findAccount(rig.store, 'olga'))?.subject.domains
    await rig.store.db.updateTable('resource').set({ spec: JSON.stringify({ name: 'network', owner: 'lab' }) }).where('ref', '=', 'data-domain:network').execute()
    expect(await domains()).toEqual(['network', 'safety'])
    await rig.store.db.updateTable('resource').set({ archived_at: new Date() }).where('ref', '=', 'data-domain:safety').execute()
    expect(await domains()).toEqual(['network'])
  })

  it('changes where it is named, and else stays', async () => {
    const changed = valueOf(await changeAccount(rig.store, 'olga', { teams: ['ops'], attributes: { clearance: 3, region: ['EU', 'US'] } }))
    expect(changed).toMatchObject({ subject: { role: 'owner', teams: ['ops'], domains: ['network'], attributes: { clearance: 3, region: ['EU', 'US'] } } })
    expect(await findAccount(rig.store, 'olga')).toEqual(changed)
    expect(valueOf(await changeAccount(rig.store, 'olga', { role: 'steward', purposes: ['care'], attributes: { region: null } }))).toMatchObject({ purposes: ['care'], subject: { role: 'steward', teams: ['ops'], attributes: { clearance: 3 } } })
  })

  it('is told in the outbox when it changes, and only then', async () => {
    valueOf(await changeAccount(rig.store, 'olga', { attributes: { region: 'EU' } }))
    valueOf(await changeAccount(rig.store, 'olga', { attributes: { region: 'US' } }))
    expect((await readEvents(rig.store.db, { after: '0', limit: 9 })).map((e) => e.data['change'])).toEqual(['created', 'changed'])
  })

  const REFUSED: readonly [why: string, change: Parameters<typeof changeAccount>[2], message: string][] = [
    ['a role that there is not', { role: 'king' as 'owner' }, 'There is no role "king".'],
    ['a team that there is not', { teams: ['labs'] }, 'There is no team "labs". Did you mean "lab"?'],
    ['a purpose that there is not', { purposes: ['car'] }, 'The mesh has no purpose "car". Did you mean "care"?'],
    ['an attribute without a name', { attributes: { '': 'x' } }, 'The attribute "" is no name.'],
    ['an attribute with structure', { attributes: { home: { city: 'Rome' } } }, 'The attribute "home" is neither a text, a number, yes or no, nor a list of texts.'],
    ['an attribute with a NUL', { attributes: { region: 'E\0U' } }, 'The attribute "region" is neither a text, a number, yes or no, nor a list of texts.'],
    ['too many attributes', { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a${i}`, 1])) }, 'The attribute "a99" is the first of more than 100.'],
  ]
  it.each(REFUSED)('is not changed to %s', async (_why, change, message) => {
    expect(words(await changeAccount(rig.store, 'olga', change))).toBe(message)
    expect((await findAccount(rig.store, 'olga'))?.subject.attributes).toEqual({ region: 'EU' })
  })

  it('is nobody\'s to change who is not there', async () => {
    expect(words(await changeAccount(rig.store, 'olgo', { title: 'x' }))).toBe('There is no user "olgo". Did you mean "olga"?')
  })
})
