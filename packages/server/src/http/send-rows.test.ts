import type { AddressInfo } from 'node:net'
import { DataStopped } from '@tulle/gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Log } from '../log.ts'
import { messages } from '../messages.ts'
import { openApp } from './app.ts'
import { sendRows } from './send-rows.ts'

const told: string[] = []
const log: Log = { info: () => undefined, warn: () => undefined, error: (message) => void told.push(message), findings: () => undefined }
const refusal = new DataStopped([messages['not-acceptable']({})])
let ended = 0

async function* pieces(...texts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  try {
    for (const text of texts) {
      if (text instanceof Error) throw text
      yield Buffer.from(text)
    }
  } finally {
    ended += 1
  }
}

const BODIES: Readonly<Record<string, readonly (string | Error)[]>> = {
  whole: ['one,', 'two'], nothing: [], refused: [refusal], broken: [new Error('ours')], 'cut-refused': ['one,', refusal], 'cut-broken': ['one,', new Error('ours')],
}
const app = openApp(log)
let url = ''
beforeAll(async () => {
  app.get('/:body', async (request, reply) => sendRows(reply, { 'content-type': 'text/csv', etag: '"x"' }, pieces(...(BODIES[(request.params as { body: string }).body] ?? [])), log))
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterAll(() => app.close())

describe('rows as an answer', () => {
  it.each([['whole', 'one,two'], ['nothing', '']])('%s: come with their headers, and those that keep a browser strict', async (body, text) => {
    const answer = await fetch(`${url}/${body}`)
    expect([answer.status, await answer.text(), answer.headers.get('content-type'), answer.headers.get('etag'), answer.headers.get('x-content-type-options'), answer.headers.get('content-security-policy')?.slice(0, 18)])
      .toEqual([200, text, 'text/csv', '"x"', 'nosniff', "default-src 'none'"])
  })
  it.each([['refused', 406, 0], ['broken', 500, 1]])('%s before the first piece: a problem, with none of their headers', async (body, status, logged) => {
    told.length = 0
    const answer = await fetch(`${url}/${body}`)
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('etag'), told.length]).toEqual([status, 'application/problem+json; charset=utf-8', null, logged])
  })
  it.each([['cut-refused', 0], ['cut-broken', 1]])('%s: the connection ends, so that half never looks whole', async (body, logged) => {
    told.length = 0
    await expect(fetch(`${url}/${body}`).then((answer) => answer.text())).rejects.toThrow()
    expect(told).toHaveLength(logged)
  })
  it('HEAD: the headers alone, and whoever made the rows is told to end', async () => {
    ended = 0
    const answer = await fetch(`${url}/whole`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('etag'), await answer.text(), ended]).toEqual([200, '"x"', '', 1])
  })
})
