// What is done with backups where no server runs: they are listed, checked, and restored to a home. Takes its order as JSON
// from the command line, and says line by line, as JSON, how far it is and what came of it.

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listBackups, readBackup, restore, summaryOf, verifyBackups } from '@tulle/backup'
import type { Place, Progress } from '@tulle/backup'
import { duckdbEngine } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { openS3Objects } from '@tulle/objects'
import { openBackupPlace } from './backup-place.ts'
import { verifyAudit } from './verify-audit.ts'
import { readSettings } from './settings.ts'
import type { Settings } from './settings.ts'

interface Order {
  readonly do: 'list' | 'verify' | 'restore' | 'verify-audit'
  readonly place?: string
  readonly backup?: string
  readonly home?: string
  readonly secrets?: readonly string[]
}

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const TELL_MILLISECONDS = 100

async function main(order: Order): Promise<Result<unknown>> {
  const stop = new AbortController()
  process.on('SIGINT', () => stop.abort()).on('SIGTERM', () => stop.abort())
  const settings = readSettings({ ...process.env, ...(order.home !== undefined && { TULLE_HOME: order.home }) }, [])
  if (!settings.ok) return settings
  const { home, databaseUrl } = settings.value
  if (order.do === 'verify-audit') return verifyAudit(home, databaseUrl)
  const cacheFolder = await mkdtemp(join(tmpdir(), 'tulle-offline-'))
  process.once('exit', () => rmSync(cacheFolder, { recursive: true, force: true }))
  const place = await openBackupPlace(order.place ?? '', { settings: settings.value, cacheFolder: join(cacheFolder, 'place') })
  if (!place.ok) return place
  const work = { signal: stop.signal, tell: teller(), ...(order.backup !== undefined && { backup: order.backup }) }
  switch (order.do) {
    case 'list':
      return list(place.value)
    case 'verify':
      return verifyBackups(place.value, work)
    case 'restore':
      return intoWarehouse(settings.value, join(cacheFolder, 'warehouse'), async (warehouse) => {
        const engines = await mkdtemp(join(tmpdir(), 'tulle-engines-'))
        const engine = duckdbEngine({ folder: engines })
        try {
          return await restore({ ...work, ...warehouse, engine, place: place.value, home, ...(order.secrets !== undefined && { secrets: order.secrets }), ...(databaseUrl !== undefined && { databaseUrl }) })
        } finally {
          await engine.close()
          rmSync(engines, { recursive: true, force: true })
        }
      })
  }
}

async function intoWarehouse<T>({ s3 }: Settings, folder: string, work: (warehouse: { readonly warehouse?: Objects }) => Promise<Result<T>>): Promise<Result<T>> {
  if (s3 === undefined) return work({})
  const warehouse = await openS3Objects({ ...s3, cache: { folder, limitBytes: s3.cacheBytes } })
  return warehouse.ok ? work({ warehouse: warehouse.value }) : warehouse
}

/** Every backup, newest first; one whose manifest is damaged is told of, and hides no other. */
async function list(place: Place): Promise<Result<unknown>> {
  const ids = await listBackups(place)
  if (!ids.ok) return ids
  const read = await Promise.all(ids.value.map((id) => readBackup(place, id)))
  return ok(read.flatMap((one) => (one.ok ? [summaryOf(one.value.id, one.value.manifest)] : [])), read.flatMap((one) => one.diagnostics))
}

function teller(): (progress: Progress) => void {
  let told = 0
  return (progress) => {
    const now = performance.now()
    if (now - told < TELL_MILLISECONDS) return
    told = now
    say(progress)
  }
}

const result = await main(JSON.parse(process.argv[2] ?? '{}') as Order).catch((error: unknown) => fail({ code: 'internal-error', severity: 'error', message: String(error) }))
say(result.ok ? { phase: 'done', result: result.value, diagnostics: result.diagnostics } : { phase: 'failed', diagnostics: result.diagnostics })
process.exitCode = result.ok ? 0 : 1
