// A topic that others write is emptied where they wrote, whatever partitions they chose.

import { expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import { prepareTopic } from './prepare-topic.ts'
import { startBroker } from './testing.ts'

it('is made where there is none, and emptied by a tombstone in the partition of each key', async () => {
  const broker = await startBroker()
  try {
    const prepare = async (isEmptied: boolean) => prepareTopic({ network: openNetwork(['127.0.0.1']), secrets: () => undefined, clock: systemClock }, { name: 'board.board.flink', id: 'one', cluster: { brokers: [broker.address], tls: 'off' }, isEmptied })
    expect(await prepare(false)).toMatchObject({ ok: true })
    expect(broker.topics()).toEqual(['board.board.flink'])
    // Each key in both: by its hash alone, half of them would be looked for where they are not.
    const keys = ['a', 'b', 'c', 'd'].flatMap((key) => [0, 1].map((partition) => ({ key, partition })))
    for (const { key, partition } of keys) broker.put('board.board.flink', { key: Buffer.from(key), value: Buffer.from('{}'), partition })
    const alive = (): readonly string[] => {
      const rows = new Map<string, Buffer | null>()
      for (const { key, value, partition } of broker.records('board.board.flink')) rows.set(`${partition} ${key?.toString() ?? ''}`, value)
      return [...rows].flatMap(([key, value]) => (value === null ? [] : [key]))
    }
    expect(await prepare(false)).toMatchObject({ ok: true })
    expect(alive()).toHaveLength(keys.length)
    expect(await prepare(true)).toMatchObject({ ok: true })
    expect(alive()).toEqual([])
  } finally {
    await broker.stop()
  }
}, 30_000)
