import { describe, expect, it } from 'vitest'
import { isBucketName, isEndpoint, s3Url } from './s3-url.ts'

describe('the URL of a key', () => {
  const place = { endpoint: 'https://s3.eu-west-1.amazonaws.com', bucket: 'b' }

  it('has the bucket in its path or in its host', () => {
    expect(s3Url({ ...place, style: 'path' }, 'a/x').href).toBe('https://s3.eu-west-1.amazonaws.com/b/a/x')
    expect(s3Url({ ...place, style: 'virtual-host' }, 'a/x').href).toBe('https://b.s3.eu-west-1.amazonaws.com/a/x')
    expect(s3Url({ ...place, endpoint: 'http://127.0.0.1:9000/', style: 'path' }, '', { 'list-type': '2', prefix: 'a b' }).href).toBe('http://127.0.0.1:9000/b?list-type=2&prefix=a%20b')
  })

  it.each([
    ['a b', 'a%20b'], ['a+b', 'a%2Bb'], ['a*b', 'a%2Ab'], ["it's (1)!", 'it%27s%20%281%29%21'], ['"', '%22'], ['ö', '%C3%B6'], ['a%41', 'a%2541'], ['?#', '%3F%23'], ['😀', '%F0%9F%98%80'],
    ['date=2026-01-01/x~_.-', 'date%3D2026-01-01/x~_.-'],
  ])('has %j percent-encoded', (key, encoded) => {
    expect(s3Url({ ...place, style: 'path' }, key).pathname).toBe(`/b/${encoded}`)
  })
})

it.each([['tulle', true], ['my.bucket-1', true], ['a', false], ['Tulle', false], ['a/b', false], ['-a-', false], ['a..b', false], ['a_b', false], ['a'.repeat(64), false]])('%j is a bucket’s name: %s', (name, is) => {
  expect(isBucketName(name)).toBe(is)
})

it.each([
  ['https://s3.amazonaws.com', true], ['http://127.0.0.1:9000', true], ['http://[::1]:9000/', true], ['s3.amazonaws.com', false], ['ftp://x', false],
  ['https://user:secret@x', false], ['https://x/path', false], ['https://x?y', false], ['', false],
])('%j is an endpoint: %s', (text, is) => {
  expect(isEndpoint(text)).toBe(is)
})
