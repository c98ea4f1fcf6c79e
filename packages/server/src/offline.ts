// What is done with backups where no server runs: they are listed, checked, and restored to a home. Takes its order as JSON
// from the command line, and says line by line, as JSON, how far it is and what came of it.

import { listBackups, openPlace, readBackup, restore, summaryOf, verifyBackups } from '@tulle/backup'
import type { Place, Progress } from '@tulle/backup'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { readSettings } from './settings.ts'

interface Order {
  readonly do: 'list' | 'verify' | 'restore'
  readonly place: string
  readonly backup?: string
  readonly home?: string
}

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const TELL_MILLISECONDS = 100

async function main(order: Order): Promise<Result<unknown>> {
  const stop = new AbortController()
  process.on('SIGINT', () => stop.abort()).on('SIGTERM', () => stop.abort())
  const settings = readSettings({ ...process.env, ...(order.home !== undefined && { TULLE_HOME: order.home }) }, [])
  if (!settings.ok) return settings
  const { home, databaseUrl } = settings.value
  const place = openPlace(order.place)
  if (!place.ok) return place
  const work = { signal: stop.signal, tell: teller(), ...(order.backup !== undefined && { backup: order.backup }) }
  switch (order.do) {
    case 'list':
      return list(place.value)
    case 'verify':
      return verifyBackups(place.value, work)
    case 'restore':
      return restore({ ...work, place: place.value, home, ...(databaseUrl !== undefined && { databaseUrl }) })
  }
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
