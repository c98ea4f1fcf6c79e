import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

const GOOD = { TULLE_WAREHOUSE: 's3://bucket/a/b', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'sekret' }

const settingsOf = (environment: NodeJS.ProcessEnv) => {
  const read = readSettings(environment, [])
  if (!read.ok) throw new Error(read.diagnostics.map((d) => d.message).join('\n'))
  return read.value
}

describe('the settings of a warehouse in S3', () => {
  it.each([
    ['nothing', {}, undefined],
    ['a bucket alone', { ...GOOD, TULLE_WAREHOUSE: 's3://bucket' }, { bucket: 'bucket', prefix: '', endpoint: 'https://s3.us-east-1.amazonaws.com', region: 'us-east-1', style: 'virtual-host', cacheBytes: 20 * 1024 ** 3 }],
    ['a folder and a region of AWS', { ...GOOD, TULLE_WAREHOUSE: 's3://bucket/a/b/', AWS_REGION: 'eu-west-1' }, { prefix: 'a/b', endpoint: 'https://s3.eu-west-1.amazonaws.com', style: 'virtual-host' }],
    ['an endpoint', { ...GOOD, TULLE_S3_ENDPOINT: 'http://127.0.0.1:9000', TULLE_S3_CACHE_GB: '0.5' }, { endpoint: 'http://127.0.0.1:9000', style: 'path', cacheBytes: 512 * 1024 ** 2 }],
  ])('are read from %s', (_, environment, expected) => {
    const { s3 } = settingsOf(environment)
    if (expected === undefined) expect(s3).toBeUndefined()
    else expect(s3).toMatchObject(expected)
  })

  it('print no secret', () => {
    const settings = settingsOf(GOOD)
    expect(settings.s3?.credentials()).toEqual({ accessKeyId: 'key', secretAccessKey: 'sekret' })
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('sekret')
  })

  it.each([
    ['no keys', { AWS_SECRET_ACCESS_KEY: '' }, 's3-credentials-missing: Tables are at s3://bucket/a/b, and the keys to it are not given.'],
    ['keys in the address', { TULLE_WAREHOUSE: 's3://key:sekret@bucket/x' }, 'bad-setting: TULLE_WAREHOUSE is "s3://…@bucket/x", which is not an address such as s3://bucket/folder.'],
    ['no bucket', { TULLE_WAREHOUSE: '/var/warehouse' }, 'bad-setting: TULLE_WAREHOUSE is "/var/warehouse", which is not an address such as s3://bucket/folder.'],
    ['a way out of the folder', { TULLE_WAREHOUSE: 's3://bucket/a/../b' }, 'bad-setting: TULLE_WAREHOUSE is "s3://bucket/a/../b", which is not an address such as s3://bucket/folder.'],
    ['a folder with a star', { TULLE_WAREHOUSE: 's3://bucket/*' }, 'bad-setting: TULLE_WAREHOUSE is "s3://bucket/*", which is not an address such as s3://bucket/folder.'],
    ['keys in the endpoint', { TULLE_S3_ENDPOINT: 'https://u:sekret@x' }, 'bad-setting: TULLE_S3_ENDPOINT is "https://…@x", which is not an address such as https://s3.example.com:9000.'],
    ['an endpoint with a path', { TULLE_S3_ENDPOINT: 'https://x/y' }, 'bad-setting: TULLE_S3_ENDPOINT is "https://x/y", which is not an address such as https://s3.example.com:9000.'],
    ['another style', { TULLE_S3_STYLE: 'host' }, 'bad-setting: TULLE_S3_STYLE is "host", which is not path or virtual-host.'],
    ['a region that is none', { TULLE_S3_REGION: 'eu/west' }, 'bad-setting: TULLE_S3_REGION is "eu/west", which is not a region such as eu-central-1.'],
    ['no cache', { TULLE_S3_CACHE_GB: '0' }, 'bad-setting: TULLE_S3_CACHE_GB is "0", which is not a number of gigabytes above 0.'],
  ])('with %s are refused in a sentence without a secret', (_, environment, finding) => {
    const read = readSettings({ ...GOOD, ...environment }, [])
    expect(read.diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual([finding])
    expect(JSON.stringify(read)).not.toContain('sekret')
  })
})
