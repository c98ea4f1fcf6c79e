// The consumer of a peer, in a process of its own: it says how long each event took, and begins and pauses when it is told to.

import { fork } from 'node:child_process'

export interface EventPeer extends Pick<ForkedConsumer, 'took' | 'consume' | 'pause'> {
  append(count: number): Promise<void>
  close(): Promise<void>
}

export interface ForkedConsumer {
  /** Of each event that arrived how long it took; emptied by whoever reads it. */
  readonly took: number[]
  /** When it said so. */
  readonly ready: Promise<void>
  consume(): void
  pause(): Promise<void>
  kill(): void
}

/** `file` begins as a consumer of what is at `address`. */
export function forkConsumer(file: string, address: string): ForkedConsumer {
  const child = fork(file, ['consumer', address])
  const took: number[] = []
  let paused: (() => void) | undefined
  const ready = new Promise<void>((done) => child.on('message', (said: { took?: number[]; paused?: true; ready?: true }) => {
    for (const one of said.took ?? []) took.push(one)
    if (said.paused === true) paused?.()
    if (said.ready === true) done()
  }))
  return {
    took,
    ready,
    consume: () => void child.send('consume'),
    pause: () => new Promise((done) => {
      paused = done
      child.send('pause')
    }),
    kill: () => void child.kill(),
  }
}
