// A cold store in a bucket: rows go there and come back, what somebody else put there is refused, and while it is away everything waits.

import { join } from 'node:path'
import type { Clock } from '@tulle/kernel'
import { openS3Objects } from '@tulle/objects'
import type { S3Server } from '@tulle/objects/testing'
import { startS3Server } from '@tulle/objects/testing'
import { deleteWhere } from '@tulle/tables'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ColdRig } from '../testing/cold-rig.ts'
import { coldRig, valueOf, VISITS, visitsMesh } from '../testing/cold-rig.ts'
import type { Maintenance } from '../types.ts'
import { withEngine } from '../with-engine.ts'
import type { ColdStore } from './types.ts'

const DAY = 86_400_000
const ALL = { product: 'visits', dataSet: 'visits', keepFor: 10 * DAY, by: 'olga', dryRun: false }
const PREFIX = 'mesh/cold'

let at: ColdRig
let server: S3Server
let isAway = false
/** Pauses between tries are short. */
const hasty: Clock = { now: () => Date.now(), sleep: (_milliseconds, signal) => new Promise((wake, stop) => {
  if (signal?.aborted === true) stop(signal.reason as Error)
  else setTimeout(wake, 1)
}) }

beforeEach(async () => {
  isAway = false
  server = await startS3Server({ faults: () => (isAway ? { status: 503, code: 'ServiceUnavailable' } : undefined) })
  at = await coldRig()
  await at.rig.create(visitsMesh())
  await at.append([1, '2026-01-01'], [2, '2026-01-10'], [3, '2026-02-20'])
})
afterEach(async () => {
  await at[Symbol.asyncDispose]()
  await server.close()
})

/** As another process finds it: with no copies of its own. */
function bucket(name: string): ColdStore {
  const cache = { folder: join(at.engines.data, `cache-${name}`), limitBytes: 100_000_000 }
  return at.coldStore(() => openS3Objects({ endpoint: server.endpoint, bucket: server.bucket, region: server.region, style: 'path', prefix: PREFIX, credentials: () => server.credentials, clock: hasty, cache }))
}

const looked = (name: string): Promise<Maintenance> => at.looked({ cold: bucket(name) })
const codesOf = ({ tables }: Awaited<ReturnType<Maintenance['maintain']>>): readonly string[] => tables.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))
const keys = (ending: string): readonly string[] => [...server.objects.keys()].filter((key) => key.endsWith(ending))
/** Somebody who may write into the bucket does. */
const change = (ending: string, by: (bytes: Uint8Array) => Uint8Array): void => {
  const objects = server.objects as Map<string, { bytes: Uint8Array }>
  for (const key of keys(ending)) objects.set(key, { ...objects.get(key), bytes: by(objects.get(key)?.bytes ?? new Uint8Array()) })
}

describe('a cold store in a bucket', () => {
  it('takes rows, loses one that is erased there, and gives the others back', async () => {
    const maintenance = await looked('first')
    await maintenance.maintain()
    expect([await at.warm(), await at.cold(bucket('reader'))]).toEqual([['3:2026-02-20'], ['1:2026-01-01', '2:2026-01-10']])
    expect([keys('.parquet').length, keys('.parquet').every((key) => key.startsWith(`${PREFIX}/`))]).toEqual([1, true])
    const found = valueOf(await bucket('eraser').lakeOf(await at.warmTable()))
    const work = { store: at.rig.store, clock: at.lake.clock, engine: at.engine, workFolder: join(at.engines.data, 'erasing'), signal: new AbortController().signal }
    valueOf(await withEngine({ ...work, lake: found.lake }, (engine) => deleteWhere(engine, found.archive, 'id = 1', {})))
    const other = await looked('second')
    expect((await other.archives()).archives).toEqual([expect.objectContaining({ rows: 1, oldest: '2026-01-10', newest: '2026-01-10' })])
    expect(valueOf(await other.restore(ALL))).toMatchObject({ rows: 1, added: 1 })
    expect(await at.warm()).toEqual(['2:2026-01-10', '3:2026-02-20'])
  })

  it.each<[string, string, (bytes: Uint8Array) => Uint8Array]>([
    ['rows that were changed', '.parquet', (bytes) => bytes.map((byte, i) => (i === 8 ? byte ^ 1 : byte))],
    ['a table that leads elsewhere', '.metadata.json', (bytes) => Buffer.from(Buffer.from(bytes).toString('utf8').replaceAll(`${PREFIX}/`, 'other/'))],
    ['a manifest of something else', '.avro', () => Buffer.from('Obj\u0001')],
  ])('gives nothing back of %s', async (_what, ending, by) => {
    await (await looked('first')).maintain()
    change(ending, by)
    const done = await (await looked('second')).restore(ALL)
    expect([done.ok, done.diagnostics.map(({ code }) => code), await at.warm()]).toEqual([false, ['archive-damaged'], ['3:2026-02-20']])
  })

  it('that was emptied is lost, though copies of it are here, and is not begun anew', async () => {
    const maintenance = await looked('first')
    await maintenance.maintain()
    ;(server.objects as Map<string, unknown>).clear()
    await at.append([4, '2026-01-03'])
    expect(codesOf(await maintenance.maintain())).toContain('cold-store-lost')
    expect([await at.warm(), server.objects.size]).toEqual([['3:2026-02-20', '4:2026-01-03'], 0])
  })

  it('that is away lets everything wait and says so; once it is back the rows go', async () => {
    const maintenance = await looked('first')
    await maintenance.maintain()
    await at.append([4, '2026-01-03'])
    isAway = true
    const [foreseen, done, listed, back] = [await maintenance.foresee(), await maintenance.maintain(), await maintenance.archives(), await maintenance.restore(ALL)]
    const [code] = codesOf(done)
    expect(code).toMatch(/^s3-|^object-/u)
    expect([codesOf(foreseen)[0], listed.diagnostics[0]?.code, back.diagnostics[0]?.code]).toEqual([code, code, code])
    expect(listed.archives).toEqual([expect.objectContaining({ dataSet: VISITS.name, isRead: false, moves: [expect.objectContaining({ action: 'archived', rows: 2 })] })])
    expect(await at.warm()).toEqual(['3:2026-02-20', '4:2026-01-03'])
    isAway = false
    await maintenance.maintain()
    expect([await at.warm(), (await at.cold(bucket('reader'))).length]).toEqual([['3:2026-02-20'], 3])
  })
})
