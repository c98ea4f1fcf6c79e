import { describe, expect, it } from 'vitest'
import { testPostgres, withClient } from '@tulle/store/testing'
import { decoyVerifier, isPassword, parseVerifier, preparePassword, scramVerifier } from './scram.ts'

describe('a verifier', () => {
  it('is what RFC 7677 gives for its example', async () => {
    // The RFC's exchange (user "user", password "pencil") ends with ServerSignature 6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=.
    const verifier = await scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096)
    const { createHmac } = await import('node:crypto')
    const message = 'n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    expect(createHmac('sha256', parseVerifier(verifier)?.serverKey ?? '').update(message).digest('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  })

  it('fits its own password and no other', async () => {
    const verifier = await scramVerifier('correct horse')
    expect([await isPassword('correct horse', verifier), await isPassword('correct horsf', verifier), await isPassword('', verifier)]).toEqual([true, false, false])
  })

  it('differs from the next one of the same password', async () => {
    expect(await scramVerifier('correct horse')).not.toBe(await scramVerifier('correct horse'))
  })

  const NONSENSE = ['', 'md5abc', 'SCRAM-SHA-256$0:AAAA$x:y', 'SCRAM-SHA-256$9999999:AAAAAAAAAAAAAAAAAAAAAA==$AAAA:AAAA', 'SCRAM-SHA-256$4096:$$:']
  it.each(NONSENSE)('is not read out of %j', async (text) => {
    expect(parseVerifier(text)).toBeUndefined()
    expect(await isPassword('', text)).toBe(false)
  })

  it('for a name that does not exist is stable, well-formed and fits nothing', async () => {
    const secret = Buffer.alloc(32, 7)
    const decoy = decoyVerifier('nobody', secret)
    expect(decoy).toBe(decoyVerifier('nobody', secret))
    expect(decoy).not.toBe(decoyVerifier('somebody', secret))
    expect(parseVerifier(decoy)).toMatchObject({ iterations: 4096 })
    expect(await isPassword('', decoy)).toBe(false)
  })
})

describe('a password is prepared', () => {
  const CASES: readonly [why: string, password: string, prepared: string][] = [
    ['as it is where it is ASCII', 'a b~', 'a b~'],
    ['with a soft hyphen left out', 'I\u00adX', 'IX'],
    ['with compatibility forms folded', '\u2168\u00aa', 'IXa'],
    ['with foreign spaces made plain', 'a\u00a0b', 'a b'],
    ['as it is where SASLprep forbids a character', 'a\u0007\u2168', 'a\u0007\u2168'],
  ]
  it.each(CASES)('%s', (_why, password, prepared) => {
    expect(preparePassword(password)).toBe(prepared)
  })
})

describe('PostgreSQL', () => {
  it('takes our verifier as it is, and signs in the password it was made from', async () => {
    await using rig = await testPostgres()
    const passwords = ['plain ascii', 'I\u00adX', '\u2168 grüße \u00a0 \u30d1\u30b9', 'emoji \u{1f511} key', 'ctrl \u0007 \u2168']
    for (const [i, password] of passwords.entries()) {
      const verifier = await scramVerifier(password)
      const user = `user_${i}`
      await withClient(rig.postgres.connection, async (client) => {
        await client.query(`create role ${user} login password '${verifier}'`)
        // What PostgreSQL itself would make of the password must fit by our rules too.
        await client.query(`create role ${user}_own login password ${client.escapeLiteral(password)}`)
        const { rows } = await client.query<{ rolname: string; rolpassword: string }>('select rolname, rolpassword from pg_authid where rolname like $1 order by rolname', [`${user}%`])
        expect(rows[0]?.rolpassword).toBe(verifier)
        expect(await isPassword(password, rows[1]?.rolpassword ?? '')).toBe(true)
      })
    }
    expect(await withClient({ ...rig.postgres.connection, user: 'user_0', password: 'plain ascii' }, async (client) => (await client.query('select current_user as me')).rows)).toEqual([{ me: 'user_0' }])
  })
})
