// A conversation with one worker. Every question is answered: with the worker's answer, or by its end.

import type { Duplex } from 'node:stream'
import { frameOf, frameReader } from './frames.ts'
import type { Mailbox } from './mailbox.ts'
import type { Answer, Request } from './protocol.ts'
import type { Worker } from './spawn-worker.ts'

export type Reply =
  | { readonly kind: 'done'; readonly value: unknown; readonly body: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'died' }

export interface Channel {
  /** Answers with the question's id at once, so that it can be interrupted while its reply is awaited. */
  ask(request: Request): { readonly id: number; readonly reply: Promise<Reply> }
  /** Of the worker, where it could be started. */
  readonly pid: number | undefined
  readonly mailbox: Mailbox
  readonly ended: Promise<void>
  isOpen(): boolean
  kill(): void
}

export function openChannel({ child, mailbox }: Worker): Channel {
  const pipe = child.stdio[3] as Duplex
  const waiting = new Map<number, (reply: Reply) => void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let open = true
  let next = 1

  const close = (): void => {
    if (!open) return
    open = false
    for (const answer of waiting.values()) answer({ kind: 'died' })
    waiting.clear()
    mailbox.close()
    pipe.destroy()
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) child.kill('SIGKILL')
  }
  child.once('error', () => {
    close()
    end()
  })
  child.once('exit', () => {
    close()
    end()
  })
  pipe.on('error', close)
  pipe.on('close', close)
  pipe.on('data', frameReader(({ head, body }) => {
    const answer = head as Answer
    const settle = waiting.get(answer.id)
    if (settle === undefined) return
    waiting.delete(answer.id)
    settle(answer.ok ? { kind: 'done', value: answer.value, body } : { kind: 'failed', message: String(answer.message) })
  }, close))

  return {
    ask: (request) => {
      const id = next
      next += 1
      if (!open) return { id, reply: Promise.resolve({ kind: 'died' }) }
      const { promise: reply, resolve } = Promise.withResolvers<Reply>()
      if (request.verb !== 'interrupt') waiting.set(id, resolve)
      for (const piece of frameOf({ id, request })) pipe.write(piece)
      if (request.verb === 'interrupt') resolve({ kind: 'done', value: null, body: new Uint8Array(0) })
      return { id, reply }
    },
    pid: child.pid,
    mailbox,
    ended,
    isOpen: () => open,
    kill: close,
  }
}
