// A decision for which others may have to be asked: first the pure one, which says whom; then them; then the pure one again, with
// what they answered. Nobody who leaves this out is given anything.

import type { Decision, DecisionContext, Policy, RegoAnswer, RegoAsk, Resource, Subject } from './types.ts'

/** Port: asks Rego policies, each in the order given. It never fails: what goes wrong is an answer that denies. */
export interface RegoDesk {
  ask(asks: readonly RegoAsk[]): Promise<readonly RegoAnswer[]>
}

/** So long the same question has the same answer: together with the longest that asking takes, rights change within a second. */
export const REMEMBERED_MILLISECONDS = 400

interface Known { readonly at: number; readonly decision: Promise<Decision>; answers?: string }

// By the pure decision, which is the same object as long as no right changed.
const known = new WeakMap<Decision, WeakMap<RegoDesk, Known>>()

export interface Question { readonly subject: Subject; readonly resource: Resource; readonly purpose: string | undefined; readonly context: DecisionContext }

/** Decides a read. Without a desk, whatever would have to be asked is denied. */
export async function decideAsking(policy: Pick<Policy, 'decide'>, desk: RegoDesk | undefined, question: Question): Promise<Decision> {
  const { subject, resource, purpose, context } = question
  const first = policy.decide(subject, 'read', resource, purpose, context)
  if (first.effect === 'allow' || first.asks === undefined || desk === undefined) return first
  const byDesk = known.get(first) ?? new WeakMap<RegoDesk, Known>()
  known.set(first, byDesk)
  const last = byDesk.get(desk)
  if (last !== undefined && context.now >= last.at && context.now - last.at < REMEMBERED_MILLISECONDS) return last.decision
  const { asks } = first
  const next: Known = { at: context.now, decision: desk.ask(asks).then((answers) => {
    next.answers = JSON.stringify(answers)
    // The same answers make the same object, by which ports know that nothing changed.
    if (last !== undefined && last.answers === next.answers) return last.decision
    const byRule = new Map(asks.map(({ rule }, i) => [rule, answers[i]]))
    return policy.decide(subject, 'read', resource, purpose, { ...context, answers: (rule) => byRule.get(rule) })
  }) }
  byDesk.set(desk, next)
  return next.decision
}
