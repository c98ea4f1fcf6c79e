// A process that is made to be killed: backs up over and over, saying which backups are complete. Its one argument is JSON.
// `careless` is the control: it copies a finished place file by file, manifests first.

import { cpSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Bug, systemClock } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { openStore } from '@tulle/store'
import { backUp } from '../back-up.ts'
import { openPlace } from '../open-place.ts'

interface Plan { readonly address: string; readonly home: string; readonly place: string; readonly careless?: string }

const plan = JSON.parse(process.argv[2] ?? '{}') as Plan
// Lives until it is killed, or until whoever would kill it is gone.
process.stdin.on('end', () => process.exit()).resume()
const say = (line: string): void => void writeSync(1, `${line}\n`)

if (plan.careless !== undefined) {
  say('ready')
  for (const name of ['tulle-backup.json', 'backups', 'objects']) {
    cpSync(join(plan.careless, name), join(plan.place, name), { recursive: true })
    for (const id of name === 'backups' ? readdirSync(join(plan.place, name)) : []) say(`complete ${id.replace(/\.json$/u, '')}`)
  }
} else {
  const store = await openStore({ connection: plan.address })
  const place = await openPlace(plan.place)
  if (!store.ok || !place.ok) throw new Bug('the child has nothing to work on.')
  say('ready')
  for (;;) {
    const made = await backUp({
      store: store.value, objects: localObjects(join(plan.home, 'warehouse')), place: place.value, home: { folder: plan.home, files: ['logs/audit.jsonl'] },
      version: '0.1.0', clock: systemClock, signal: new AbortController().signal,
    })
    say(made.ok ? `complete ${made.value.id}` : `failed ${made.diagnostics.map((d) => d.code).join(' ')}`)
  }
}
