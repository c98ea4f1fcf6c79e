// `npm start`: reads the settings, opens the house, says where its doors are, closes it on Ctrl-C.

import { renderDiagnostic } from '@tulle/kernel'
import type { Diagnostic } from '@tulle/kernel'
import { banner } from './banner.ts'
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
  const stop = (): void => {
    if (stopping) return
    stopping = true
    // Whatever hangs must not keep a person waiting: PostgreSQL and the engines end with this process anyway.
    setTimeout(() => process.exit(1), LONGEST_STOP_MILLISECONDS).unref()
    close().then(() => process.exit(0), () => process.exit(1))
  }
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic(diagnostic)}\n`)
  process.stdout.write(banner({ house, mesh: (await readMeshFacts(house.db)).title, notes, seconds: (performance.now() - started) / 1000 }))
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic(diagnostic)}\n`)
  process.exitCode = 2
}

await main()
