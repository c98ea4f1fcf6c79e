// The walls around a program: no network, another user, no more memory, files and processes than it needs, and Node.js's own
// permissions over all of that. What the system does not give is said.

import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Isolation } from '@tulle/engine'
import { isolationFor } from '@tulle/engine'

export const RUNNER = fileURLToPath(new URL('runner.ts', import.meta.url))

export interface Walls {
  readonly isolation: Isolation
  /** What takes the network away, before the command; undefined where nothing does. */
  readonly network: readonly string[] | undefined
  readonly limits: boolean
  /** Why there is no more. */
  readonly reason?: string
}

/** Found out once; `folder` is where programs have their folders. */
export function wallsFor(folder: string): Walls {
  const works = (command: string, ...rest: readonly string[]): boolean => process.platform === 'linux' && spawnSync(command, rest, { stdio: 'ignore', timeout: 10_000 }).status === 0
  const isolation = isolationFor([process.execPath, RUNNER, join(folder, 'x')])
  const isRoot = process.getuid?.() === 0
  const network = [['unshare', '--net', '--ipc'], ['unshare', '--user', '--map-current-user', '--net', '--ipc']].slice(isRoot ? 0 : 1).find(([command = '', ...rest]) => works(command, ...rest, 'true'))
  const reason = network === undefined ? (process.platform === 'linux' ? 'unshare may not be used here' : 'that takes Linux') : isolation.kind === 'process' ? isolation.reason : undefined
  return { isolation, network, limits: works('prlimit', '--core=0', 'true'), ...(reason !== undefined && { reason }) }
}

export interface Place {
  readonly inFolder: string
  readonly outFolder: string
  readonly memoryMegabytes: number
  readonly seconds: number
  readonly outBytes: number
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  /** Another script than the runner, for who tries the walls. */
  readonly script?: string
}

/** Beside a program's own memory: Node.js, its heap and the stacks of threads. */
const OVERHEAD_MEGABYTES = 1024

export function commandOf({ network, limits }: Walls, { inFolder, outFolder, memoryMegabytes, seconds, outBytes, user, script = RUNNER }: Place): readonly string[] {
  const node = [
    process.execPath, '--no-warnings', `--max-old-space-size=${memoryMegabytes}`, '--disable-proto=delete', '--no-addons',
    '--permission', ...[inFolder, ...codeFolders(), dirname(script)].map((path) => `--allow-fs-read=${path}`), `--allow-fs-write=${outFolder}`,
    script, inFolder,
  ]
  const limited = limits ? ['prlimit', '--core=0', '--nofile=256', `--fsize=${outBytes}`, `--cpu=${Math.ceil(seconds * 4)}`, `--data=${(memoryMegabytes + OVERHEAD_MEGABYTES) * 1_048_576}`, ...(user === undefined ? [] : ['--nproc=64']), '--', ...node] : node
  const dropped = user === undefined ? limited : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs', '--', ...limited]
  return [...(network === undefined ? [] : [...network, '--']), ...dropped]
}

let folders: readonly string[] | undefined

/** Where Arrow and all that it is made of lies. */
function codeFolders(): readonly string[] {
  folders ??= [...packagesBehind('apache-arrow', import.meta.url)].toSorted()
  return folders
}

function packagesBehind(name: string, from: string, seen = new Set<string>()): Set<string> {
  const require = createRequire(from)
  const folder = require.resolve.paths(name)?.map((path) => join(path, name)).find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
  if (folder === undefined || seen.has(folder)) return seen
  seen.add(folder)
  const { dependencies = {} } = require(join(folder, 'package.json')) as { readonly dependencies?: Readonly<Record<string, string>> }
  // Types are for nobody at run time.
  for (const one of Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@types/'))) packagesBehind(one, join(folder, 'package.json'), seen)
  return seen
}

/** Folders of programs that a process left behind which ended without removing them. */
export const leftBehind = (folder: string): readonly string[] => readdirSync(folder).map((name) => join(folder, name))
