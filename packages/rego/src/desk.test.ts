// Rego policies are asked by a compiled bundle in a thread, or of a server. What is no answer, in time, in size and in shape, is
// said so, and the next question is answered all the same.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Json } from '@tulle/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRegoDesk } from './open-desk.ts'
import type { OpenDesk } from './open-desk.ts'
import { isListed } from './ask-server.ts'
import { readBundle } from './read-bundle.ts'
import { wasmThread, WASM_LIMITS } from './wasm-thread.ts'

const BUNDLE = readFileSync(join(import.meta.dirname, 'testing/bundle.tar.gz')).toString('base64')
const input = (more: Readonly<Record<string, Json>> = {}): Json => ({
  subject: { name: 'ana', role: 'consumer', teams: [], attributes: { city: 'Oslo' } }, purpose: 'care',
  data_set: { name: 'guests', columns: [{ name: 'id', type: 'long', classification: '' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'wage', type: 'double', classification: 'secret' }] }, ...more,
})

let desk: OpenDesk
let server: Server
let address: string
let answer: (request: IncomingMessage & { readonly text: string }, response: ServerResponse) => void

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => { text += chunk.toString() }).on('end', () => answer(Object.assign(request, { text }), response))
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const { port } = server.address() as AddressInfo
  address = `http://127.0.0.1:${port}`
  desk = openRegoDesk({ hosts: new Set([`127.0.0.1:${port}`]), secret: (name) => (name === 'OPA_TOKEN' ? 'the token' : undefined) })
})
afterAll(async () => {
  await desk.close()
  server.closeAllConnections()
  server.close()
})

const askBundle = async (entrypoint: string, more?: Readonly<Record<string, Json>>, bundle = BUNDLE) => (await desk.ask([{ rule: 'p.r', source: { entrypoint: `tulle/${entrypoint}`, bundle }, input: input(more) }]))[0]
const askServer = async (more: { readonly secret?: string; readonly server?: string } = {}) => (await desk.ask([{ rule: 'p.r', source: { entrypoint: 'tulle/decision', server: address, ...more }, input: input() }]))[0]

describe('a bundle', () => {
  it('answers what its Rego says', async () => {
    expect(await askBundle('decision')).toEqual({ value: { allow: true, deny: [], masks: { email: { kind: 'null' } }, hide: ['wage'], rows: ['city = {subject.city}'] } })
    expect(await askBundle('decision', { purpose: 'curiosity', subject: { name: 'bo', role: 'steward', teams: ['suspended'], attributes: {} } })).toEqual({ value: { allow: false, deny: ['Nobody reads for this.'], masks: {}, hide: ['wage'], rows: [] } })
    expect(await askBundle('yes')).toEqual({ value: true })
  })

  it('knows its own data', async () => {
    expect(await askBundle('listed')).toEqual({ value: ['ana'] })
    expect(await askBundle('listed', { subject: { name: 'bo' } })).toEqual({ value: [] })
  })

  it('that is undefined for a question has no answer', async () => {
    expect(await askBundle('nothing')).toEqual({ failed: 'it has no answer to this question' })
    expect(await askBundle('other')).toEqual({ failed: 'it has no entrypoint tulle/other' })
  })

  it('that takes too long or too much is ended, and answers the next question', async () => {
    const bundle = readBundle(BUNDLE)
    if ('unread' in bundle) throw new Error(bundle.unread)
    // A module that begins a loop without an end as soon as it is there.
    const endless = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 8, 1, 0, 0x0a, 9, 1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b])
    const thread = wasmThread({ wasm: endless, data: {} }, { ...WASM_LIMITS, startMilliseconds: 300 })
    expect(await thread.ask('tulle/decision', input())).toEqual({ failed: 'it took longer than 300 ms' })
    const hasty = wasmThread(bundle, { ...WASM_LIMITS, milliseconds: 1 })
    expect(await hasty.ask('tulle/large', input())).toEqual({ failed: 'it took longer than 1 ms' })
    const hungry = wasmThread(bundle, { ...WASM_LIMITS, milliseconds: 60_000 })
    expect(await hungry.ask('tulle/large', input())).toEqual({ failed: 'opa_malloc: failed' })
    expect(await hungry.ask('tulle/yes', input())).toEqual({ value: true })
    await Promise.all([thread.close(), hasty.close(), hungry.close()])
  })

  it('answers many questions at once, each its own', async () => {
    const names = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 'ana' : `nobody${i}`))
    const answers = await desk.ask(names.map((name) => ({ rule: 'p.r', source: { entrypoint: 'tulle/listed', bundle: BUNDLE }, input: input({ subject: { name } }) })))
    expect(answers).toEqual(names.map((name) => ({ value: name === 'ana' ? ['ana'] : [] })))
  })

  const tar = (files: Readonly<Record<string, string>>): string => gzipSync(Buffer.concat([...Object.entries(files).flatMap(([name, text]) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124)
    header.write('0ustar\0', 156)
    return [header.fill('ustar', 257, 262), Buffer.from(text), Buffer.alloc((512 - (Buffer.byteLength(text) % 512)) % 512)]
  }), Buffer.alloc(1024)])).toString('base64')

  it.each<readonly [why: string, bundle: string, says: string]>([
    ['no Base64 of anything', 'AAAA', 'it is no gzip file'], ['no archive', gzipSync(Buffer.alloc(2000, 1)).toString('base64'), 'it is no tar archive'], ['a bomb', gzipSync(Buffer.alloc(40_000_000)).toString('base64'), 'it is larger than 16777216 bytes when it is unpacked'],
    ['no module', tar({ '/data.json': '{}' }), 'it has no single policy.wasm'], ['two modules', tar({ '/policy.wasm': 'a', '/other.wasm': 'b' }), 'it has no single policy.wasm'], ['data that is none', tar({ '/policy.wasm': 'a', '/data.json': '{' }), 'its data.json is no JSON'],
    ['data in many files', tar({ '/policy.wasm': 'a', '/x/data.json': '{}' }), 'its data is in more than one file'], ['a file twice', tar({ '/policy.wasm': 'a', './policy.wasm': 'b' }), 'a file is in it twice'],
  ])('that is %s is not used', async (_, bundle, says) => {
    expect(readBundle(bundle)).toEqual({ unread: says })
    expect(await askBundle('decision', {}, bundle)).toEqual({ failed: `its bundle cannot be used: ${says}` })
  })

  it('whose module is none is not used', async () => {
    expect(await askBundle('decision', {}, tar({ '/policy.wasm': 'no module', '/data.json': '{}' }))).toEqual({ failed: expect.stringContaining('WebAssembly') })
  })
})

describe('a server', () => {
  it('is asked by REST, with its token', async () => {
    let heard: IncomingMessage & { readonly text: string } | undefined
    answer = (request, response) => {
      heard = request
      response.end('{"result": {"allow": true}}')
    }
    expect(await askServer({ secret: 'OPA_TOKEN' })).toEqual({ value: { allow: true } })
    expect([heard?.method, heard?.url, heard?.headers.authorization, JSON.parse(heard?.text ?? '')]).toEqual(['POST', '/v1/data/tulle/decision', 'Bearer the token', { input: input() }])
  })

  it.each<readonly [why: string, reply: (response: ServerResponse) => void, says: string]>([
    ['has no such rule', (response) => response.end('{}'), 'has no answer at tulle/decision'], ['answers no JSON', (response) => response.end('{'), 'answers no JSON'], ['answers a list', (response) => response.end('[]'), 'has no answer at tulle/decision'],
    ['answers an error', (response) => response.writeHead(500).end('{"result": true}'), 'answers with status 500'], ['sends elsewhere', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'answers with status 302'],
    ['answers too much', (response) => response.end(JSON.stringify({ result: 'x'.repeat(2_000_000) })), 'answers too much'], ['hangs up', (response) => response.destroy(), 'cannot be reached'], ['says nothing', () => undefined, 'did not answer within 500 ms'],
    ['begins and says no more', (response) => void response.write('{"result":'), 'did not answer within 500 ms'],
  ])('that %s has no answer', async (_, reply, says) => {
    answer = (_request, response) => reply(response)
    expect(await askServer()).toEqual({ failed: `${address} ${says}` })
  })

  it('that is not listed is not asked, nor one whose secret is missing', async () => {
    answer = () => expect.fail('it was asked')
    expect(await askServer({ server: 'http://127.0.0.1:1' })).toEqual({ failed: 'http://127.0.0.1:1 is not among the servers that may be asked' })
    expect(await askServer({ secret: 'OTHER' })).toEqual({ failed: `${address} wants the secret OTHER, which is not there` })
  })

  it.each([['http://opa:8181', true], ['https://opa', false], ['https://any.example', true], ['https://any.example:444', true], ['http://user@any.example', false], ['file:///any.example', false], ['http://any.example.evil', false], ['no address', false]] as const)('%s is listed: %s', (one, listed) => {
    expect(isListed(one, new Set(['opa:8181', 'any.example']))).toBe(listed)
  })
})
