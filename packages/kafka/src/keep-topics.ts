// Where topics stand, in PostgreSQL: how far each was written, and how it is doing.

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Clock, Diagnostic } from '@tulle/kernel'
import type { Database } from '@tulle/store'
import type { KafkaPort, Topic, TopicPlace, TopicPlaces, TopicState, TopicStatus } from './types.ts'

type Db = Kysely<Database>
interface Of { readonly port: Pick<KafkaPort, 'id' | 'name' | 'productId'>; readonly topic: Pick<Topic, 'name' | 'dataSet'> }

/** Makes the row of a topic where there is none. */
export async function holdTopic(db: Db, clock: Clock, { port, topic }: Of): Promise<void> {
  const now = new Date(clock.now())
  await db.insertInto('kafka_topic').values({ port_id: port.id, data_set: topic.dataSet, product_id: port.productId, port: port.name.slice(port.name.indexOf('.') + 1), topic: topic.name, status: 'starting', changed_at: now })
    .onConflict((c) => c.columns(['port_id', 'data_set']).doNothing()).execute()
}

export function placesIn(db: Db, { port, topic }: Of): TopicPlaces {
  return {
    async read() {
      const row = await db.selectFrom('kafka_topic').select(['place', 'position', 'rights', 'sweep']).where('port_id', '=', port.id).where('data_set', '=', topic.dataSet).executeTakeFirst()
      if (row === undefined || row.place === null) return undefined
      return {
        place: row.place,
        ...(row.position !== null && { position: row.position }),
        ...(row.rights !== null && { rights: row.rights }),
        ...(row.sweep !== null && { sweep: row.sweep as NonNullable<TopicPlace['sweep']> }),
      }
    },
    async save({ place, position, rights, sweep }, written) {
      await db.updateTable('kafka_topic').set((e) => ({
        place, position: position ?? null, rights: rights ?? null, sweep: sweep === undefined ? null : JSON.stringify(sweep), written: sql<string>`${e.ref('written')} + ${written}`,
      })).where('port_id', '=', port.id).where('data_set', '=', topic.dataSet).execute()
    },
  }
}

/** Says how a topic is doing, where that is news. */
export async function tellTopic(db: Db, clock: Clock, { port, topic }: Of, { status, trouble }: { readonly status: TopicStatus; readonly trouble?: Diagnostic }): Promise<void> {
  const told = { status, trouble_code: trouble?.code ?? null, trouble: trouble?.message.slice(0, 1_000) ?? null }
  await db.updateTable('kafka_topic').set({ ...told, changed_at: new Date(clock.now()) }).where('port_id', '=', port.id).where('data_set', '=', topic.dataSet)
    .where((e) => e.or([e('status', '<>', status), sql<boolean>`trouble is distinct from ${told.trouble}`])).execute()
}

/** How the topics of a product are doing. */
export async function listTopics(db: Db, productId: string): Promise<readonly TopicState[]> {
  const rows = await db.selectFrom('kafka_topic').selectAll().where('product_id', '=', productId).orderBy('topic').execute()
  return rows.map((row) => ({
    port: row.port, dataSet: row.data_set, topic: row.topic, status: row.status, written: Number(row.written), changedAt: row.changed_at,
    ...(row.position !== null && { position: row.position }),
    ...(row.trouble !== null && { trouble: { code: row.trouble_code ?? '', message: row.trouble } }),
  }))
}

/** Topics that no port writes any more leave; what is at the brokers stays. Their names are given back. */
export async function forgetTopics(db: Db, isWritten: (of: { readonly portId: string; readonly dataSet: string; readonly topic: string }) => boolean): Promise<readonly string[]> {
  const rows = await db.selectFrom('kafka_topic').select(['port_id', 'data_set', 'topic']).execute()
  const gone = rows.filter(({ port_id: portId, data_set: dataSet, topic }) => !isWritten({ portId, dataSet, topic }))
  for (const { port_id, data_set } of gone) await db.deleteFrom('kafka_topic').where('port_id', '=', port_id).where('data_set', '=', data_set).execute()
  return gone.map(({ topic }) => topic)
}
