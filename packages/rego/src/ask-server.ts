// A question to an OPA server by REST. Only listed hosts are asked, no redirect is followed, and whatever is no answer, in time
// and in size, is said in words that deny.

import type { Json } from '@tulle/kernel'
import type { RegoAnswer } from '@tulle/policy'

export interface ServerOptions {
  /** `host` or `host:port`, in lower case. */
  readonly hosts: ReadonlySet<string>
  /** Bearer tokens by name. */
  readonly secret: (name: string) => string | undefined
  readonly milliseconds?: number
}

export const SERVER_MILLISECONDS = 500
const MOST_BYTES = 1_000_000

export interface ServerSource { readonly server: string; readonly entrypoint: string; readonly secret?: string | undefined }

/** True for a server whose host is listed, with its port or for every port. */
export function isListed(server: string, hosts: ReadonlySet<string>): boolean {
  const address = URL.canParse(server) ? new URL(server) : undefined
  if (address === undefined || !/^https?:$/u.test(address.protocol) || address.username !== '' || address.password !== '') return false
  const port = address.port === '' ? (address.protocol === 'https:' ? '443' : '80') : address.port
  return hosts.has(`${address.hostname}:${port}`) || hosts.has(address.hostname)
}

export async function askServer({ server, entrypoint, secret: name }: ServerSource, input: Json, { hosts, secret, milliseconds = SERVER_MILLISECONDS }: ServerOptions): Promise<RegoAnswer> {
  const failed = (why: string): RegoAnswer => ({ failed: `${server} ${why}` })
  if (!isListed(server, hosts)) return failed('is not among the servers that may be asked')
  const token = name === undefined ? undefined : secret(name)
  if (name !== undefined && token === undefined) return failed(`wants the secret ${name}, which is not there`)
  try {
    const response = await fetch(new URL(`/v1/data/${entrypoint}`, server), {
      method: 'POST', redirect: 'manual', signal: AbortSignal.timeout(milliseconds),
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ input }),
    })
    const text = await limitedText(response)
    if (response.status !== 200) return failed(`answers with status ${response.status}`)
    if (text === undefined) return failed('answers too much')
    const document = JSON.parse(text) as unknown
    const result = document !== null && typeof document === 'object' && !Array.isArray(document) && Object.hasOwn(document, 'result') ? (document as { readonly result: Json }).result : undefined
    return result === undefined ? failed(`has no answer at ${entrypoint}`) : { value: result }
  } catch (error) {
    if (error instanceof SyntaxError) return failed('answers no JSON')
    return failed((error as Error).name === 'TimeoutError' ? `did not answer within ${milliseconds} ms` : 'cannot be reached')
  }
}

async function limitedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
