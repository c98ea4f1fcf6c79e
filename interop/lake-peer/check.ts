// Our lake and a peer on the same tables: the peer reads every version that we wrote, through the catalogue and by path;
// then both write in turns, and each reads what the other wrote. Usage: check.ts <trino|clickhouse> <command of the peer…>

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { clickhouse } from './clickhouse.ts'
import { EVOLVED, Exchange, normalised } from './exchange.ts'
import type { Rows, Version } from './exchange.ts'
import { peerProcess } from './peer-process.ts'
import type { Peer } from './peer-process.ts'
import { NAMESPACE, serveLake } from './serve-lake.ts'
import { trino } from './trino.ts'
import type { Dialect } from './dialect.ts'

const DIALECTS: Readonly<Record<string, Dialect>> = { trino, clickhouse }

const [which = '', command = '', ...args] = process.argv.slice(2)
const dialect = DIALECTS[which] as Dialect
const work = await mkdtemp(join(tmpdir(), 'tulle-peer-'))
let [passed, failed] = [0, 0]

await using served = { ...(await serveLake(work)), [Symbol.asyncDispose]: () => served.close() }
const peer = peerProcess(command, args, {
  PEER_URI: served.uri, PEER_S3: served.s3.endpoint, PEER_REGION: served.s3.region, PEER_KEY: served.s3.credentials.accessKeyId, PEER_SECRET: served.s3.credentials.secretAccessKey,
})
const exchange = await Exchange.open(served.lake, { namespace: NAMESPACE, name: 'kinds' }, { work, read: [served.cache] })
try {
  await exchange.grow()
  if (dialect.refusesRepartitioned === undefined) await exchange.repartition()
  await section('our own reader', async () => {
    for (const version of exchange.versions) same(version.what, await exchange.read(version), version.rows)
  })
  await section('the peer meets us', async () => dialect.prepare({ peer, served, table: await exchange.table() }))
  for (const way of dialect.ways) {
    await section(`the peer reads ${way}`, async () => {
      for (const version of exchange.versions) same(`${version.what} (${version.snapshot})`, await readByPeer(peer, way, version), version.rows)
    })
  }
  for (let turn = 0; turn < 3; turn += 1) {
    await section(`turn ${turn + 1}: the peer writes`, async () => {
      for (const { what, peerSql, modelSql } of dialect.turn(turn)) {
        await peer.run(peerSql)
        const version = await exchange.apply(what, modelSql)
        same(`${what}, as we read it`, await exchange.read(version), version.rows)
        same(`${what}, as the peer reads it`, await readByPeer(peer, dialect.ways[0], version), version.rows)
      }
    })
    await section(`turn ${turn + 1}: we write`, async () => {
      await exchange.append('our append', EVOLVED(500 + turn * 10, 505 + turn * 10))
      await exchange.deleteByPosition('our delete', `id % 50 = ${turn}`)
      for (const version of exchange.versions.slice(-2)) same(`${version.what}, as the peer reads it`, await readByPeer(peer, dialect.ways[0], version), version.rows)
    })
  }
  const { refusesRepartitioned } = dialect
  if (refusesRepartitioned !== undefined) {
    await section('the peer still refuses a table whose partitioning has changed', async () => {
      await exchange.repartition()
      const version = exchange.versions.at(-1) as Version
      same(version.what, await exchange.read(version), version.rows)
      const said = await readByPeer(peer, dialect.ways[0], version).then(() => 'nothing', (error: Error) => error.message)
      if (refusesRepartitioned.test(said)) passed += 1
      else throw new Error(`it says ${said}: read that version like the others`)
    })
  }
} finally {
  await peer.close()
  await exchange.close()
  await rm(work, { recursive: true, force: true })
}

async function section(name: string, work: () => Promise<void>): Promise<void> {
  console.log(`· ${name}`)
  try {
    await work()
  } catch (error) {
    failed += 1
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message.slice(0, 1500) : String(error)}`)
  }
}

/** Counts cell by cell, so that a reader who finds nothing does not pass as one who finds everything. */
function same(what: string, found: Rows, wanted: Rows): void {
  if (found.length !== wanted.length) {
    failed += 1
    console.log(`FAILED ${what}: found ${found.length} rows, wanted ${wanted.length}`)
    return
  }
  for (const [i, row] of wanted.entries()) {
    if (isDeepStrictEqual(found[i], row)) passed += row.length
    else {
      failed += 1
      const at = row.findIndex((text, column) => text !== found[i]?.[column])
      console.log(`FAILED ${what}, row ${i}, column ${at}: found ${found[i]?.[at]}, wanted ${row[at]}`)
    }
  }
}

async function readByPeer(peer: Peer, way: string, { snapshot, columns }: Version): Promise<Rows> {
  const texts = columns.map(({ name, type }) => dialect.text(name, type))
  return normalised(await peer.run(`SELECT ${texts.join(', ')} FROM ${dialect.source(way, snapshot)} ORDER BY id`), columns)
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
