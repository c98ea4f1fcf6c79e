// Reads the settings, opens the house, says where its doors are, closes it on Ctrl-C.

import { renderDiagnostic } from '@tulle/kernel'
import type { Diagnostic } from '@tulle/kernel'
import { banner, exampleFor } from './banner.ts'
import { compose } from './compose.ts'
import { readMeshFacts } from './mesh-facts.ts'
import { readSettings } from './settings.ts'

const LONGEST_STOP_MILLISECONDS = 4_500

async function main(): Promise<void> {
  const started = performance.now()
  const settings = readSettings(process.env, process.argv.slice(2))
  if (!settings.ok) return refuse(settings.diagnostics)
  const composed = await compose(settings.value, (what) => process.stderr.write(`  ${what} …\n`))
  if (!composed.ok) return refuse(composed.diagnostics)
  const { house, notes, diagnostics, close } = composed.value

  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    house.log.info('stopping', { signal })
    // Whatever hangs must not keep a person waiting: PostgreSQL and the engines end with this process anyway.
    setTimeout(() => process.exit(1), LONGEST_STOP_MILLISECONDS).unref()
    close().then(() => process.exit(0), () => process.exit(1))
  }
  house.log.info('ready', { pid: process.pid, mesh: settings.value.meshFolder, url: house.url })
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic(diagnostic)}\n`)
  const seconds = (performance.now() - started) / 1000
  const analyst = house.demoUsers().find((user) => user.role === 'consumer')
  const example = analyst === undefined ? undefined : await exampleFor(house, analyst.name)
  process.stdout.write(banner({ house, mesh: (await readMeshFacts(house.db)).title, notes, seconds, ...(example !== undefined && { example }) }))
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic(diagnostic)}\n`)
  process.exitCode = 2
  // Whatever broke in the middle of opening may have left something that keeps this process alive.
  setTimeout(() => process.exit(2), LONGEST_STOP_MILLISECONDS).unref()
}

await main()
