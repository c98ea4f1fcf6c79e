// Jobs of Flink by their names. A name says whose job it is and of what, so that a job is found again by whoever did not live to write
// down that it was started.

import type { Clock } from '@tulle/kernel'
import { withSession } from './gateway.ts'
import type { GatewayOptions, Rows } from './gateway.ts'

export interface RunningJob {
  /** Flink's: 32 digits. */
  readonly id: string
  readonly name: string
  /** RUNNING, RESTARTING, FAILED, … */
  readonly status: string
  readonly isLive: boolean
}

/** `id`: of the resource, in this mesh alone. `fingerprint`: of what it does. */
export interface JobName { readonly address: string; readonly id: string; readonly fingerprint: string }

export const nameOfJob = ({ address, id, fingerprint }: JobName): string => `tulle/${address}/${id}/${fingerprint.slice(0, 12)}`
const idInName = (name: string): string | undefined => /^tulle\/[^/]+\/(?<id>[^/]+)\/[^/]+$/u.exec(name)?.groups?.['id']

/** Jobs that ended and are still known among them. */
export const listJobs = (gateway: GatewayOptions): Promise<readonly RunningJob[]> => withSession(gateway, {}, async (session) => jobsIn(await session.run('SHOW JOBS')))

export const jobsOf = (jobs: readonly RunningJob[], id: string): readonly RunningJob[] => jobs.filter(({ name }) => idInName(name) === id)

const ENDED: ReadonlySet<string> = new Set(['FAILED', 'CANCELED', 'FINISHED'])
const JOB_ID = /^[0-9a-f]{32}$/u

/** Oldest first, as far as Flink says when they began. */
const jobsIn = (rows: Rows): readonly RunningJob[] =>
  rows.map((row) => ({ id: String(row['job id']), name: String(row['job name']), status: String(row['status']), began: String(row['start time'] ?? '') }))
    .filter(({ id }) => JOB_ID.test(id)).toSorted((a, b) => (a.began < b.began ? -1 : a.began > b.began ? 1 : a.id < b.id ? -1 : 1))
    .map(({ id, name, status }) => ({ id, name, status, isLive: !ENDED.has(status) }))

/** Resolves with where the savepoint is, where one was asked for and made. */
export const stopJob = (gateway: GatewayOptions, id: string, { savepoint }: { readonly savepoint: boolean }): Promise<string | undefined> =>
  withSession(gateway, {}, async (session) => {
    if (!savepoint) {
      await session.run(`STOP JOB '${id}'`)
      return undefined
    }
    const [row] = await session.run(`STOP JOB '${id}' WITH SAVEPOINT`)
    const path = row?.['savepoint path']
    return typeof path === 'string' && path !== '' ? path : undefined
  })

interface Submitted { readonly name: string; readonly tables: readonly string[]; readonly insert: string; readonly secrets: readonly string[]; readonly savepoint: string | undefined }

export const submitJob = (gateway: GatewayOptions, { name, tables, insert, secrets, savepoint }: Submitted): Promise<void> =>
  // The first is what Flink 1 calls it, the second what 2 does.
  withSession(gateway, { 'pipeline.name': name, ...(savepoint !== undefined && { 'execution.savepoint.path': savepoint, 'execution.state-recovery.path': savepoint }) }, async (session) => {
    for (const table of tables) await session.run(table, secrets)
    await session.run(insert, secrets)
  })

const LOOK_MILLISECONDS = 500

/** Looks until `isFine` of the jobs of a resource, at most so long; resolves with them as they were seen last. */
export async function waitForJobs(gateway: GatewayOptions & { readonly clock: Clock }, id: string, isFine: (jobs: readonly RunningJob[]) => boolean, milliseconds: number): Promise<readonly RunningJob[]> {
  const until = gateway.clock.now() + milliseconds
  for (;;) {
    const jobs = jobsOf(await listJobs(gateway), id)
    if (isFine(jobs) || gateway.clock.now() >= until) return jobs
    await gateway.clock.sleep(LOOK_MILLISECONDS)
  }
}
