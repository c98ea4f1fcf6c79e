// The process that runs SQL. It reads requests from file descriptor 3 and answers there; standard output is not its own
// (`COPY … TO '/dev/stdout'` lands in it). It must hold no secret, and trust nothing that it computes.

import { Socket } from 'node:net'
import { frameOf, frameReader } from './frames.ts'
import { workRoom } from './work-room.ts'
import type { Answer, Asked } from './protocol.ts'

const pipe = new Socket({ fd: 3, readable: true, writable: true })
const room = workRoom()

const answer = (reply: Answer, body?: Uint8Array): void => {
  for (const piece of frameOf(reply, body)) pipe.write(piece)
}

pipe.on('data', frameReader(
  ({ head }) => {
    const { id, request } = head as Asked
    if (request.verb === 'interrupt') {
      room.interrupt(request.work)
      return
    }
    room.work(id, request).then(
      ({ value, body }) => answer({ id, ok: true, value }, body),
      (error: unknown) => answer({ id, ok: false, message: error instanceof Error ? error.message : String(error) }),
    )
  },
  () => process.exit(3),
))
pipe.on('error', () => process.exit(0))
pipe.on('close', () => process.exit(0))
