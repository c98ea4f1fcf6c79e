// A peer that runs as a process of its own: one line of JSON with a statement in, one line with its rows, or its error, out.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Rows } from './exchange.ts'

export interface Peer {
  /** Throws what the peer says where it refuses. */
  run(sql: string): Promise<Rows>
  close(): Promise<void>
}

type Answer = { readonly rows: Rows } | { readonly error: string }

export function peerProcess(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): Peer {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', process.env['PEER_TRACE'] === undefined ? 'ignore' : 'inherit'] })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const waiting: ((answer: Answer) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line) as Answer)
  })
  void ended.then(() => {
    for (const wake of waiting.splice(0)) wake({ error: 'the peer ended' })
  })
  return {
    run: async (sql) => {
      const answer = await new Promise<Answer>((answered) => {
        waiting.push(answered)
        child.stdin.write(`${JSON.stringify({ sql })}\n`, (error) => {
          if (error) answered({ error: 'the peer is gone' })
        })
      })
      if ('error' in answer) throw new Error(answer.error)
      return answer.rows
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
