// The verdicts of a run's checks, read from the step that made them. A step's output has no promised shape: what does
// not look like a verdict is left out.

import type { RunStep } from '@tulle/api'

export interface Verdict {
  readonly check: string
  readonly status: string
  readonly dataSet: string
  readonly sentence: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

export function verdictsOf(steps: readonly RunStep[]): readonly Verdict[] {
  return steps.flatMap(({ output }) => {
    const verdicts = isRecord(output) ? output['verdicts'] : undefined
    return Array.isArray(verdicts) ? verdicts.filter(isRecord).map(toVerdict) : []
  })
}

function toVerdict(verdict: Readonly<Record<string, unknown>>): Verdict {
  const text = (name: string): string => (typeof verdict[name] === 'string' ? verdict[name] : '')
  return { check: text('check'), status: text('status'), dataSet: text('dataSet'), sentence: text('sentence') }
}
