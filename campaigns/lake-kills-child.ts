// Does one job of the lake and kills itself at a boundary that it is given: lake-kills-child.ts <folder> <job> <mark>
// <boundary> <after|before>. It prints "acknowledged" when the job is done ("before" is the control: when it begins), and how
// many boundaries there were where it lived to the end.

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openLake } from '@tulle/lake'
import type { Catalog } from '@tulle/lake'
import { fileCatalog } from '@tulle/lake/testing'
import { localObjects } from '@tulle/objects'
import { systemFiles } from '@tulle/objects/testing'
import type { Files } from '@tulle/objects/testing'
import { LAKE_JOBS } from './lake-jobs.ts'

const [folder = '', jobName = '', mark = '', killAt = '0', acknowledge = 'after'] = process.argv.slice(2)
let boundaries = 0

function boundary(): void {
  if (boundaries === Number(killAt)) process.kill(process.pid, 'SIGKILL')
  boundaries += 1
}

/** The same operation, with a boundary before and behind it. */
const bounded = <Arguments extends readonly unknown[], Answer>(operation: (...given: Arguments) => Promise<Answer>) => async (...given: Arguments): Promise<Answer> => {
  boundary()
  const answer = await operation(...given)
  boundary()
  return answer
}

const files: Files = {
  ...systemFiles,
  writeSynced: bounded(systemFiles.writeSynced), copy: bounded(systemFiles.copy), link: bounded(systemFiles.link), unlink: bounded(systemFiles.unlink),
  publish: bounded(systemFiles.publish), makeFolder: bounded(systemFiles.makeFolder), syncFile: bounded(systemFiles.syncFile), syncFolder: bounded(systemFiles.syncFolder),
}
const pointers = fileCatalog(join(folder, 'catalog'))
const catalog: Catalog = { list: pointers.list, find: pointers.find, swap: bounded(pointers.swap) }

const job = LAKE_JOBS.find((one) => one.name === jobName)
if (job === undefined) throw new Error(`there is no job ${jobName}`)
if (acknowledge === 'before') writeSync(1, 'acknowledged\n')
const done = await job.run(openLake({ catalog, objects: localObjects(join(folder, 'warehouse'), files) }), mark)
if (!done.ok) throw new Error(done.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
if (acknowledge === 'after') writeSync(1, 'acknowledged\n')
boundary()
writeSync(1, `boundaries ${boundaries}\n`)
