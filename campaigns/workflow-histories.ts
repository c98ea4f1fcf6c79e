/* oxlint-disable unicorn/no-thenable -- "then" is a word of the language */
// Records histories of workflows and replays each after a restart, cut at any place: with the same document, and with a changed
// one that is compatible, it must come to the same end without asking for anything that was answered; with one that is not, it
// must be refused with a reason. The control replays with the incompatible one all the same, and must diverge.
//
//   node campaigns/workflow-histories.ts [--histories 1000] [--seed 1] [--control]

import { systemClock } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { WorkflowDocument } from '@tulle/workflow'
import { openJq } from '@tulle/workflow'
import { Diverged, emptyJournal, incompatibility, memoryEvents, memoryPort, runWorkflow } from '@tulle/workflow/testing'
import type { Journal, WorkflowHost } from '@tulle/workflow/testing'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { randomFrom } from './random-from.ts'
import { runCampaign } from './run-campaign.ts'

type Random = () => number
type Loose = Record<string, Json>
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

/** A document of one to five tasks of any kinds, two deep at most. */
function documentFrom(random: Random): WorkflowDocument {
  let names = 0
  const list = (most: number, depth: number): Loose[] => Array.from({ length: 1 + Math.floor(random() * most) }, () => ({ [`task-${(names += 1)}`]: task(depth) }))
  const task = (depth: number): Loose => {
    const kinds = ['call', 'call', 'set', 'emit', 'wait', 'switch', ...(depth < 2 ? ['do', 'for', 'fork', 'try'] : [])]
    switch (pick(random, kinds)) {
      case 'set': return { set: { value: Math.floor(random() * 9), kept: '${ .did }' } }
      case 'emit': return { emit: { event: { with: { source: 'https://tulle.test', type: `said-${Math.floor(random() * 3)}`, data: '${ . }' } } } }
      case 'wait': return { wait: { milliseconds: 1 } }
      case 'switch': return { switch: [{ big: { when: '.did == 1', then: 'continue' } }, { other: { then: 'continue' } }] }
      case 'do': return { do: list(3, depth + 1) }
      case 'for': return { for: { each: 'i', in: '${ [1, 2] }' }, do: list(2, depth + 1) }
      case 'fork': return { fork: { branches: list(3, depth + 1) } }
      case 'try': return { try: [{ [`task-${(names += 1)}`]: { call: 'flaky' } }], catch: { retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 5 } } } } }
      default: return { call: 'effect', with: { n: Math.floor(random() * 9) } }
    }
  }
  return { document: { dsl: '1.0.3', namespace: 'campaign', name: 'history', version: '1.0.0' }, do: list(5, 0) } as unknown as WorkflowDocument
}

/** Other words and longer times, and one task more at the end. */
function compatibleWith(document: WorkflowDocument): WorkflowDocument {
  const text = JSON.stringify(document).replaceAll('"wait":{"milliseconds":1}', '"wait":{"milliseconds":2}').replaceAll('"limit":{"attempt":{"count":5}}', '"limit":{"attempt":{"count":9}}')
  const changed = JSON.parse(text) as WorkflowDocument
  return { ...changed, document: { ...changed.document, title: 'Changed', version: '1.1.0' }, do: [...changed.do, { added: { set: { added: true } } }] }
}

/** One task of the first level gone, of another kind, or of another name. */
function incompatibleWith(document: WorkflowDocument, random: Random): WorkflowDocument {
  const at = Math.floor(random() * document.do.length)
  const before = document.do.slice(0, at)
  const after = document.do.slice(at + 1)
  const [name = ''] = Object.keys(document.do[at] ?? {})
  const how = pick(random, ['gone', 'kind', 'name'])
  const put = how === 'gone' ? [] : how === 'kind' ? [{ [name]: { call: 'another' } }] : [{ renamed: { call: 'effect' } }]
  return { ...document, do: [...before, ...put, ...after] } as WorkflowDocument
}

export async function replayHistories({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<CampaignOutcome> {
  const jq = openJq()
  const violations: string[] = []
  try {
    for (let i = done; i < count; i += 1) {
      const random = randomFrom(seed * 1_000_003 + i)
      const document = documentFrom(random)
      const asked: string[] = []
      const tries = new Map<string, number>()
      const host: WorkflowHost = {
        jq, clock: systemClock, events: memoryEvents(systemClock), secret: () => undefined, workflow: async () => undefined, http: () => Promise.reject(new Error('nobody is called')),
        runtime: { name: 'Tulle', version: 'test' },
        functions: {
          effect: async ({ n }, { idempotencyKey }) => {
            asked.push(idempotencyKey)
            return { did: n ?? null }
          },
          another: async (_, { idempotencyKey }) => {
            asked.push(idempotencyKey)
            return null
          },
          flaky: async (_, { idempotencyKey }) => {
            asked.push(idempotencyKey)
            tries.set(idempotencyKey, (tries.get(idempotencyKey) ?? 0) + 1)
            if ((tries.get(idempotencyKey) ?? 0) < 3) throw new Error('not yet')
            return { steady: true }
          },
        },
      }
      const run = (of: WorkflowDocument, journal: Journal) =>
        runWorkflow({ document: of, input: { did: 1 } }, memoryPort({ runId: `run-${i}`, journal, clock: systemClock, host, signal: new AbortController().signal }), host)
      const journal = emptyJournal()
      const first = await run(document, journal)
      const found = (what: string): void => void violations.push(`history ${i}: ${what}: ${JSON.stringify(document.do)}`)
      const replay = async (of: WorkflowDocument, kept: Journal, what: string): Promise<void> => {
        const before = [...asked]
        try {
          const again = await run(of, kept)
          if (of === document && withoutTimes(again) !== withoutTimes(first)) found(`${what} came to ${JSON.stringify(again)} in place of ${JSON.stringify(first)}`)
          if (kept === journal && asked.length !== before.length) found(`${what} did again what was kept`)
        } catch (error) {
          if (error instanceof Diverged) found(`${what} diverged: ${error.message}`)
          else throw error
        }
      }
      if (control) {
        await replay(incompatibleWith(document, random), cut(journal, random), 'an incompatible change')
      } else {
        const compatible = compatibleWith(document)
        const refused = incompatibility(document, compatible)
        if (refused !== undefined) found(`a compatible change was refused: ${refused}`)
        await replay(document, journal, 'the same document')
        await replay(document, cut(journal, random), 'the same document, cut short')
        await replay(compatible, cut(journal, random), 'a compatible change')
        if (incompatibility(document, incompatibleWith(document, random)) === undefined) found('an incompatible change was not refused')
      }
      progress?.(i + 1, violations)
    }
    return { violations }
  } finally {
    await jq.close()
  }
}

/** An event that is emitted again after the cut has the time of then. */
const withoutTimes = (outcome: unknown): string => JSON.stringify(outcome).replaceAll(/"time":"[^"]*"/gu, '')

/** The history as it was at some moment: every part of it ends somewhere. */
function cut(journal: Journal, random: Random): Journal {
  const runs = [...journal.runs].map(([id, entries]) => [id, entries.slice(0, 1 + Math.floor(random() * entries.length))] as const)
  return { runs: new Map(runs) }
}

if (import.meta.main) await runCampaign('workflow-histories', 'histories', 1_000, replayHistories)
