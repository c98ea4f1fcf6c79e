// Events that a server sends (text/event-stream), from the one after the last that is published, until the batch is full or its
// time is over. The id of the last event is the port's state, kept with what is published: no event comes twice, and none is
// passed over, as far as the server keeps those that were not taken yet.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ask, shownUrl, unreachable } from '../http.ts'
import { messages } from '../messages.ts'
import { parseExact } from '../rest/exact-json.ts'
import { signIn } from '../rest/sign-in.ts'
import { RowFile } from '../row-file.ts'
import { oneLine } from '../secret-of.ts'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import type { StreamEvent } from './events.ts'
import { EventReader } from './events.ts'

const BATCH_ROWS = 100_000
const BATCH_SECONDS = 10

interface StreamState { readonly url: string; readonly last: string }

export async function drawEvents(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, keys, port, signal } = request
  const url = urlOf(settings)
  const before = request.before as unknown as StreamState | undefined
  const after = before?.url === url.href ? before.last : undefined
  const signed = await signIn(room, request)
  if (!signed.ok) return signed
  const file = await RowFile.open(request, room.limits)
  // The batch ends with its time, whatever the server sends; the connection goes with it.
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop)
  const timer = room.clock.sleep(Number(settings['batch_seconds'] ?? BATCH_SECONDS) * 1000, over.signal).then(stop, () => undefined)
  try {
    const read = await readEvents(room, request, { file, url, after, over: over.signal, signed: signed.value })
    if (!read.ok) {
      await file.abandon()
      return read
    }
    const finished = await file.finish(port, `${shownUrl(url)} (events)`)
    if (!finished.ok) return finished
    const { events, last } = read.value
    const state = last === undefined ? request.before : { url: url.href, last }
    return ok({
      files: before !== undefined && events === 0 ? [] : [finished.value],
      mode: before === undefined ? 'replace' : keys.length > 0 && events > 0 ? 'upsert' : 'append',
      ...(state !== undefined && { state: state as unknown as Json }),
      told: `Took in ${events} events.`,
    })
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await timer
  }
}

function urlOf(settings: DrawRequest['settings']): URL {
  const url = new URL(String(settings['url']))
  for (const [name, value] of Object.entries((settings['parameters'] ?? {}) as Readonly<Record<string, Json>>)) url.searchParams.set(name, String(value))
  return url
}

interface Reading { readonly file: RowFile; readonly url: URL; readonly after: string | undefined; readonly over: AbortSignal; readonly signed: { readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] } }
interface Read { readonly events: number; readonly last: string | undefined }

async function readEvents(room: SourceRoom, request: DrawRequest, { file, url, after, over, signed }: Reading): Promise<Result<Read>> {
  const { settings, port, signal } = request
  const most = Number(settings['batch_rows'] ?? BATCH_ROWS)
  const unfit = (why: string): Result<never> => fail(messages['source-answer-unfit']({ port, what: shownUrl(url), why }))
  const wanted = settings['events'] === undefined ? undefined : new Set(settings['events'] as readonly string[])
  const reader = new EventReader(after)
  let [events, last] = [0, after]
  let isAnswered = false
  try {
    const answer = await ask(room, { port, url, headers: { accept: 'text/event-stream', 'cache-control': 'no-store', ...(after !== undefined && { 'last-event-id': Buffer.from(after, 'utf8').toString('latin1') }), ...signed.headers }, signal: over, secrets: signed.secrets })
    if (!answer.ok) return answer
    isAnswered = true
    if (answer.value.status === 204) return ok({ events, last })
    if (!/^text\/event-stream\b/iu.test(String(answer.value.headers['content-type'] ?? ''))) return unfit('it is no event stream')
    for await (const piece of answer.value.body) {
      for (const event of reader.read(piece)) {
        if (wanted !== undefined && !wanted.has(event.event)) continue
        // Without one nobody could say where to go on.
        if (event.id === '' || event.id === last) return unfit('an event has no id of its own')
        await file.write(rowOf(event))
        last = event.id
        events += 1
        if (events >= most) return ok({ events, last })
      }
      if (file.isFuller(0.5)) break
    }
  } catch (error) {
    signal.throwIfAborted()
    // What came before the time was over is the batch; so it is where the connection broke.
    if (!isAnswered) return fail(unreachable({ port, url }, 'it does not answer within the time of a batch'))
    if (!over.aborted && events === 0) return fail(unreachable({ port, url }, oneLine((error as Error).message)))
  }
  return ok({ events, last })
}

/** What is no object goes on as a text, which no contract takes for a row: the run stops, or it is set aside where the contract wants that. */
function rowOf({ id, event, data }: StreamEvent): string {
  try {
    const row = parseExact(data)
    if (row !== null && typeof row === 'object' && !Array.isArray(row) && !('rawJSON' in row)) return JSON.stringify({ ...row, sse_id: id, sse_event: event })
  } catch {
    // It is told below.
  }
  return JSON.stringify(data)
}
