// A read, rule by rule: which rules concern the product, which of them fit, and why the others do not.

import type { Governance, ReadQuestion } from './decide-read.ts'
import { fitRule, ruleQuestion } from './fit-rule.ts'
import { effectOf } from './rules.ts'
import type { RuleTrace } from './types.ts'

export function explainRead({ rules, memory }: Governance, { subject, resource, purpose, context }: ReadQuestion): readonly RuleTrace[] {
  const { product, dataSet } = resource
  if (product === undefined) return []
  const asked = ruleQuestion({ subject, product, dataSet, purpose, environment: context.environment })
  return rules.rulesOn(product).map((live): RuleTrace => {
    const fit = fitRule(live, asked, memory)
    const effect = live.rule.effect.kind === 'mask' ? `mask (${live.rule.effect.mask.kind})` : live.rule.effect.kind
    const why = fit.fits ? `${effectOf(live, fit.columns)}${fit.doubt === undefined ? '' : `; strictly read, as ${fit.doubt}`}` : fit.why
    return { policy: live.policy, rule: live.rule.name, status: live.status, effect, fits: fit.fits, why }
  })
}
