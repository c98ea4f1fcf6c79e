// Installs what is missing. Runs on the machine's own Node (20 or later), because Node 24 is one of the things it brings.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

// The console is the one part that is built: its bundle is made anew when any file that goes into it has changed.
const consoleFolder = join(root, 'packages/console')
const built = join(consoleFolder, 'dist/.built-from')
const hash = createHash('sha256')
for (const folder of [consoleFolder, join(root, 'packages/api')]) {
  for (const file of filesBelow(folder)) hash.update(file).update(readFileSync(file))
}
const wanted = hash.update(lock).digest('hex')
if (!existsSync(built) || readFileSync(built, 'utf8') !== wanted) {
  process.stderr.write('Building the console …\n')
  const node = join(root, 'node_modules/.bin/node')
  const vite = spawnSync(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: consoleFolder, stdio: ['ignore', 'inherit', 'inherit'] })
  if (vite.status !== 0) {
    process.stderr.write('The console could not be built; everything else works without it. See the messages above.\n')
  } else {
    writeFileSync(built, wanted)
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
}
