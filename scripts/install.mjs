// Installs what is missing. Runs on the machine's own Node (20 or later), because Node 24 is one of the things it brings.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.tulle-install')
const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`Tulle needs Node 20 or later to start; this is ${process.version}. Install a newer Node and try again.\n`)
  process.exit(2)
}

const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!installed) {
  process.stderr.write('Installing what is missing (about a minute the first time) …\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (npm.status !== 0) {
    process.stderr.write('npm ci did not finish. See its messages above; a registry that npm can reach and about 1 GB of disk are needed.\n')
    process.exit(npm.status ?? 1)
  }
  writeFileSync(stamp, lock)
}
