// Rows per second out of the Arrow port beside PostgreSQL's COPY, 1 million rows of 10 mixed columns in the same run, in turns, each read
// to its end by a client process: a reader of Apache Arrow that looks at every batch, and psql that drops what it gets.
// node bench/arrow.ts [rows] [rounds].

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataQuery, pour } from '@tulle/gateway'
import { column, gatewayRig, valueOf } from '@tulle/gateway/testing'

const rows = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 5)
const POSTGRES = '/usr/lib/postgresql/15/bin'

// Both engines compute the same values from it.
const columnsOf = (timestamp: string): string => `i::int as id, (i::bigint * 7919) as long, (i * 0.25)::double precision as ratio, ((i % 100000) / 100.0)::decimal(9, 2) as price,
  date '2001-01-01' + (i % 365)::int as day, ${timestamp} as moment, i % 2 = 0 as flag, 'name ' || (i % 1000) as short, 'a longer text, number ' || i as note, (i % 128)::smallint as small`
const NAMES = ['id', 'long', 'ratio', 'price', 'day', 'moment', 'flag', 'short', 'note', 'small']
const TYPES = ['int', 'long', 'double', 'decimal(9, 2)', 'date', 'timestamp', 'boolean', 'string', 'string', 'int']

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> => new Promise((resolve, reject) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.on('error', reject)
  child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(pieces).toString()) : reject(new Error(`${command} ended with ${code}`))))
})

// Reads a stream of batches as a notebook does: every batch is laid open, and one column of it is summed.
const CLIENT = `
import { RecordBatchReader } from 'apache-arrow'
const begun = performance.now()
const reader = await RecordBatchReader.from(fetch(process.argv[1]))
let [rows, sum] = [0, 0]
for await (const batch of reader) {
  rows += batch.numRows
  for (const value of batch.getChild('ratio').data[0].values) sum += value
}
console.log(JSON.stringify({ milliseconds: performance.now() - begun, rows, sum }))
`

interface Peer { readonly name: string; measure(): Promise<number>; stop(): Promise<void> | void }

async function postgres(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-bench-pg-'))
  chmodSync(folder, 0o777)
  const data = join(folder, 'data')
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as AddressInfo
      probe.close(() => resolve(free))
    })
  })
  const root = process.getuid?.() === 0
  const as = (command: string, args: readonly string[]): void => void execFileSync(root ? 'runuser' : command, root ? ['-u', 'postgres', '--', command, ...args] : args, { stdio: ['ignore', 'ignore', 'inherit'] })
  as(join(POSTGRES, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C'])
  as(join(POSTGRES, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-w', '-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start'])
  const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'bench', PGDATABASE: 'postgres', PGSSLMODE: 'disable' }
  await run('psql', ['-X', '-q', '-c', `create table big as select ${columnsOf(`timestamp '2001-01-01' + i * interval '1 second'`)} from generate_series(0, ${rows - 1}) r(i)`, '-c', 'vacuum analyze big'], env)
  return {
    name: 'COPY of PostgreSQL 15, binary',
    async measure() {
      const begun = performance.now()
      await run('psql', ['-X', '-q', '-o', '/dev/null', '-c', 'copy big to stdout (format binary)'], env)
      return performance.now() - begun
    },
    stop() {
      as(join(POSTGRES, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function arrow(): Promise<Peer> {
  const rig = await gatewayRig({ tables: [{
    product: 'big',
    dataSet: { name: 'big', columns: NAMES.map((name, i) => column(name, TYPES[i] as string, i + 1)) },
    query: `select ${columnsOf(`timestamp '2001-01-01' + to_seconds(i)`)} from range(${rows}) r(i)`,
  }] })
  rig.grant('ana', 'big')
  const server = createServer((_request, response) => {
    void (async () => {
      const answer = valueOf(await dataQuery({ who: rig.who('ana'), product: 'big', dataSet: 'big', query: [['format', 'arrow']], signal: new AbortController().signal }, rig))
      response.writeHead(200, { 'content-type': answer.contentType })
      await pour(answer.body, response)
    })()
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const expected = ((rows * (rows - 1)) / 2) * 0.25
  return {
    name: 'Tulle, Arrow over HTTP',
    async measure() {
      const told = JSON.parse(await run(process.execPath, ['--input-type=module', '-e', CLIENT, url])) as { milliseconds: number; rows: number; sum: number }
      if (told.rows !== rows || told.sum !== expected) throw new Error(`The client read ${told.rows} rows that sum to ${told.sum}.`)
      return told.milliseconds
    },
    async stop() {
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
      await rig.close()
    },
  }
}

const peers: Peer[] = [await arrow()]
if (existsSync(POSTGRES)) peers.push(await postgres())
else console.log(`There is no PostgreSQL 15 in ${POSTGRES} to compare with.`)
try {
  const times = new Map<Peer, number[]>(peers.map((peer) => [peer, []]))
  for (let round = 0; round < rounds; round += 1) for (const peer of peers) times.get(peer)?.push(await peer.measure())
  console.log(`${rows} rows of ${NAMES.length} columns, ${rounds} rounds in turns`)
  for (const [{ name }, own] of times) console.log(`${name}: ${(rows / median(own) / 1000).toFixed(2)} million rows/s (${Math.round(Math.min(...own))}–${Math.round(Math.max(...own))} ms)`)
} finally {
  for (const peer of peers) await peer.stop()
}
