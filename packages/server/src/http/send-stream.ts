// A change stream on its way as server-sent events: no faster than its reader takes it, and over where he takes nothing.

import type { ServerResponse } from 'node:http'
import { KEEP_ALIVE, printEvent, STREAM_TYPE, toProblem } from '@tulle/api'
import type { Diagnostic, Result } from '@tulle/kernel'
import type { StreamEntry, StreamPage } from '@tulle/streams'

export interface SentStream {
  /** The first batch, which was not refused. */
  readonly first: StreamPage
  /** The batch after a position. */
  readonly read: (position: string) => Promise<Result<StreamPage>>
  /** Resolves when something new may be there. */
  readonly wait: () => Promise<void>
  /** The reader hung up. */
  readonly signal: AbortSignal
  /** A reader who takes nothing for so long has hung up, whatever its socket says. */
  readonly stallMilliseconds: number
  /** What is said of an error that was thrown. */
  readonly describe: (error: unknown) => Diagnostic
}

const HEARTBEAT_MILLISECONDS = 15_000

/** Until the reader or his rights are gone. INVARIANT: no more than one batch waits in memory for anybody. */
export async function sendStream(raw: ServerResponse, { first, read, wait, signal, stallMilliseconds, describe }: SentStream): Promise<void> {
  const write = (text: string): Promise<void> => writeAtPace(raw, text, stallMilliseconds)
  raw.writeHead(200, { 'content-type': STREAM_TYPE, 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  const alive = setInterval(() => raw.writableNeedDrain || raw.write(KEEP_ALIVE), HEARTBEAT_MILLISECONDS)
  try {
    raw.write(KEEP_ALIVE)
    let told: string | undefined
    let { rights } = first
    for (let page: Result<StreamPage> = { ok: true, value: first, diagnostics: [] }; !signal.aborted;) {
      if (!page.ok) {
        raw.write(printEvent('problem', toProblem(page.diagnostics)))
        break
      }
      const { entries, next, end } = page.value
      if (page.value.rights !== rights) {
        rights = page.value.rights
        await write(printEvent('rights', { message: 'Your rights are others than before. What you keep may be more, or less, than you may see now: begin anew to hold exactly that.' }))
      }
      await write(entries.map(printEntry).join(''))
      // An id alone moves what a reader comes back with, though nothing of what was passed is his to see.
      if (entries.at(-1)?.position !== next && next !== told) await write(`id: ${next}\n\n`)
      told = next
      if (end) await wait()
      page = await read(next)
    }
  } catch (error) {
    if (!raw.destroyed && !(error instanceof Stalled)) raw.write(printEvent('problem', toProblem([describe(error)])))
    if (error instanceof Stalled) raw.destroy()
  } finally {
    clearInterval(alive)
    raw.end()
  }
}

class Stalled extends Error {}

/** Takes its time where the reader does. */
async function writeAtPace(raw: ServerResponse, text: string, stallMilliseconds: number): Promise<void> {
  if (text === '' || raw.write(text) || raw.destroyed) return
  await new Promise<void>((resolve, reject) => {
    const stalled = setTimeout(() => reject(new Stalled('the reader takes nothing')), stallMilliseconds)
    const done = (): void => {
      clearTimeout(stalled)
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.once('drain', done).once('close', done)
  })
}

const printEntry = (entry: StreamEntry): string => `id: ${entry.position}\nevent: ${entry.kind === 'row' ? entry.op : entry.type}\ndata: ${printData(entry)}\n\n`

/** Rows are JSON already, and every digit of their numbers stays. */
export function printData(entry: StreamEntry): string {
  if (entry.kind === 'event') return JSON.stringify(entry)
  const { key, before, after, ...facts } = entry
  const rows = Object.entries({ key, before, after }).flatMap(([name, text]) => (text === undefined ? [] : [`,"${name}":${text}`])).join('')
  return `${JSON.stringify(facts).slice(0, -1)}${rows}}`
}
