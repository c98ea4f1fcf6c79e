// Rows per second out of the SQL port beside PostgreSQL, 1 million rows of 10 mixed columns in the same run, in turns:
// by psql as text, and by a binary cursor, with the processors' seconds that server and client took. Answers are compared
// first: node bench/sql-port.ts [rows] [rounds].

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlPort } from '@tulle/gateway'
import { column, gatewayRig, PASSWORD, valueOf } from '@tulle/gateway/testing'

const rows = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 7)
const FETCH = 10_000
const POSTGRES = '/usr/lib/postgresql/15/bin'

// Both engines compute the same values from it.
const columnsOf = (timestamp: string): string => `i::int as id, (i::bigint * 7919) as long, (i * 0.25)::double precision as ratio, ((i % 100000) / 100.0)::decimal(9, 2) as price,
  date '2001-01-01' + (i % 365)::int as day, ${timestamp} as moment, i % 2 = 0 as flag, 'name ' || (i % 1000) as short, 'a longer text, number ' || i as note, (i % 128)::smallint as small`
const NAMES = ['id', 'long', 'ratio', 'price', 'day', 'moment', 'flag', 'short', 'note', 'small']
const TYPES = ['int', 'long', 'double', 'decimal(9, 2)', 'date', 'timestamp', 'boolean', 'string', 'string', 'int']

interface Server { readonly name: string; readonly port: number; readonly user: string; readonly database: string; readonly table: string; readonly seconds: () => number }

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
const environment = ({ port, user, database }: Server): NodeJS.ProcessEnv => ({ ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: user, PGPASSWORD: PASSWORD, PGDATABASE: database, PGSSLMODE: 'disable' })

/** Processors' seconds of a process and of the children that it has buried, by the kernel's clock of 100 ticks a second. */
function secondsOf(pid: number | 'self'): { readonly own: number; readonly buried: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? []
  return { own: ((fields[11] ?? 0) + (fields[12] ?? 0)) / 100, buried: ((fields[13] ?? 0) + (fields[14] ?? 0)) / 100 }
}
const childrenOf = (pid: number): readonly number[] => readdirSync('/proc').filter((name) => {
  try {
    return /^\d+$/u.test(name) && Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === pid
  } catch {
    return false
  }
}).map(Number)
/** Clients are children of ours as well, and have ended when it is asked. */
const ownSeconds = (): number => [process.pid, ...childrenOf(process.pid)].reduce((sum, pid) => sum + secondsOf(pid).own, 0)
const postgresSeconds = (postmaster: number): number => secondsOf(postmaster).own + secondsOf(postmaster).buried

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> => new Promise((resolve, reject) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.on('error', reject)
  child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(pieces).toString()) : reject(new Error(`${command} ended with ${code}`))))
})

async function digest(server: Server): Promise<string> {
  const hash = createHash('sha256')
  const child = spawn('psql', ['-X', '-A', '-t', '-q', '-c', `select * from ${server.table} order by id`], { env: environment(server), stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const piece of child.stdout) hash.update(piece as Buffer)
  return hash.digest('hex')
}

interface Round { readonly milliseconds: number; readonly server: number; readonly client: number }

async function measured(server: Server, measure: (server: Server) => Promise<number>): Promise<Round> {
  const [before, clients] = [server.seconds(), secondsOf('self').buried]
  const milliseconds = await measure(server)
  // A backend is buried when its postmaster comes to it.
  await new Promise((resolve) => { setTimeout(resolve, 200) })
  return { milliseconds, server: server.seconds() - before, client: secondsOf('self').buried - clients }
}

/** Milliseconds of psql that reads everything as text. */
async function byPsql(server: Server): Promise<number> {
  const begun = performance.now()
  await run('psql', ['-X', '-A', '-t', '-q', '-o', '/dev/null', '-c', `select * from ${server.table}`], environment(server))
  return performance.now() - begun
}

/** Milliseconds of a binary cursor, without the start of its client. */
async function byCursor(server: Server): Promise<number> {
  const told = await run(process.execPath, [join(import.meta.dirname, 'sql-port-cursor.ts'), String(server.port), server.user, PASSWORD, server.database, server.table, String(FETCH)], process.env)
  const { milliseconds, rows: read } = JSON.parse(told) as { milliseconds: number; rows: number }
  if (read !== rows) throw new Error(`${server.name} answered ${read} rows`)
  return milliseconds
}

const freePort = (): Promise<number> => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
})

/** A PostgreSQL 15 with its own settings, but for a socket folder of ours. */
async function postgres(): Promise<{ readonly server: Server; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-bench-pg-'))
  chmodSync(folder, 0o777)
  const [data, port] = [join(folder, 'data'), await freePort()]
  writeFileSync(join(folder, 'password'), PASSWORD)
  const root = process.getuid?.() === 0
  const as = (command: string, args: readonly string[]): void => void execFileSync(root ? 'runuser' : command, root ? ['-u', 'postgres', '--', command, ...args] : args, { stdio: ['ignore', 'ignore', 'inherit'] })
  as(join(POSTGRES, 'initdb'), ['-D', data, '-U', 'bench', `--pwfile=${join(folder, 'password')}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'])
  as(join(POSTGRES, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-w', '-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start'])
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  const server = { name: 'PostgreSQL 15', port, user: 'bench', database: 'postgres', table: 'big', seconds: () => postgresSeconds(postmaster) }
  const stop = (): void => {
    as(join(POSTGRES, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  }
  const make = `set timezone = 'UTC'; create table big as select ${columnsOf(`timestamp '2001-01-01' + i * interval '1 second'`)} from generate_series(0, ${rows - 1}) r(i)`
  await run('psql', ['-X', '-q', '-c', make, '-c', 'vacuum analyze big'], environment(server)).catch((error: unknown) => {
    stop()
    throw error
  })
  return { server, stop }
}

if (!existsSync(POSTGRES)) {
  console.log(`SKIPPED: there is no PostgreSQL 15 in ${POSTGRES} to compare with.`)
  process.exit(0)
}
const theirs = await postgres()
const rig = await gatewayRig({ tables: [{
  product: 'big',
  dataSet: { name: 'big', columns: NAMES.map((name, i) => column(name, TYPES[i] as string, i + 1)) },
  query: `select ${columnsOf(`timestamp '2001-01-01' + to_seconds(i)`)} from range(${rows}) r(i)`,
}] })
rig.grant('ana', 'big')
const port = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: console.error }))
try {
  const ours: Server = { name: 'Tulle', port: port.port, user: 'ana', database: 'tulle', table: 'big.big', seconds: ownSeconds }
  const [a, b] = [await digest(ours), await digest(theirs.server)]
  if (a !== b) throw new Error('The answers differ, so their speed says nothing.')
  console.log(`${rows} rows of ${NAMES.length} columns, ${rounds} rounds in turns; the answers are equal`)
  for (const [what, measure] of [['text by psql', byPsql], [`binary cursor, ${FETCH} rows a fetch`, byCursor]] as const) {
    const [own, other]: [Round[], Round[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      own.push(await measured(ours, measure))
      other.push(await measured(theirs.server, measure))
    }
    const perSecond = (times: readonly Round[]): number => rows / median(times.map(({ milliseconds }) => milliseconds))
    const told = (name: string, times: readonly Round[]): string => {
      const milliseconds = times.map((round) => round.milliseconds)
      const seconds = (of: 'server' | 'client'): string => ((median(times.map((round) => round[of])) * 1_000_000) / rows).toFixed(2)
      return `${name} ${perSecond(times).toFixed(0)} k rows/s (${Math.round(Math.min(...milliseconds))}–${Math.round(Math.max(...milliseconds))} ms; per million rows ${seconds('server')} s of processors, its client ${seconds('client')} s)`
    }
    console.log(`${what}: ${told('Tulle', own)}, ${told('PostgreSQL 15', other)}, ratio ${(perSecond(own) / perSecond(other)).toFixed(2)}`)
  }
} finally {
  await port.close()
  await rig.close()
  theirs.stop()
}
