// A process that is made to be killed: records lines and says each that was acknowledged. Its arguments are the folder, and
// `careless` for the control, which acknowledges what it holds in memory.

import { appendFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ok, systemClock } from '@tulle/kernel'
import type { Audit, AuditLine } from '../types.ts'
import { memoryAnchors, memoryKeys } from '../memory-keeping.ts'
import { openAudit } from '../open-audit.ts'

const [folder = '', mode = ''] = process.argv.slice(2)
process.stdin.on('end', () => process.exit()).resume()

function careless(): Pick<Audit, 'record'> {
  const held: AuditLine[] = []
  setInterval(() => appendFileSync(join(folder, 'careless.jsonl'), held.splice(0).map((line) => `${JSON.stringify(line)}\n`).join('')), 50)
  return {
    record: async (line) => {
      held.push(line)
      return ok(undefined)
    },
  }
}

const opened = mode === 'careless' ? ok(careless()) : await openAudit({ folder, place: 'here', clock: systemClock, anchors: memoryAnchors(), keys: memoryKeys(), limits: { segmentBytes: 20_000 } })
if (!opened.ok) throw new Error(opened.diagnostics.map((d) => d.message).join(' '))
writeSync(1, 'ready\n')
for (let at = 0; ; at += 1) {
  const id = `${process.pid}-${at}`
  const written = await Promise.all(Array.from({ length: 1 + (at % 7) }, (_, i) => opened.value.record({
    time: new Date().toISOString(), port: 'sql', subject: `${id}.${i}`, purpose: null, decision: 'allow', reads: [], rows: 0, milliseconds: 0, outcome: 'ok', reasons: ['x'.repeat(300)],
  })))
  if (written.every((one) => one.ok)) writeSync(1, written.map((_, i) => `${id}.${i}\n`).join(''))
  await new Promise((resolve) => setImmediate(resolve))
}
