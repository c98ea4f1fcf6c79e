// Those who are told, in tests: a webhook and a mail server on this machine.

import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Received { readonly headers: IncomingHttpHeaders; readonly body: string }

/** Answers with what `answer` says: a status, or nothing at all. */
export async function webhookReceiver(answer: (received: Received) => number | undefined | Promise<number | undefined>) {
  const received: Received[] = []
  const server = createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(parts).toString() }
      received.push(one)
      void Promise.resolve(answer(one)).then((status) => {
        if (status === undefined) return request.socket.destroy()
        if (status === 302) reply.setHeader('location', 'http://127.0.0.1:1/elsewhere')
        reply.writeHead(status).end('thanks')
        return undefined
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { received, port, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/hook`, close: () => new Promise<void>((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  }) }
}

/** Refuses for good whom `refuses` names; `busy` turns everybody away for now. */
export async function mailReceiver(refuses: (to: string) => boolean = () => false) {
  const mails: { readonly to: string; readonly text: string }[] = []
  const state = { isBusy: false }
  const server = new SMTPServer({
    authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, done) => {
      if (refuses(address)) return done(Object.assign(new Error('nobody of that name'), { responseCode: 550 }))
      return state.isBusy ? done(Object.assign(new Error('busy'), { responseCode: 451 })) : done()
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        for (const { address } of session.envelope.rcptTo) mails.push({ to: address, text: Buffer.concat(parts).toString() })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  return { mails, state, port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
