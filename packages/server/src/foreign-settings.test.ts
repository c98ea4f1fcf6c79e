import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

const GOOD = {
  TULLE_HOME: '/srv/tulle', TULLE_CATALOG_HOSTS: 'Catalog.Example.com, 127.0.0.1:8181,[::1]', TULLE_CATALOG_STORAGE: '/srv/lake/ , s3://others/lake',
  AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'sekret', TULLE_SECRET_LAKEHOUSE: 'ada:sekret',
}

describe('what may be read of other platforms', () => {
  it('is nothing unless the settings say so', () => {
    const read = readSettings({}, [])
    expect(read.ok && read.value.foreign).toMatchObject({ hosts: new Set(), folders: [], buckets: [] })
  })

  it('is hosts, folders and buckets, and secrets that are not printed', () => {
    const read = readSettings(GOOD, [])
    if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
    const { foreign, secrets } = read.value
    expect(foreign).toMatchObject({ hosts: new Set(['catalog.example.com', '127.0.0.1:8181', '[::1]']), folders: ['/srv/lake'], buckets: [{ bucket: 'others', prefix: 'lake' }] })
    expect([secrets('LAKEHOUSE'), secrets('OTHER')]).toEqual(['ada:sekret', undefined])
    expect(inspect(read, { depth: 9 }) + JSON.stringify(read)).not.toContain('sekret')
  })

  it.each([
    ['a URL for a host', { TULLE_CATALOG_HOSTS: 'http://x' }, 'TULLE_CATALOG_HOSTS is "http://x", which is not hosts such as'],
    ['a path that is not whole', { TULLE_CATALOG_STORAGE: 'lake' }, 'TULLE_CATALOG_STORAGE is "lake", which is not whole paths'],
    ['a folder around the home', { TULLE_CATALOG_STORAGE: '/' }, 'TULLE_CATALOG_STORAGE is "/", which is not outside of /srv/tulle'],
    ['a folder in the home', { TULLE_CATALOG_STORAGE: '/srv/tulle/warehouse' }, 'which is not outside of /srv/tulle'],
    ["the warehouse's own bucket", { TULLE_WAREHOUSE: 's3://others/lake/own' }, 'which is not outside of TULLE_WAREHOUSE'],
    ['no bucket', { TULLE_CATALOG_STORAGE: 's3://..' }, 'which is not an address such as s3://bucket/folder'],
  ])('is refused with %s', (_, environment, message) => {
    const { diagnostics } = readSettings({ ...GOOD, ...environment }, [])
    expect(diagnostics.map((one) => one.code)).toEqual(['bad-setting'])
    expect(diagnostics[0]?.message).toContain(message)
  })
})
