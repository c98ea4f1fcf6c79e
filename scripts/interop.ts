// Runs the light peers in interop/: each is a folder with a run.sh that ends in a line `N passed, N failed[, N skipped]`.
// Heavy peers carry a file named BY_HAND and run only when they are named on the command line.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../interop')
const named = process.argv.slice(2)
const peers = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'run.sh')))
  .map((entry) => entry.name)
  .filter((peer) => (named.length > 0 ? named.includes(peer) : !existsSync(join(folder, peer, 'BY_HAND'))))

let [passed, failed, skipped] = [0, 0, 0]
for (const peer of peers) {
  console.log(`\n— ${peer}`)
  const { status, stdout } = spawnSync('bash', [join(folder, peer, 'run.sh')], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', timeout: 20 * 60_000 })
  process.stdout.write(stdout)
  const counts = [...stdout.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gmu)].at(-1)
  passed += Number(counts?.[1] ?? 0)
  skipped += Number(counts?.[3] ?? 0)
  failed += Number(counts?.[2] ?? 0) + (counts === undefined || (status !== 0 && Number(counts[2]) === 0) ? 1 : 0)
}
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
