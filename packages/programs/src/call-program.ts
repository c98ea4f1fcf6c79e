// A call of a program that runs elsewhere: one request with all rows of what it reads, one answer with the rows of the data set.
// Only hosts that the operator lists are asked, what is signed is signed by named secrets, and the same run asks under the same key.

import { createWriteStream } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import type { Json, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Answered, SourceRoom } from '@tulle/sources'
import { ask, secretOf } from '@tulle/sources'
import { messages } from './messages.ts'
import type { ProgramInput } from './types.ts'

export interface ProgramCall {
  /** `flights.peaks`, for people. */
  readonly dataSet: string
  readonly place: Place
  readonly call: { readonly url: string; readonly format: 'arrow' | 'ndjson'; readonly headers: Readonly<Record<string, Json>>; readonly timeoutMilliseconds: number; readonly mostBytes: number }
  readonly input: ProgramInput
  /** The same for every try of one run. */
  readonly key: string
  /** A folder that nobody else reads. */
  readonly folder: string
  readonly signal: AbortSignal
  take(rows: { readonly path: string }): Promise<void>
}

const MEGABYTE = 1_048_576
const TYPES = { arrow: 'application/vnd.apache.arrow.stream', ndjson: 'application/x-ndjson' } as const
/** Other names for lines of JSON that servers use. */
const ACCEPTED: Readonly<Record<'arrow' | 'ndjson', readonly string[]>> = { arrow: [TYPES.arrow, 'application/vnd.apache.arrow.file', 'application/octet-stream'], ndjson: [TYPES.ndjson, 'application/jsonl', 'application/x-jsonlines', 'application/ndjson'] }

export async function callProgram(room: SourceRoom, program: ProgramCall): Promise<Result<void>> {
  const { dataSet, place, call, input, key, folder, signal } = program
  const [sent, answered] = [`${folder}/program-sent`, `${folder}/program-answered`]
  const late = AbortSignal.timeout(call.timeoutMilliseconds)
  try {
    const headers = headersOf(room, program)
    if (!headers.ok) return fail(...headers.diagnostics.map((one) => ({ ...one, place })))
    const written = await input.write(sent)
    if (!written.ok) return written
    const most = call.mostBytes / MEGABYTE
    if ((await stat(sent)).size > call.mostBytes) return fail(messages['program-call-large']({ dataSet, what: 'What it is sent', most }, { place }))
    const answer = await ask(room, {
      port: dataSet, url: new URL(call.url), method: 'POST', body: await readFile(sent), signal: AbortSignal.any([signal, late]), secrets: headers.value.secrets,
      headers: { ...headers.value.named, 'content-type': TYPES[call.format], accept: TYPES[call.format], 'idempotency-key': key },
    })
    if (!answer.ok) return fail(...answer.diagnostics.map((one) => ({ ...one, place })))
    const type = (answer.value.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    if (!ACCEPTED[call.format].includes(type)) return fail(messages['program-call-type']({ dataSet, given: type, want: TYPES[call.format] }, { place }))
    if (!(await keepBody(answer.value, answered, call.mostBytes))) return fail(messages['program-call-large']({ dataSet, what: 'What it answers', most }, { place }))
    await program.take({ path: answered })
    return ok(undefined)
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted) return fail(messages['program-late']({ dataSet, seconds: Math.round(call.timeoutMilliseconds / 1000) }, { place }))
    // The connection ended before the answer did; whoever tries the step again sends the same key.
    if ((error as NodeJS.ErrnoException).code !== undefined || (error instanceof Error && error.message === 'aborted')) return fail(messages['program-call-broken']({ dataSet }, { place }))
    throw error
  } finally {
    await rm(sent, { force: true })
    await rm(answered, { force: true })
  }
}

function headersOf({ secrets }: SourceRoom, { dataSet, call }: ProgramCall): Result<{ readonly named: Readonly<Record<string, string>>; readonly secrets: readonly string[] }> {
  const named: Record<string, string> = {}
  const held: string[] = []
  for (const [name, value] of Object.entries(call.headers)) {
    if (typeof value === 'string') {
      named[name] = value
      continue
    }
    const secret = secretOf(secrets, dataSet, value)
    if (!secret.ok) return secret
    named[name] = secret.value ?? ''
    held.push(secret.value ?? '')
  }
  return ok({ named, secrets: held })
}

/** False where it is more than it may be; then the rest is not read. */
async function keepBody({ body }: Answered, path: string, most: number): Promise<boolean> {
  const file = createWriteStream(path, { mode: 0o600 })
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > most) return false
      if (!file.write(chunk)) await new Promise<void>((resolve) => void file.once('drain', () => resolve()))
    }
    return true
  } finally {
    file.end()
    await finished(file)
  }
}
