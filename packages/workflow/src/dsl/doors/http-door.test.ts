// The way out by HTTP leads where the operator says, and nowhere else, however an address is spelt.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../limits.ts'
import { Fault } from '../errors.ts'
import type { HttpDoorOptions } from './http-door.ts'
import { openHttpDoor } from './http-door.ts'

let port = 0
const server = createServer((request, response) => {
  if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
  else if (request.url === '/much') response.end(Buffer.alloc(LIMITS.httpBodyBytes + 1))
  else response.end('reached')
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const ask = async (options: HttpDoorOptions, url: string): Promise<string> => {
  try {
    const answer = await openHttpDoor(options)({ method: 'GET', url, headers: {}, signal: new AbortController().signal })
    return `${answer.status} ${Buffer.from(answer.body).toString('utf8')}`
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    return `${thrown.error.status} ${thrown.error.detail ?? ''}`
  }
}
const ANY = { hosts: ['*'] }

describe('the way out by HTTP', () => {
  it('leads to a private address only where that very host is listed for it (the control)', async () => {
    expect(await ask({ hosts: [], privateHosts: [`127.0.0.1:${port}`] }, `http://127.0.0.1:${port}/`)).toBe('200 reached')
    expect(await ask(ANY, `http://127.0.0.1:${port}/`)).toContain('it is a private address')
  })

  it.each([
    'http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://0.0.0.0/',
    'http://10.0.0.1/', 'http://172.16.0.1/', 'http://192.168.1.1/', 'http://169.254.169.254/latest/meta-data', 'http://[fd00:ec2::254]/', 'http://[fe80::1]/', 'http://100.64.0.1/',
  ])('does not lead to %s, though any host is listed', async (url) => {
    expect(await ask(ANY, url)).toMatch(/^403 .*private address/u)
  })

  it('does not lead to a name of a private address', async () => {
    expect(await ask(ANY, `http://localhost:${port}/`)).toMatch(/^503 .*leads to a private address/u)
  })

  it.each([
    [{ hosts: ['example.com'] }, 'http://other.com/'],
    [{ hosts: ['example.com'] }, 'http://example.com.other.com/'],
    [{ hosts: ['*.example.com'] }, 'http://badexample.com/'],
    [{ hosts: [] }, 'https://example.com/'],
  ])('with %j does not lead to %s', async (options, url) => {
    expect(await ask(options, url)).toMatch(/^403 .*has not listed it/u)
  })

  it.each(['file:///etc/passwd', 'ftp://example.com/', 'gopher://example.com/'])('speaks no other protocol: %s', async (url) => {
    expect(await ask(ANY, url)).toContain('Only http and https')
  })

  it('takes no credentials in an address', async () => {
    expect(await ask(ANY, 'http://ana:secret@example.com/')).toBe('400 An address holds no credentials: use authentication.')
  })

  it('follows no redirect, and reads no more than its limit', async () => {
    const options = { hosts: [], privateHosts: [`127.0.0.1:${port}`] }
    expect(await ask(options, `http://127.0.0.1:${port}/away`)).toBe('302 ')
    expect(await ask(options, `http://127.0.0.1:${port}/much`)).toContain('limit "httpBodyBytes"')
  })
})
