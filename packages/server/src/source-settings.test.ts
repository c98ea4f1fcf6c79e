import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-secrets-'))
  file = join(folder, 'secrets')
  await writeFile(file, '# of the shop\nSHOP_DB=from-the-file\nBOTH=from-the-file\nlower=never\n', { mode: 0o600 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a secret', () => {
  it('is found in the environment first, then in the file as it is now, and is not printed', async () => {
    const read = readSettings({ TULLE_SECRETS_FILE: file, TULLE_SECRET_BOTH: 'from-the-environment' }, [])
    if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
    const { secrets } = read.value
    expect(['BOTH', 'SHOP_DB', 'lower', 'NONE'].map(secrets)).toEqual(['from-the-environment', 'from-the-file', undefined, undefined])
    expect(inspect(read, { depth: 9 }) + JSON.stringify(read)).not.toContain('from-the-')
    await writeFile(file, 'SHOP_DB=changed\n')
    expect(secrets('SHOP_DB')).toBe('changed')
    await chmod(file, 0o640)
    expect(secrets('SHOP_DB')).toBeUndefined()
    await chmod(file, 0o600)
  })

  it.each([
    ['that others may read', async () => { await chmod(file, 0o644) }, () => file, 'others may read it: chmod 600'],
    ['that is not there', async () => undefined, () => join(folder, 'none'), 'it is not there'],
    ['that is a folder', async () => undefined, () => folder, 'it is no file'],
    ['by half of its path', async () => undefined, () => 'secrets', 'this path is not whole'],
  ])('is not taken from a file %s', async (_, prepare, path, why) => {
    await prepare()
    const { diagnostics } = readSettings({ TULLE_SECRETS_FILE: path() }, [])
    await chmod(file, 0o600)
    expect(diagnostics.map((one) => one.code)).toEqual(['bad-setting'])
    expect(diagnostics[0]?.message).toContain(why)
  })
})

describe('hosts that input ports may reach', () => {
  it('are none unless the settings say so', () => {
    const read = readSettings({}, [])
    expect(read.ok && read.value.sources.hosts).toEqual([])
  })

  it.each(['http://x', 'a b', '10.0.0.0/33', 'x:port', '10.0.0/8', '*'])('are not %s', (host) => {
    expect(readSettings({ TULLE_SOURCE_HOSTS: `api.example.com,${host}` }, []).diagnostics.map((one) => one.code)).toEqual(['bad-setting'])
  })
})
