import { describe, expect, it } from 'vitest'
import { isNetworkEntry, openNetwork } from './network.ts'

const found = (entries: readonly string[], host: string): Promise<string> =>
  openNetwork(entries).addressOf(host).catch((error: unknown) => (error as Error).message)

describe('a host', () => {
  it.each<[string, number, readonly string[], boolean]>([
    ['api.example.com', 443, ['api.example.com'], true],
    ['API.example.com', 443, ['api.Example.com'], true],
    ['api.example.com', 443, ['api.example.com:443'], true],
    ['api.example.com', 8443, ['api.example.com:443'], false],
    ['api.example.com', 443, [], false],
    ['evil-api.example.com', 443, ['api.example.com'], false],
    ['api.example.com.evil.com', 443, ['api.example.com'], false],
    ['127.0.0.1', 5432, ['127.0.0.1'], true],
    ['127.0.0.1', 5432, ['127.0.0.1:5432'], true],
    ['127.0.0.1', 5433, ['127.0.0.1:5432'], false],
    ['10.1.2.3', 80, ['10.0.0.0/8'], true],
    ['11.1.2.3', 80, ['10.0.0.0/8'], false],
    ['169.254.169.254', 80, ['api.example.com'], false],
    ['[::1]', 80, ['::1'], true],
    ['[::1]', 80, ['[::1]:80'], true],
    ['[::1]', 81, ['[::1]:80'], false],
  ])('%s:%i with %j listed: %s', (host, port, entries, may) => {
    expect(openNetwork(entries).refusal(host, port) === undefined).toBe(may)
  })

  it('that is listed is not followed to an address inside of a network, unless that is listed too', async () => {
    expect(await found(['localhost'], 'localhost')).toMatch(/^localhost leads to (?:127\.0\.0\.1|::1), which is not a public address and not listed$/u)
    expect(await found(['localhost', '127.0.0.0/8', '::1'], 'localhost')).toMatch(/^(?:127\.0\.0\.1|::1)$/u)
  })

  it.each(['169.254.169.254', '10.0.0.1', '172.31.0.1', '192.168.1.1', '100.64.0.1', '0.0.0.0', 'fd00:ec2::254', 'fe80::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::'])('is not looked up to %s', async (address) => {
    const network = openNetwork(['x'])
    const error = await new Promise<string>((resolve) => void network.lookup(address, { all: true }, (fault) => resolve(fault?.message ?? 'followed')))
    expect(error).toContain('is not a public address')
  })

  it('is looked up to a public address', async () => {
    const network = openNetwork(['x'])
    expect(await new Promise((resolve) => void network.lookup('93.184.215.14', { all: true }, (fault, all) => resolve(fault ?? all)))).toEqual([{ address: '93.184.215.14', family: 4 }])
  })
})

describe('an entry of the list', () => {
  it.each(['api.example.com', 'x:80', '10.0.0.0/8', '::1', '[::1]:80', 'fd00::/8'])('may be %s', (entry) => expect(isNetworkEntry(entry)).toBe(true))
  it.each(['', 'a/8', 'http://x', '10.0.0.0/33', '10.0.0.0/8/8', 'x:', '*.example.com'])('may not be "%s"', (entry) => expect(isNetworkEntry(entry)).toBe(false))
})
