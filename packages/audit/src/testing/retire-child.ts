// A process that is made to be killed while it removes old entries: records lines, and retires whatever is not in the newest file, again
// and again. Anchors and cuts lie in a file beside the folder. Modes: `saying` and `said` end it just before and just after a
// cut is told outside, `hasty` is the control: it removes files before it says so.

import { appendFileSync, existsSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@tulle/kernel'
import type { Anchor, Anchors, ChainPlace, Cut } from '../types.ts'
import { memoryAnchors, memoryKeys } from '../memory-keeping.ts'
import { openAudit } from '../open-audit.ts'
import { listSegments } from '../segments.ts'

type Kept = { readonly anchor: Anchor } | { readonly cut: Cut } | { readonly place: ChainPlace } | { readonly drop: readonly [chain: string, before: number] }

/** What a folder's chain is held by, as earlier processes left it in a file. */
export function fileAnchors(file: string, atCut: (say: () => void) => void = (say) => say()): Anchors {
  const memory = memoryAnchors()
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line.endsWith('}')) : []
  for (const kept of lines.map((line) => JSON.parse(line) as Kept)) {
    if ('anchor' in kept) memory.anchors.push(kept.anchor)
    else if ('cut' in kept) memory.cutsMade.push(kept.cut)
    else if ('place' in kept) void memory.settle(kept.place)
    else void memory.drop(...kept.drop)
  }
  const keep = (kept: Kept): void => appendFileSync(file, `${JSON.stringify(kept)}\n`)
  return {
    ...memory,
    settle: async (place) => (keep({ place }), memory.settle(place)),
    add: async (anchor) => (keep({ anchor }), memory.add(anchor)),
    addCut: async (cut) => (atCut(() => keep({ cut })), memory.addCut(cut)),
    drop: async (chain, before) => (keep({ drop: [chain, before] }), memory.drop(chain, before)),
  }
}

const die = (): void => process.kill(process.pid, 'SIGKILL') as unknown as void

async function main(folder: string, mode: string): Promise<void> {
  process.stdin.on('end', () => process.exit()).resume()
  const anchors = fileAnchors(`${folder}.anchors`, (say) => {
    if (mode === 'saying') die()
    say()
    if (mode === 'said') die()
  })
  const opened = await openAudit({ folder, place: 'here', clock: systemClock, anchors, keys: memoryKeys(), limits: { segmentBytes: 5000, anchorEntries: 20 } })
  if (!opened.ok) throw new Error(opened.diagnostics.map((d) => d.message).join(' '))
  writeSync(1, 'ready\n')
  for (let at = 0; ; at += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => opened.value.record({
      time: new Date().toISOString(), port: 'sql', subject: `${at}.${i}`, purpose: null, decision: 'allow', reads: [], rows: 0, milliseconds: 0, outcome: 'ok', reasons: ['x'.repeat(300)],
    })))
    if (mode === 'hasty' && at > 5) {
      for (const { file } of (await listSegments(folder)).slice(0, -1)) unlinkSync(join(folder, file))
      die()
    }
    if (mode === 'hasty') continue
    const retired = await opened.value.retire({ before: Date.now() + 1, rule: 'keep-audit' })
    if (retired.ok && retired.value.length > 0) writeSync(1, `${retired.value.length}\n`)
  }
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2] ?? '', process.argv[3] ?? '')
