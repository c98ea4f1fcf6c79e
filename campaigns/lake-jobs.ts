// What is done to the tables of the kill campaign, as data: how a job is carried out, and what it does to what the tables
// hold, so that the tables can be held against it after a kill.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { commitWithRetry, expireSnapshots, findOrphans, loadTable, planScan, removeOrphans, rewriteManifests, snapshotOfRef, stageAppend, stageFastForward, stageOverwrite, stageRef, stageReplace, stageRowDelta } from '@tulle/lake'
import type { DataFile, Lake, StagedCommit, Table } from '@tulle/lake'

export const TABLES = ['a', 'b', 'c'] as const
type Name = (typeof TABLES)[number]

/** The marks in each table, sorted. A mark is what one job has written; files that are merged keep the marks of all. */
export type Marks = Readonly<Record<Name, readonly string[]>>

export interface LakeJob {
  readonly name: string
  /** Does its work with a mark that nobody has used before. */
  run(lake: Lake, mark: string): Promise<Result<unknown>>
  /** What the tables hold after it. It has done all of it or nothing, however it ended. */
  effect(marks: Marks, mark: string): Marks
}

/** So many files are compacted at once that their marks still fit in a name. */
const MOST_COMPACTED = 8

export const LAKE_JOBS: readonly LakeJob[] = [
  {
    name: 'an append',
    run: (lake, mark) => change(lake, ['a'], async (table) => stageAppend(lake, table, { files: [await write(lake, table, mark, [mark])] })),
    effect: (marks, mark) => ({ ...marks, a: sorted([...marks.a, mark]) }),
  },
  {
    name: 'a publish of three tables',
    run: (lake, mark) => change(lake, TABLES, async (table) => stageOverwrite(lake, table, { files: [await write(lake, table, mark, [mark])] })),
    effect: (_, mark) => ({ a: [mark], b: [mark], c: [mark] }),
  },
  {
    name: 'a write, an audit and a publish of three tables',
    run: async (lake, mark) => {
      const branch = `run-${mark}`
      const written = await change(lake, TABLES, async (table) => stageAppend(lake, table, { files: [await write(lake, table, mark, [mark])], branch }))
      if (!written.ok) return written
      return change(lake, TABLES, async (table) => {
        const forward = await stageFastForward(lake, table, { from: branch })
        return forward.ok ? stageRef(lake, forward.value.table, branch, undefined) : forward
      })
    },
    effect: (marks, mark) => ({ a: sorted([...marks.a, mark]), b: sorted([...marks.b, mark]), c: sorted([...marks.c, mark]) }),
  },
  {
    name: 'a delete of the oldest rows',
    run: (lake, mark) => change(lake, ['a'], async (table) => {
      const files = await filesOf(lake, table)
      if (!files.ok) return files
      const oldest = sorted(files.value.flatMap(marksIn))[0]
      const removed = files.value.filter((file) => marksIn(file).includes(oldest ?? ''))
      const kept = removed.flatMap(marksIn).filter((mark) => mark !== oldest)
      const added = kept.length > 0 ? [await write(lake, table, `${mark}-after`, kept)] : []
      return stageRowDelta(lake, table, { removed, added, validate: { from: table.currentSnapshot?.id } })
    }),
    effect: (marks) => ({ ...marks, a: marks.a.slice(1) }),
  },
  {
    name: 'a compaction',
    run: (lake, mark) => change(lake, ['a'], async (table) => {
      const files = await filesOf(lake, table)
      if (!files.ok) return files
      const removed = files.value.filter((file) => marksIn(file).length === 1).slice(0, MOST_COMPACTED)
      const added = removed.length > 0 ? [await write(lake, table, mark, removed.flatMap(marksIn))] : []
      return table.currentSnapshot === undefined ? stageAppend(lake, table, { files: [] }) : stageReplace(lake, table, { removed, added, from: table.currentSnapshot.id })
    }),
    effect: (marks) => marks,
  },
  {
    name: 'an expiry',
    run: (lake) => expireSnapshots(lake, { namespace: 'campaign', name: 'a' }, { maxAge: 0, minToKeep: 3, grace: 0 }),
    effect: (marks) => marks,
  },
  {
    name: 'a removal of orphans',
    run: async (lake) => {
      const orphans = await findOrphans(lake, { namespace: 'campaign', name: 'a' }, 0)
      return orphans.ok ? removeOrphans(lake, orphans.value) : orphans
    },
    effect: (marks) => marks,
  },
  {
    name: 'a rewriting of manifests',
    run: (lake) => rewriteManifests(lake, { namespace: 'campaign', name: 'a' }, { minCount: 2 }),
    effect: (marks) => marks,
  },
]

/** The marks that the tables hold, or why they cannot be read. Every file that a snapshot is made of must be there. */
export async function marksOf(lake: Lake): Promise<Result<Marks>> {
  const marks: Record<Name, readonly string[]> = { a: [], b: [], c: [] }
  for (const name of TABLES) {
    const table = await loadTable(lake, { namespace: 'campaign', name })
    if (!table.ok) return table
    for (const ref of Object.keys(table.value.metadata.refs)) {
      const snapshot = snapshotOfRef(table.value, ref)
      const scan = snapshot.ok ? await planScan(lake, table.value, { snapshotId: snapshot.value.id }) : snapshot
      if (!scan.ok) return fail(...scan.diagnostics)
      const files = scan.value.files.map(({ file }) => file)
      for (const { path } of files) {
        const found = await lake.objects.facts(path)
        if (!found.ok) return found
      }
      if (ref === 'main') marks[name] = sorted(files.flatMap(marksIn))
    }
  }
  return ok(marks)
}

/** Changes all the tables in one swap. */
async function change(lake: Lake, names: readonly Name[], stage: (table: Table) => Promise<Result<StagedCommit>>): Promise<Result<unknown>> {
  return commitWithRetry(lake, async () => {
    const commits: StagedCommit[] = []
    for (const name of names) {
      const table = await loadTable(lake, { namespace: 'campaign', name })
      if (!table.ok) return table
      const staged = await stage(table.value)
      if (!staged.ok) return staged
      commits.push(staged.value)
    }
    return ok(commits)
  })
}

/** Writes a file of rows with marks. Its name begins with what makes it the only one of its name. */
async function write(lake: Lake, table: Table, unique: string, marks: readonly string[]): Promise<DataFile> {
  const folder = lake.objects.pathOf(table.location)
  const written = folder.ok ? await lake.objects.create(`${folder.value}/data/${unique}~${marks.join('+')}.parquet`, Buffer.from('rows')) : folder
  if (!written.ok) throw new Error(written.diagnostics[0]?.message)
  return { path: written.value, rows: marks.length, bytes: 4 }
}

async function filesOf(lake: Lake, table: Table): Promise<Result<readonly DataFile[]>> {
  const scan = await planScan(lake, table)
  return scan.ok ? ok(scan.value.files.map(({ file }) => file)) : scan
}

const marksIn = ({ path }: DataFile): readonly string[] => path.slice(path.lastIndexOf('~') + 1, -'.parquet'.length).split('+')

const sorted = (marks: readonly string[]): readonly string[] => marks.toSorted()
