// Rows of a REST API, page by page. Where it has a cursor, only what is beyond the largest value so far is asked for.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import type { CursorState } from '../cursor-tail.ts'
import { CursorTail, cursorStateOf } from '../cursor-tail.ts'
import { ask, bodyOf, shownUrl, unreachable } from '../http.ts'
import { RowFile } from '../row-file.ts'
import { oneLine } from '../secret-of.ts'
import { parseExact, textOf, valueAt } from './exact-json.ts'
import { firstPage, nextPage } from './pages.ts'
import type { SignedIn } from './sign-in.ts'
import { signIn } from './sign-in.ts'
import { messages } from '../messages.ts'

const LARGEST_PAGE = 64 * 1024 * 1024

export async function drawRest(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, keys } = request
  const cursor = settings['cursor'] as string | undefined
  const before = cursor === undefined ? undefined : cursorStateOf(request.before)
  const signed = await signIn(room, request)
  if (!signed.ok) return signed
  const file = await RowFile.open(request, room.limits)
  const tail = new CursorTail()
  const isKeyed = keys.length > 0
  const read = await readPages(room, request, { signed: signed.value, before, each: async (row) => {
    const line = JSON.stringify(row)
    if (cursor !== undefined) {
      const value = textOf((row as Readonly<Record<string, Json>>)[cursor])
      if (value === undefined) return messages['source-cursor-unfit']({ port: request.port, cursor, why: 'a row has no text or number there' })
      const { range } = request
      if (range !== undefined && (isBeyond(range.from, value) || !isBeyond(range.to, value))) return undefined
      // Where rows cannot be told apart, what was there already is left out.
      if (range === undefined && !isKeyed && before !== undefined && !isBeyond(value, before.last)) return undefined
      tail.takeUnordered(value, line, isBeyond)
    }
    await file.write(line)
    return file.isFull ? messages['source-limit']({ port: request.port, limit: 'bytes', most: room.limits.bytes, what: 'bytes' }) : undefined
  } }).catch((error: unknown) => {
    request.signal.throwIfAborted()
    return fail(unreachable({ port: request.port, url: new URL(String(settings['url'])) }, oneLine((error as Error).message)))
  })
  if (!read.ok) {
    await file.abandon()
    return read
  }
  const { rows } = file
  const finished = await file.finish(request.port, shownUrl(new URL(String(settings['url']))))
  if (!finished.ok) return finished
  const told = `Read ${rows} rows on ${read.value} pages.`
  if (cursor === undefined) return ok({ files: [finished.value], mode: 'replace', told })
  if (request.range !== undefined) return ok({ files: [finished.value], mode: 'reload', told, ...(request.before !== undefined && { state: request.before }) })
  const state = tail.state(before)
  return ok({ files: [finished.value], mode: before === undefined ? 'replace' : isKeyed ? 'upsert' : 'append', told, ...(state !== undefined && { state: state as unknown as Json }) })
}

interface Reading {
  readonly signed: SignedIn
  readonly before: CursorState | undefined
  /** A diagnostic ends the reading. */
  readonly each: (row: Json) => Promise<ReturnType<(typeof messages)['source-limit']> | undefined>
}

async function readPages(room: SourceRoom, { port, settings, signal, range }: DrawRequest, { signed, before, each }: Reading): Promise<Result<number>> {
  const pages = settings['pages'] as Readonly<Record<string, Json>> | undefined
  const start = startOf(settings, range === undefined ? before?.last : range.from)
  const pause = 60_000 / Number(settings['most_per_minute'] ?? Number.POSITIVE_INFINITY)
  const seen = new Set<string>()
  let drawn = 0
  for (let url = firstPage(start, pages), number = 0; ; number += 1) {
    if (number >= room.limits.pages) return fail(messages['source-limit']({ port, limit: 'pages', most: room.limits.pages, what: 'pages' }))
    const unfit = (why: string): Result<never> => fail(messages['source-answer-unfit']({ port, what: shownUrl(url), why }))
    if (seen.has(url.href)) return unfit('it names the same page again')
    seen.add(url.href)
    if (number > 0 && pause > 0) await room.clock.sleep(pause, signal)
    const answer = await ask(room, { port, url, headers: { accept: 'application/json', ...signed.headers }, signal, secrets: signed.secrets })
    if (!answer.ok) return answer
    const bytes = await bodyOf(answer.value, LARGEST_PAGE)
    if (bytes === undefined) return fail(messages['source-limit']({ port, limit: 'page', most: LARGEST_PAGE, what: 'bytes in one page' }))
    let body: Json
    try {
      body = parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      return unfit('it is no JSON')
    }
    const path = String(settings['rows'] ?? '')
    const rows = valueAt(body, path)
    if (!Array.isArray(rows)) return unfit(path === '' ? 'it is no list' : `there is no list at ${path}`)
    for (const row of rows as readonly Json[]) {
      if (row === null || typeof row !== 'object' || Array.isArray(row) || textOf(row) !== undefined) return unfit('a row is no object')
      const stop = await each(row)
      if (stop !== undefined) return fail(stop)
    }
    drawn += rows.length
    const next = nextPage({ url, headers: answer.value.headers, body, rows: rows.length, number }, pages, drawn)
    if (next === undefined) return ok(number + 1)
    if (next === null) return unfit('the next page that it names is no URL')
    // What signs the request is for the host that the port names.
    if (next.origin !== start.origin) return unfit(`the next page that it names is on ${next.host}, which is another host`)
    url = next
  }
}

function startOf(settings: DrawRequest['settings'], last: string | undefined): URL {
  const url = new URL(String(settings['url']))
  for (const [name, value] of Object.entries((settings['parameters'] ?? {}) as Readonly<Record<string, Json>>)) url.searchParams.set(name, String(value))
  const from = last ?? (settings['cursor_start'] as string | undefined)
  if (from !== undefined && settings['cursor_parameter'] !== undefined) url.searchParams.set(String(settings['cursor_parameter']), from)
  return url
}

const NUMBER = /^-?\d+(?:\.\d+)?$/u

/** As numbers where both are, else as text: ISO 8601 dates sort as they are. */
function isBeyond(value: string, last: string): boolean {
  if (!NUMBER.test(value) || !NUMBER.test(last)) return value > last
  const [whole, other] = [BigInt(value.split('.')[0] ?? ''), BigInt(last.split('.')[0] ?? '')]
  return whole === other ? Number(value) > Number(last) : whole > other
}
