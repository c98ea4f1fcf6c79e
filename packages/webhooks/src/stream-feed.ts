// Changes of a data set's rows, and what happens to it between them, out of its change stream, under the rights of whoever has the
// webhook. Positions are the stream's own; one that was not read from yet says where to begin.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { From as StreamFrom, LifeCycleEvent, RowChange, StreamAddress, Streams } from '@tulle/streams'
import { keepMembers } from './keep-members.ts'
import { messages } from './messages.ts'
import { KIND_OF, shape } from './outbox-feed.ts'
import type { Feed, FeedEvent, From, Kind, Seen, Webhook } from './types.ts'

const ROWS: ReadonlySet<string> = new Set<Kind>(['insert', 'update', 'delete'])

/** Whether it wants changes of rows, which come with everything else out of the data set's stream. */
export const wantsRows = ({ kinds }: Pick<Webhook, 'kinds'>): boolean => kinds.some((kind) => ROWS.has(kind))

const BEGIN = 'begin:'
const BELL_MILLISECONDS = 30_000
const MOST_COUNTED = 100

export function streamFeed(streams: Pick<Streams, 'read' | 'appended'>): Feed {
  const read = (webhook: Pick<Webhook, 'dataSet'>, seen: Seen, { after, limit, signal }: { readonly after: string; readonly limit: number; readonly signal: AbortSignal }) => streams.read({
    reader: async () => ok({ subject: seen.subject, purpose: seen.purpose, purposes: seen.purpose === undefined ? [] : [seen.purpose] }),
    address: addressIn(seen, webhook.dataSet), from: beginningOf(after), limit, port: 'webhook', signal,
  })
  return {
    async placeOf(_webhook, from, seen) {
      const begin = `${BEGIN}${JSON.stringify(fromOf(from))}`
      if (seen === undefined) return ok(begin)
      // What comes from now on begins now, and not when it is first looked at.
      const first = await read(_webhook, seen, { after: from.at === 'position' ? from.position : begin, limit: 1, signal: AbortSignal.timeout(10_000) })
      if (!first.ok) return first
      return ok(from.at === 'position' ? from.position : from.at === 'now' ? first.value.next : begin)
    },
    async read(webhook, seen, options) {
      const page = await read(webhook, seen, options)
      if (!page.ok) return page
      const events = page.value.entries.flatMap((entry): readonly FeedEvent[] => (entry.kind === 'row' ? [rowEvent(entry, webhook, seen)] : lifeEvent(entry, webhook, seen)))
      return ok({ events, position: page.value.next, more: !page.value.end })
    },
    async lag(webhook, seen) {
      const page = seen && await read(webhook, seen, { after: webhook.position, limit: MOST_COUNTED, signal: AbortSignal.timeout(10_000) })
      const [first] = page?.ok === true ? page.value.entries : []
      return { events: page?.ok === true ? page.value.entries.length : 0, milliseconds: first === undefined ? 0 : Math.max(0, Date.now() - Date.parse(first.time)) }
    },
    listen(hear) {
      const over = new AbortController()
      void (async () => {
        while (!over.signal.aborted) {
          await streams.appended(BELL_MILLISECONDS, over.signal)
          hear(undefined)
        }
      })().catch(() => undefined)
      return () => over.abort(new Error('no longer'))
    },
  }
}

const addressIn = ({ product, dataSets }: Seen, dataSet = ''): StreamAddress => dataSets.get(dataSet)?.address ?? { product, dataSet }
const subjectIn = (seen: Seen, dataSet: string): string => (({ product, dataSet: name }) => `${product}.${name}`)(addressIn(seen, dataSet))

const fromOf = (from: From): StreamFrom => (from.at === 'time' ? { time: from.time.getTime() } : from.at === 'position' ? { position: from.position } : from.at)
const beginningOf = (position: string): StreamFrom => (position.startsWith(BEGIN) ? (JSON.parse(position.slice(BEGIN.length)) as StreamFrom) : { position })

function rowEvent({ id, position, op, key, before, after, snapshot, run, schemaVersion, isInitial, time }: RowChange, { dataSet = '', filter: { columns } }: Webhook, seen: Seen): FeedEvent {
  const { product } = seen
  const only = columns === undefined ? undefined : new Set(columns)
  const row = (text: string | undefined): string | undefined => (text === undefined || only === undefined ? text : keepMembers(text, only))
  const facts = JSON.stringify({ product, dataSet, operation: op, ...(isInitial === true && { initial: true }), snapshot, run, schemaVersion })
  const parts = [['key', row(key)], ['before', row(before)], ['after', row(after)]].flatMap(([name, text]) => (text === undefined ? [] : [`,"${name}":${text}`]))
  return {
    id, position, kind: op, type: `tulle.row.${op}`, time, dataSet, subject: subjectIn(seen, dataSet), data: {}, dataText: `${facts.slice(0, -1)}${parts.join('')}}`,
    ...(after !== undefined && { row: after }), ...(before !== undefined && { before }),
  }
}

function lifeEvent({ id, position, type, data, time }: LifeCycleEvent, { dataSet = '' }: Webhook, seen: Seen): readonly FeedEvent[] {
  const kind = KIND_OF[type]
  const only = { ...seen, dataSets: new Map([...seen.dataSets].filter(([name]) => name === dataSet)) }
  const shaped: Readonly<Record<string, Json | undefined>> | undefined = kind === undefined ? undefined : shape(kind, data, only)
  return kind === undefined || shaped === undefined ? [] : [{ id, position, kind, type, time, dataSet, subject: subjectIn(seen, dataSet), data: { product: seen.product, ...shaped } }]
}

/** Each webhook from where what it wants comes. */
export function eitherFeed(lifeCycle: Feed, rows: Feed): Feed {
  const of = (webhook: Pick<Webhook, 'kinds'>): Feed => (wantsRows(webhook) ? rows : lifeCycle)
  return {
    placeOf: (webhook, from, seen): Promise<Result<string>> => (wantsRows(webhook) && webhook.dataSet === undefined ? Promise.resolve(fail(messages['webhook-rows-of-what']({}))) : of(webhook).placeOf(webhook, from, seen)),
    read: (webhook, seen, options) => of(webhook).read(webhook, seen, options),
    lag: (webhook, seen) => of(webhook).lag(webhook, seen),
    listen(hear) {
      const ends = [lifeCycle.listen(hear), rows.listen(hear)]
      return () => {
        for (const end of ends) end()
      }
    },
  }
}
