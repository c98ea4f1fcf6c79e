// The events of a change stream, the newest first. A stream that breaks is taken up where it was.

import { readEvents } from '@tulle/api'
import { useEffect, useState } from 'react'
import { problemOf } from '../api.ts'

export interface Change {
  readonly id: string
  /** `insert`, `update`, `delete`, or the type of an event. */
  readonly what: string
  readonly time: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

export const MOST_KEPT = 200
const PAUSE_MILLISECONDS = 2_000

interface Heard { readonly changes: readonly Change[]; readonly error?: Error; readonly told?: string }

const NOTHING: Heard = { changes: [] }

/** Undefined: nobody listens. */
export function useChanges(product: string, dataSet: string, watched: { readonly from: 'now' | 'start'; readonly purpose: string | undefined } | undefined): Heard {
  const [heard, setHeard] = useState<Heard & { readonly of?: object }>(NOTHING)
  useEffect(() => {
    if (watched === undefined) return undefined
    const stop = new AbortController()
    const listen = async (): Promise<void> => {
      let from: string = watched.from
      while (!stop.signal.aborted) {
        const query = new URLSearchParams({ from, ...(watched.purpose !== undefined && { purpose: watched.purpose }) })
        const answer = await fetch(`/streams/v1/${encodeURIComponent(product)}/${encodeURIComponent(dataSet)}?${query.toString()}`, { headers: { accept: 'text/event-stream' }, signal: stop.signal })
        if (!answer.ok || answer.body === null) throw problemOf(await answer.json())
        for await (const { event, data } of readEvents(answer.body)) {
          const said = JSON.parse(data) as Readonly<Record<string, unknown>>
          if (event === 'problem') throw problemOf(said)
          if (event === 'rights') {
            // What is kept here may be more than may be seen now.
            setHeard({ of: watched, changes: [], told: String(said['message']) })
            continue
          }
          from = typeof said['position'] === 'string' ? said['position'] : from
          setHeard((before) => ({ ...(before.of === watched ? before : NOTHING), of: watched, changes: [changeOf(event, said), ...(before.of === watched ? before.changes : [])].slice(0, MOST_KEPT) }))
        }
        await new Promise((wake) => setTimeout(wake, PAUSE_MILLISECONDS))
      }
    }
    listen().catch((error: unknown) => {
      if (!stop.signal.aborted) setHeard({ of: watched, changes: [], error: error instanceof Error ? error : new Error(String(error)) })
    })
    return () => stop.abort()
  }, [product, dataSet, watched])
  return watched === undefined || heard.of !== watched ? NOTHING : heard
}

function changeOf(event: string, { id, time, before, after }: Readonly<Record<string, unknown>>): Change {
  const rows = { ...(isRow(before) && { before }), ...(isRow(after) && { after }) }
  return { id: String(id), what: event.replace(/^tulle\./u, ''), time: String(time), ...rows }
}

const isRow = (value: unknown): value is Readonly<Record<string, unknown>> => value !== null && typeof value === 'object' && !Array.isArray(value)
