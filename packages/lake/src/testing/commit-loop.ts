// A process that appends to one table until it has done so often enough, or is killed. It prints the snapshot of a commit
// once that is acknowledged. Usage: commit-loop.ts <folder> <link|exists-then-rename> <commits> <after|before>
// "before" is the control: it prints the snapshot before it is committed.

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { commitWithRetry } from '../commit.ts'
import { fileCatalog } from './file-catalog.ts'
import { loadTable } from '../load-table.ts'
import { newDataPath } from '../new-data-path.ts'
import { openLake } from '../open-lake.ts'
import { stageAppend } from '../stage-snapshot.ts'

const [folder = '', how = 'link', commits = '1', acknowledge = 'after'] = process.argv.slice(2)
const lake = openLake({ catalog: fileCatalog(join(folder, 'catalog'), how as 'link' | 'exists-then-rename'), objects: localObjects(join(folder, 'warehouse')) })
const name = { namespace: 'n', name: 't' }

for (let i = 0; i < Number(commits); i += 1) {
  const done = await commitWithRetry(lake, async () => {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const file = await lake.objects.create(newDataPath(lake, table.value), Buffer.from(`row ${i} of ${process.pid}`))
    if (!file.ok) return file
    const staged = await stageAppend(lake, table.value, { files: [{ path: file.value, rows: 1, bytes: 1 }] })
    if (staged.ok && acknowledge === 'before') writeSync(1, `${staged.value.snapshot?.id}\n`)
    return staged.ok ? ok([staged.value]) : staged
  }, { attempts: 1000 })
  if (!done.ok) {
    writeSync(2, `${done.diagnostics.map((d) => d.message).join('\n')}\n`)
    process.exit(1)
  }
  if (acknowledge === 'after') writeSync(1, `${done.value[0]?.currentSnapshot?.id}\n`)
}
