// What Rego policies answered → rules like any others, of this question alone. They deny, hide, mask and filter, so whatever is
// answered takes away. What is no answer denies, and says so.

import type { Json } from '@tulle/kernel'
import { parsePolicySpec } from '@tulle/model'
import type { Fitting } from './fit-rule.ts'
import { liveRules } from './rule-index.ts'
import { takes } from './rules.ts'
import type { Reason, RegoAnswer, RegoAnswers, RegoAsk, Resource, ResourceColumn } from './types.ts'

/** What they took, or why nothing is given; or whom to ask first. */
export type Asked = { readonly asks: readonly RegoAsk[]; readonly reasons: readonly Reason[] } | { readonly denied: readonly Reason[] } | { readonly rules: readonly Fitting[] }

/** `input` is made when there is somebody to ask. */
export function askRego(rules: readonly Fitting[], { dataSet, answers, input }: { readonly dataSet: NonNullable<Resource['dataSet']>; readonly answers: RegoAnswers | undefined; readonly input: () => Json }): Asked {
  const asking = rules.flatMap((rule) => (rule.live.rule.effect.kind === 'rego' ? [{ rule, source: rule.live.rule.effect.rego }] : []))
  const open = asking.filter(({ rule }) => answers?.(rule.live.id) === undefined)
  if (open.length > 0) {
    const asked = input()
    return { asks: open.map(({ rule, source }) => ({ rule: rule.live.id, source, input: asked })), reasons: open.map(({ rule }) => takes.unasked(rule.live)) }
  }
  const taken = asking.map(({ rule }) => takenBy(rule, answers?.(rule.live.id) ?? { failed: 'nothing was answered' }, dataSet.columns))
  const denied = taken.flatMap((one) => ('denied' in one ? one.denied : []))
  return denied.length > 0 ? { denied } : { rules: taken.flatMap((one) => ('rules' in one ? one.rules : [])) }
}

/** Answers that take nothing: for looks at what a right would give at most. */
export const NOTHING_TAKEN: RegoAnswers = () => ({ value: true })

type Taken = { readonly denied: readonly Reason[] } | { readonly rules: readonly Fitting[] }

const KEYS = new Set(['allow', 'deny', 'hide', 'masks', 'rows'])
const MOST = 500

function takenBy(rule: Fitting, answer: RegoAnswer, columns: readonly ResourceColumn[]): Taken {
  const { live } = rule
  const wrong = (why: string): Taken => ({ denied: [takes.noAnswer(live, why)] })
  if ('failed' in answer) return wrong(answer.failed)
  const { value } = answer
  if (value === true) return { rules: [] }
  if (value === false) return { denied: [takes.regoDenies(live, [])] }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return wrong('it answers neither true, false nor an object')
  const { allow, deny = [], hide = [], masks = {}, rows = [] } = value as Readonly<Record<string, Json>>
  const foreign = Object.keys(value).find((key) => !KEYS.has(key))
  if (foreign !== undefined) return wrong(`its answer has ${JSON.stringify(foreign.slice(0, 60))}, which nobody knows`)
  const reasons = textsOf(deny)
  const [hidden, conditions] = [textsOf(hide), textsOf(rows)]
  if (reasons === undefined || hidden === undefined || conditions === undefined || masks === null || typeof masks !== 'object' || Array.isArray(masks)) return wrong('a part of its answer is of another type')
  if (typeof allow !== 'boolean') return wrong('its answer does not say "allow"')
  if (!allow || reasons.length > 0) return { denied: [takes.regoDenies(live, reasons)] }
  const named = [...hidden, ...Object.keys(masks)]
  const missing = named.find((name) => !columns.some((column) => column.name === name))
  if (missing !== undefined) return wrong(`it names the column ${JSON.stringify(missing.slice(0, 100))}, which is not there`)
  const spec = { status: 'enforced', rules: [
    ...(hidden.length > 0 ? [{ on: { columns: hidden }, deny: true }] : []),
    ...Object.entries(masks as Readonly<Record<string, Json>>).map(([name, mask]) => ({ on: { columns: [name] }, mask })),
    ...conditions.map((where) => ({ rows: { where } })),
  ].map((one) => ({ name: live.rule.name, ...one })) } as unknown as Json
  const parsed = parsePolicySpec(spec)
  if (!parsed.ok) return wrong(`its answer cannot be read (${(parsed.diagnostics[0]?.message ?? '').slice(0, 300)})`)
  const made = liveRules({ name: live.policy, ...(live.domain !== undefined && { domain: live.domain }), spec })
  if (made === 'broken') return wrong('its answer cannot be read')
  return { rules: made.map((one): Fitting => {
    const names = one.rule.on.columns
    // What it takes is told in the words of the rule that asked.
    return { live: { ...one, rule: { ...one.rule, ...(live.rule.because !== undefined && { because: live.rule.because }) } }, fit: { fits: true, columns: names === undefined ? columns : columns.filter(({ name }) => names.includes(name)), wholeDataSet: names === undefined } }
  }) }
}

/** A text, or a list of them; true, as `deny` may be, is one without words. */
function textsOf(value: Json | undefined): readonly string[] | undefined {
  if (value === false) return []
  if (value === true) return ['']
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.length <= MOST && value.every((one) => typeof one === 'string') ? (value as readonly string[]) : undefined
}
