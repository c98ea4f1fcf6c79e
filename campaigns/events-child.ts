// One process of the campaign of events, which is killed when it expects it least: who delivers to webhooks, and three consumers.
// With `before`, each moves its place, or acknowledges, before it has what comes: the control.

import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import { openStore, readEvents, watchOutbox } from '@tulle/store'
import type { Store } from '@tulle/store'
import { openWebhooks, outboxFeed } from '@tulle/webhooks'
import { pause } from './consumed-lines.ts'
import { append, replace, wholeLines } from './kept-lines.ts'

const [role = '', connection = '', folder = '', port = '', order = ''] = process.argv.slice(2)
const isBefore = order === 'before'
/** In the control: milliseconds in which a consumer can die between its place and its data. */
const WINDOW = 100
const TYPE = 'tulle.incident.opened'

interface Line { readonly id: string; readonly sentence: unknown }
const printed = ({ id, sentence }: Line): string => `${id} ${String(sentence)}\n`

process.on('disconnect', () => process.exit(1))
switch (role) {
  case 'deliver': await deliver(); break
  case 'receive': receive(); break
  case 'read': await read(); break
  case 'store': await storeWithPosition(); break
  default: process.exit(2)
}

async function opened(): Promise<Store> {
  for (;;) {
    const store = await openStore({ connection, poolSize: 3 })
    if (store.ok) {
      process.send?.('begun')
      return store.value
    }
    await pause(100)
  }
}

async function deliver(): Promise<void> {
  const store = await opened()
  const seen = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] } as const, purpose: undefined, product: 'flights', dataSets: new Map() }
  openWebhooks({ store, clock: systemClock, feed: outboxFeed(store), network: openNetwork(['127.0.0.1']), meshSecret: 'of the mesh', publicUrl: 'https://mesh.test', see: async () => seen, random: () => 0 }).start()
}

/** A webhook's target: what it has taken is on disk before it says so. */
function receive(): void {
  const file = wholeLines(join(folder, 'webhook.log'))
  createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const events = JSON.parse(Buffer.concat(parts).toString()) as { id: string; data: { sentence: string } }[]
      const keep = (): void => append(file, events.map(({ id, data }) => printed({ id, sentence: data.sentence })).join(''))
      if (isBefore) return reply.writeHead(204).end(() => setTimeout(keep, WINDOW))
      keep()
      return reply.writeHead(204).end()
    })
  }).listen(Number(port), '127.0.0.1', () => process.send?.('begun'))
}

/** Reads from a place that it keeps in a file of its own. */
async function read(): Promise<void> {
  const store = await opened()
  const file = wholeLines(join(folder, 'read.log'))
  const place = join(folder, 'read.place')
  await follow(store, existsSync(place) ? readFileSync(place, 'utf8') : '0', async (lines, position) => {
    const move = (): void => replace(place, position)
    if (isBefore) {
      move()
      await pause(WINDOW)
    }
    append(file, lines.map(printed).join(''))
    if (!isBefore) move()
  })
}

/** Keeps its place in the transaction that keeps the data: nothing is there twice. */
async function storeWithPosition(): Promise<void> {
  const store = await opened()
  const kept = new DatabaseSync(join(folder, 'store.db'))
  kept.exec('pragma synchronous = full; create table if not exists line (number integer primary key autoincrement, text text not null); create table if not exists place (one integer primary key, position text not null)')
  const from = (kept.prepare('select position from place').get() as { position: string } | undefined)?.position ?? '0'
  const insert = kept.prepare('insert into line (text) values (?)')
  const move = kept.prepare('insert into place values (1, ?) on conflict (one) do update set position = excluded.position')
  await follow(store, from, async (lines, position) => {
    kept.exec('begin')
    if (isBefore) {
      move.run(position)
      kept.exec('commit')
      await pause(WINDOW)
      kept.exec('begin')
    }
    for (const line of lines) insert.run(printed(line).trimEnd())
    if (!isBefore) move.run(position)
    kept.exec('commit')
  })
}

/** Batches after a place, one after the other, until the end of the process. */
async function follow(store: Store, from: string, take: (lines: readonly Line[], position: string) => Promise<void>): Promise<void> {
  let [after, wake] = [from, (): void => undefined]
  watchOutbox(store, { types: [TYPE], handle: async () => wake() })
  for (;;) {
    const events = await readEvents(store.db, { after, limit: 500, types: [TYPE] }).catch(() => [])
    const last = events.at(-1)
    if (last === undefined) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(200)])
    else {
      await take(events.map(({ id, data }) => ({ id, sentence: data['sentence'] })), last.seq)
      after = last.seq
    }
  }
}
