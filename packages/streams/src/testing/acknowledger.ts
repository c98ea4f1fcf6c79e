// A process that moves a named position on and on until it is killed, and says each that was saved. `say-first` says it before: the
// control of what kills show.

import { setTimeout as sleep } from 'node:timers/promises'
import { ok, systemClock } from '@tulle/kernel'
import { openStore } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import { findStream } from '../log.ts'
import { positionSeal } from '../position.ts'
import { namedPositions } from '../positions.ts'
import type { GovernedChanges, Reader } from '../types.ts'

const [connection = '', productId = '', order] = process.argv.slice(2)
const store = valueOf(await openStore({ connection, poolSize: 2 }))
const key = { productId, dataSet: 'rows' }
const address = { product: 'sales', dataSet: 'rows' }
const subject = { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] } as const
const reader: Reader = async () => ok({ subject, purpose: undefined, purposes: [] })
const governed: Pick<GovernedChanges, 'target'> = { target: async () => ok({ productId, stored: key.dataSet, subject, rights: 'r' }) }
const seal = positionSeal('a secret')
const positions = namedPositions({ db: store.db, governed: governed as GovernedChanges, seal, clock: systemClock })
const stream = await findStream(store.db, key)
if (stream === undefined) throw new Error('there is no stream')
const saved = valueOf(await positions.read(reader, address, 'copy'))
const begun = saved === undefined ? 0 : (seal.parse(stream.id, saved.position)?.number ?? 0)
for (let number = begun + 1; ; number += 1) {
  const say = (): void => void process.stdout.write(`${number}\n`)
  if (order === 'say-first') {
    say()
    await sleep(10)
  }
  valueOf(await positions.save({ reader, address, consumer: 'copy', position: seal.print(stream.id, { phase: 'log', number, ordinal: 0 }) }))
  if (order !== 'say-first') say()
}
