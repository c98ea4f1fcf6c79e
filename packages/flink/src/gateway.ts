// The SQL gateway of Flink by its REST protocol (version 2: sessions, statements, operations, results). What it answers is foreign: it is
// bounded, read by its form, and repeated without the secrets that statements held.

import type { Clock, Json } from '@tulle/kernel'
import { oneLine, withoutSecrets } from '@tulle/sources'

/** `unreachable`: nobody knows what became of it. `refused`: it was not done. */
export class GatewayTrouble extends Error {
  readonly kind: 'unreachable' | 'refused'

  constructor(kind: GatewayTrouble['kind'], why: string) {
    super(why)
    this.kind = kind
  }
}

export interface GatewayOptions {
  /** `http://flink:8083`, without a slash at the end. */
  readonly url: string
  readonly clock: Clock
  /** For one answer; 10 seconds unless told. */
  readonly answerMilliseconds?: number
  /** For one statement; two minutes unless told: the first plan of a gateway takes its time. */
  readonly statementMilliseconds?: number
}

/** Rows of a result: name of a column → its value. */
export type Rows = readonly Readonly<Record<string, Json | undefined>>[]

export interface GatewaySession {
  /** Runs a statement to its end. `secrets` are those in it. */
  run(statement: string, secrets?: readonly string[]): Promise<Rows>
}

const MOST_BYTES = 8_000_000
const MOST_PAGES = 100
const HANDLE = /^[\w-]{1,100}$/u
const DONE: ReadonlySet<string> = new Set(['FINISHED', 'ERROR', 'CANCELED', 'TIMEOUT', 'CLOSED'])

/** Opens a session with settings of Flink, and closes it whatever happens. Throws GatewayTrouble. */
export async function withSession<T>(options: GatewayOptions, settings: Readonly<Record<string, string>>, work: (session: GatewaySession) => Promise<T>): Promise<T> {
  const handle = handleIn(await ask(options, 'POST', '/sessions', { body: { sessionName: 'tulle', properties: settings } }), 'sessionHandle')
  try {
    return await work({ run: (statement, secrets = []) => run(options, handle, statement, secrets) })
  } finally {
    await ask(options, 'DELETE', `/sessions/${handle}`, {}).catch(() => undefined)
  }
}

async function run(options: GatewayOptions, session: string, statement: string, secrets: readonly string[]): Promise<Rows> {
  const { clock, statementMilliseconds = 120_000 } = options
  const until = clock.now() + statementMilliseconds
  const operation = handleIn(await ask(options, 'POST', `/sessions/${session}/statements`, { body: { statement }, secrets }), 'operationHandle')
  const at = `/sessions/${session}/operations/${operation}`
  for (let wait = 50; !DONE.has(textIn(await ask(options, 'GET', `${at}/status`, { secrets }), 'status')); wait = Math.min(wait * 2, 1_000)) {
    if (clock.now() > until) throw new GatewayTrouble('unreachable', 'a statement does not come to its end')
    await clock.sleep(wait)
  }
  const rows: Readonly<Record<string, Json | undefined>>[] = []
  for (let page = 0; page < MOST_PAGES;) {
    const answer = await ask(options, 'GET', `${at}/result/${page}?rowFormat=JSON`, { secrets })
    const type = textIn(answer, 'resultType')
    if (type === 'NOT_READY') {
      if (clock.now() > until) throw new GatewayTrouble('unreachable', 'a statement does not come to its end')
      await clock.sleep(100)
      continue
    }
    rows.push(...rowsIn(answer))
    if (type === 'EOS') return rows
    page += 1
  }
  throw new GatewayTrouble('refused', `it answers with more than ${MOST_PAGES} pages`)
}

const handleIn = (answer: Json, member: string): string => {
  const handle = textIn(answer, member)
  if (!HANDLE.test(handle)) throw strange()
  return handle
}

const strange = (): GatewayTrouble => new GatewayTrouble('unreachable', 'what answers there is no SQL gateway of Flink')
const member = (value: Json | undefined, name: string): Json | undefined => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { readonly [key: string]: Json | undefined })[name] : undefined)

function textIn(answer: Json, name: string): string {
  const value = member(answer, name)
  if (typeof value !== 'string') throw strange()
  return value
}

function rowsIn(answer: Json): Rows {
  const results = member(answer, 'results')
  const [columns, data] = [member(results, 'columns'), member(results, 'data')]
  if (!Array.isArray(columns) || !Array.isArray(data)) return []
  const names = columns.map((column: Json) => member(column, 'name'))
  return data.map((row: Json) => {
    const fields = member(row, 'fields')
    if (!Array.isArray(fields)) throw strange()
    return Object.fromEntries(names.map((name, i) => [String(name), fields[i] as Json | undefined]))
  })
}

interface Asked { readonly body?: Json; readonly secrets?: readonly string[] }

async function ask({ url, answerMilliseconds = 10_000 }: GatewayOptions, method: string, path: string, { body, secrets = [] }: Asked): Promise<Json> {
  const clean = (text: string): string => oneLine(withoutSecrets(text, secrets.flatMap(formsOf)))
  let status: number
  let text: string
  try {
    // A redirect would carry statements elsewhere, with the secrets in them.
    const response = await fetch(`${url}/v2${path}`, { method, redirect: 'error', signal: AbortSignal.timeout(answerMilliseconds), ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
    status = response.status
    text = await boundedText(response)
  } catch (error) {
    if (error instanceof GatewayTrouble) throw error
    const { cause, message } = error as Error
    throw new GatewayTrouble('unreachable', clean(cause instanceof Error && cause.message !== '' ? cause.message : message))
  }
  let answer: Json
  try {
    answer = JSON.parse(text) as Json
  } catch {
    throw status < 300 ? strange() : new GatewayTrouble('unreachable', `it answers ${status}`)
  }
  if (status < 300) return answer
  const errors = member(answer, 'errors')
  const why = clean(reasonIn(Array.isArray(errors) ? errors.filter((one) => typeof one === 'string').join('\n') : ''))
  // A gateway that says what is wrong has done nothing; a proxy before it says nothing of that.
  throw new GatewayTrouble(Array.isArray(errors) ? 'refused' : 'unreachable', why === '' ? `it answers ${status}` : why)
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw new GatewayTrouble('unreachable', `it answers with more than ${MOST_BYTES / 1_000_000} MB`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The first line of the innermost cause: what follows repeats the options of tables. */
function reasonIn(text: string): string {
  const causes = [...text.matchAll(/^Caused by: [\w.$]+: (?<why>.+)$/gmu)].map(({ groups }) => groups?.['why'] ?? '')
  return causes.at(-1) ?? text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('Internal server error')) ?? text
}

/** As a statement holds it, too. */
const formsOf = (secret: string): readonly string[] => {
  const quoted = secret.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return [...new Set([secret, quoted, quoted.replaceAll("'", "''"), secret.replaceAll("'", "''"), JSON.stringify(secret).slice(1, -1)])].toSorted((a, b) => b.length - a.length)
}
