// Facts of a product and the rules of the mesh → whether it carries the badge, and what stands against it. Pure.

import { unreachable } from '@tulle/kernel'
import type { CertificationRule, DataProduct } from '@tulle/model'
import type { StandingState } from '../types.ts'

export interface CertificationFacts {
  readonly product: Pick<DataProduct, 'owner' | 'team' | 'description' | 'dataSets'>
  /** Of runs whose checks ran, oldest first. */
  readonly checks: readonly { readonly at: number; readonly passed: number; readonly total: number }[]
  readonly levels: readonly { readonly title: string; readonly state: StandingState | 'unmeasured' }[]
  readonly openIncidents: number
  readonly now: number
}

export interface Failing { readonly rule: string; readonly why: string; readonly because?: string }

/** What stands against the badge; nothing where it is earned. */
export const failingRules = (rules: readonly CertificationRule[], facts: CertificationFacts): readonly Failing[] =>
  rules.flatMap((rule) => {
    const why = against(rule, facts)
    return why === undefined ? [] : [{ rule: rule.name, why, ...(rule.because !== undefined && { because: rule.because }) }]
  })

function against(rule: CertificationRule, { product, checks, levels, openIncidents, now }: CertificationFacts): string | undefined {
  const columns = product.dataSets.flatMap(({ contract }) => contract?.columns ?? [])
  switch (rule.require) {
    case 'owner': return product.owner === undefined || product.team === '' ? 'it names no owner' : undefined
    case 'description': return product.description === undefined ? 'it has no description' : undefined
    case 'contracts': {
      const without = product.dataSets.filter(({ contract }) => contract === undefined).map(({ name }) => name)
      return product.dataSets.length === 0 ? 'it has no data set' : without.length === 0 ? undefined : `without a contract: ${listed(without)}`
    }
    case 'classification': {
      const without = columns.filter(({ classification }) => classification === undefined).map(({ name }) => name)
      return without.length === 0 ? undefined : `columns without a classification: ${listed(without)}`
    }
    case 'documented-columns': {
      const described = columns.filter(({ description = '' }) => description.trim() !== '').length
      const share = columns.length === 0 ? 0 : (described / columns.length) * 100
      const atLeast = rule.atLeast ?? 100
      return share >= atLeast ? undefined : `${described} of ${columns.length} columns are described; at least ${atLeast} % must be`
    }
    case 'checks-pass': {
      const from = rule.over === undefined ? Infinity : now - rule.over
      const [last] = checks.slice(-1)
      if (last === undefined) return 'no checks ran yet'
      // What was served at the beginning of the time counts too.
      const before = checks.findLastIndex(({ at }) => at < from)
      const counted = rule.over === undefined ? [last] : checks.slice(Math.max(0, before))
      const failed = counted.filter(({ passed, total }) => passed < total)
      if (failed.length === 0) return counted.every(({ total }) => total === 0) ? 'no checks ran yet' : undefined
      return `checks did not pass in ${failed.length} of ${counted.length} ${counted.length === 1 ? 'run' : 'runs'}`
    }
    case 'service-levels': {
      const measured = levels.filter(({ state }) => state !== 'unmeasured' && state !== 'waiting')
      const missed = measured.filter(({ state }) => state === 'missed').map(({ title }) => title)
      return measured.length === 0 ? 'it has no service level that is measured' : missed.length === 0 ? undefined : `missed: ${listed(missed)}`
    }
    case 'no-open-incidents': return openIncidents === 0 ? undefined : `${openIncidents} open ${openIncidents === 1 ? 'incident' : 'incidents'}`
    default: return unreachable(rule.require)
  }
}

const listed = (names: readonly string[]): string => `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`
