// A socket as frames in and bytes out, with back-pressure both ways. Knows no message.
// Never buffers more than a client may send ahead, and never waits for ever for a client that does not read.

import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { TLSSocket } from 'node:tls'
import type { BatchRooms } from './batch-rooms.ts'
import type { Frame, FrameReader } from './frames.ts'
import { frameReader } from './frames.ts'

export type Received = Frame | 'too-long' | 'too-short' | 'closed' | 'idle'

export interface Wire {
  readonly reader: FrameReader
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
  readonly encrypted: boolean
  /** The next frame; `idle` where none came within the time given. */
  receive(idleMilliseconds?: number): Promise<Received>
  /** Memory for what is sent next. What was sent must not be touched any more. */
  readonly rooms: BatchRooms
  /** Queues bytes; they leave at the next flush, or earlier where many wait. */
  send(bytes: Uint8Array): void
  /** Resolves when the client has taken all but a little; false where it is gone or does not read. */
  flush(): Promise<boolean>
  /** Answers an SSLRequest; false where bytes came before the encryption that they pretend to be under. */
  encrypt(context: SecureContext): boolean
  /** Sends what is queued and closes; destroys the socket where the client does not take it. */
  end(): Promise<void>
  destroy(): void
}

export interface WireOptions {
  readonly frameLimit: number
  /** A client that reads nothing for so long is cut off. */
  readonly stallMilliseconds: number
  /** Shared by all clients of a port. */
  readonly rooms: BatchRooms
}

/** What a client may send ahead of us, besides one message: little, while it may not even send long messages. */
const AHEAD = 1 << 20
const QUEUE = 1 << 16

export function wire(raw: Socket, options: WireOptions): Wire {
  let socket: Socket = raw
  let encrypted = false
  let ended = false
  let wake: (() => void) | undefined
  let queue: Uint8Array[] = []
  let queued = 0
  const reader = frameReader(options.frameLimit)
  const gone = new AbortController()
  const ahead = (): number => Math.min(AHEAD, reader.limit)

  const leave = (): void => {
    ended = true
    gone.abort()
    wake?.()
  }
  const listen = (): void => {
    socket.on('data', (chunk: Buffer) => {
      reader.feed(chunk)
      if (reader.waiting > ahead() + reader.limit) socket.pause()
      wake?.()
    })
    socket.on('end', leave)
    socket.on('close', leave)
    socket.on('error', leave)
  }
  socket.setNoDelay(true)
  listen()

  const push = (): boolean => {
    if (queue.length === 0) return !socket.writableNeedDrain
    const pieces = queue
    queue = []
    queued = 0
    // Small replies leave together, and rows as they lie.
    const small = pieces.findIndex(({ length }) => length > QUEUE)
    const head = small < 0 ? pieces : pieces.slice(0, small)
    let taken = true
    if (head.length > 0) taken = socket.write(head.length === 1 ? (head[0] as Uint8Array) : Buffer.concat(head), () => head.forEach(options.rooms.left))
    for (const piece of small < 0 ? [] : pieces.slice(small)) taken = socket.write(piece, () => options.rooms.left(piece))
    return taken
  }
  const drained = (): Promise<boolean> =>
    new Promise((resolve) => {
      const finish = (taken: boolean): void => {
        clearTimeout(timer)
        socket.off('drain', onDrain)
        gone.signal.removeEventListener('abort', onGone)
        resolve(taken)
      }
      const onDrain = (): void => finish(true)
      const onGone = (): void => finish(false)
      const timer = setTimeout(() => {
        socket.destroy()
        finish(false)
      }, options.stallMilliseconds)
      socket.on('drain', onDrain)
      gone.signal.addEventListener('abort', onGone)
    })

  return {
    reader,
    rooms: options.rooms,
    gone: gone.signal,
    get encrypted() {
      return encrypted
    },
    async receive(idleMilliseconds) {
      const deadline = idleMilliseconds === undefined ? undefined : Date.now() + idleMilliseconds
      for (;;) {
        const frame = reader.next()
        if (frame !== undefined) {
          if (socket.isPaused() && reader.waiting < ahead()) socket.resume()
          return frame
        }
        if (ended) return 'closed'
        if (socket.isPaused()) socket.resume()
        const left = deadline === undefined ? undefined : deadline - Date.now()
        if (left !== undefined && left <= 0) return 'idle'
        await new Promise<void>((resolve) => {
          const timer = left === undefined ? undefined : setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
    },
    send(bytes) {
      if (ended) return
      queue.push(bytes)
      queued += bytes.length
      if (queued > QUEUE) push()
    },
    async flush() {
      if (ended) return false
      return push() || drained()
    },
    encrypt(context) {
      if (reader.waiting > 0) return false
      socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close').removeAllListeners('error')
      socket.write('S')
      socket.on('error', leave)
      socket = new TLSSocket(socket, { isServer: true, secureContext: context })
      encrypted = true
      listen()
      return true
    },
    async end() {
      if (!ended) {
        push()
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000)
          socket.end(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
      socket.destroy()
      leave()
    },
    destroy() {
      socket.destroy()
      leave()
    },
  }
}
