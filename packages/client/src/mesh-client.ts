// The ports of a mesh as functions: one place for the address, the credentials and what a refusal is.

import { readEvents, STREAM_TYPE } from '@tulle/api'
import { parseJson } from './exact-json.ts'
import { pauseAfter } from './pause.ts'
import type { Finding } from './refused.ts'
import { isPassing, Refused } from './refused.ts'
import type { Address, Entry, MeshClient, MeshClientOptions, Page, Row, SavedPosition } from './types.ts'

export function meshClient({ url, token, user, password, purpose, fetch: given }: MeshClientOptions): MeshClient {
  const base = url.replace(/\/+$/u, '')
  const authorization = token !== undefined ? `Bearer ${token}` : user !== undefined ? `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` : undefined
  const send = async (path: string, init: RequestInit & { readonly accept?: string } = {}): Promise<Response> => {
    const { accept = 'application/json', headers, ...rest } = init
    const response = await (given ?? fetch)(base + path, {
      ...rest, headers: { accept, ...(authorization !== undefined && { authorization }), ...(purpose !== undefined && { 'x-tulle-purpose': purpose }), ...(headers as Record<string, string> | undefined) },
    })
    if (!response.ok) throw new Refused(response.status, findingsOf(await response.text()))
    return response
  }
  const json = async (path: string, init: RequestInit = {}): Promise<unknown> => parseJson(await (await send(path, init)).text())
  const stream = ({ product, dataSet }: Address, query: Readonly<Record<string, string | number | undefined>> = {}): string => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
    return `/streams/v1/${encodeURIComponent(product)}/${encodeURIComponent(dataSet)}${search.size === 0 ? '' : `?${search}`}`
  }
  const positionOf = (address: Address, consumer: string): string => `${stream(address)}/positions/${encodeURIComponent(consumer)}`

  return {
    async query({ product, dataSet }, parameters = {}, signal) {
      const search = new URLSearchParams(parameters)
      const answer = (await json(`/data/v1/${encodeURIComponent(product)}/${encodeURIComponent(dataSet)}${search.size === 0 ? '' : `?${search}`}`, signal === undefined ? {} : { signal })) as { readonly rows: readonly Row[] }
      return answer.rows
    },
    read: async (address, { from, limit, wait, signal } = {}) => (await json(stream(address, { from, limit, wait }), signal === undefined ? {} : { signal })) as Page,
    async* subscribe(address, { from = 'start', signal } = {}) {
      let last: string | undefined
      const isOver = (): boolean => signal?.aborted === true
      for (let failures = 0; !isOver();) {
        try {
          const response = await send(stream(address, { from }), { accept: STREAM_TYPE, ...(last !== undefined && { headers: { 'last-event-id': last } }), ...(signal !== undefined && { signal }) })
          for await (const { event, data } of readEvents(response.body as ReadableStream<Uint8Array>)) {
            failures = 0
            const value = parseJson(data)
            if (event === 'problem') throw new Refused((value as { readonly status?: number }).status ?? 500, findingsOf(data))
            if (event === 'rights') continue
            yield value as Entry
            // Only now is it the reader's: a connection that is lost before begins with it again.
            last = (value as Entry).position
          }
        } catch (error) {
          if (isOver()) return
          if (!isPassing(error)) throw error
        }
        failures += 1
        await pauseAfter(failures, signal)
      }
    },
    acknowledge: async (address, consumer, position, { replay = false } = {}) =>
      (await json(positionOf(address, consumer), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ position, ...(replay && { replay }) }) })) as SavedPosition,
    async position(address, consumer) {
      try {
        return (await json(positionOf(address, consumer))) as SavedPosition
      } catch (error) {
        if (error instanceof Refused && error.code === 'position-not-saved') return undefined
        throw error
      }
    },
    positions: async () => (await json('/streams/v1/positions')) as readonly SavedPosition[],
  }
}

function findingsOf(text: string): readonly Finding[] {
  try {
    const { diagnostics, detail, title } = JSON.parse(text) as { readonly diagnostics?: readonly Finding[]; readonly detail?: string; readonly title?: string }
    return diagnostics ?? [{ code: '', message: detail ?? title ?? text.slice(0, 200) }]
  } catch {
    return [{ code: '', message: text.slice(0, 200) }]
  }
}
