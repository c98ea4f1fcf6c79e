// The rules by name, and how each explains itself. Names are permanent: audits and tests hold them.

import type { Fitting } from './fit-rule.ts'
import type { LiveRule } from './rule-index.ts'
import type { Action, Grant, Reason, Resource, ResourceColumn, Role, Subject } from './types.ts'

const reason = (rule: string, text: string): Reason => ({ rule, text })

/** Rules that allow. */
export const allows = {
  own: (subject: Subject, resource: Resource) => reason('own-team', `${subject.name} belongs to the team ${resource.product?.team} of ${nameOf(resource)}.`),
  grant: (grant: Grant, purpose: string) => reason('grant', `Grant ${grant.id} allows it for the purpose ${purpose}.`),
  describe: (resource: Resource) => reason('open-catalogue', `Everyone who is signed in may see what ${nameOf(resource)} is.`),
  role: (role: Role, action: Action) => reason('role', `The role ${role} may ${action}.`),
}

/** Rules that deny. */
export const denials = {
  noGrant: (subject: Subject, resource: Resource) => reason('no-grant', `No grant lets ${subject.name} read ${nameOf(resource)}.`),
  unknownProduct: () => reason('unknown-product', 'A read needs a product that the policy knows.'),
  purposeMissing: (open: readonly string[]) => reason('purpose-missing', `A purpose is needed. Open to you: ${open.join(', ')}.`),
  purposeNotGranted: (purpose: string, open: readonly string[]) => reason('purpose-not-granted', `The purpose ${purpose} is not granted. Open to you: ${open.join(', ')}.`),
  expired: (grant: Grant) => reason('grant-expired', `Grant ${grant.id} expired at ${instantOf(grant.expiresAt ?? 0)}.`),
  otherDataSet: (grant: Grant) => reason('grant-elsewhere', `Grant ${grant.id} is for the data set ${grant.dataSet}.`),
  nothingVisible: (resource: Resource) => reason('nothing-visible', `None of the granted columns is in ${nameOf(resource)}.`),
  policyBroken: (name: string) => reason('policy-broken', `The policy ${name} cannot be read, so nothing that it may concern is given. Apply it anew.`),
  grantBroken: (grant: Grant) => reason('grant-broken', `The row condition of grant ${grant.id} cannot be read any more, so it gives nothing.`),
  role: (role: Role, action: Action) => reason('role', `The role ${role} may not ${action}.`),
  foreign: (subject: Subject, action: Action, resource: Resource) =>
    reason('foreign-product', `${subject.name} does not belong to the team ${resource.product?.team}, whose members may ${action} ${nameOf(resource)}.`),
}

const ruleOf = ({ id }: LiveRule): string => `policy ${id}`
const because = ({ rule }: LiveRule): string => (rule.because === undefined ? '' : ` ${rule.because}`)
const doubtOf = ({ fit }: Fitting): string => (fit.doubt === undefined ? '' : ` Strictly read, as ${fit.doubt}.`)

/** Words of somebody's Rego, on one line and not too long. */
const saidBy = (said: readonly string[]): string => said.flatMap((text) => (text === '' ? [] : [` ${text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300)}`])).slice(0, 5).join('')

/** Rules of policies: what they give and take. */
export const takes = {
  allow: ({ live }: Fitting) => reason(ruleOf(live), `The policy ${live.id} allows it.${because(live)}`),
  deny: (rule: Fitting) => reason(ruleOf(rule.live), `The policy ${rule.live.id} denies it.${because(rule.live)}${doubtOf(rule)}`),
  hours: (live: LiveRule, hours: string) => reason(ruleOf(live), `The policy ${live.id} allows it at ${hours} only.${because(live)}`),
  hide: (rule: Fitting, granted: readonly ResourceColumn[]): readonly Reason[] => {
    const hidden = granted.filter(({ name }) => rule.fit.columns.some((column) => column.name === name)).map(({ name }) => name)
    return hidden.length === 0 ? [] : [reason(ruleOf(rule.live), `The policy ${rule.live.id} hides ${hidden.join(', ')}.${because(rule.live)}${doubtOf(rule)}`)]
  },
  mask: (rule: Fitting, kind: string, columns: readonly string[]) => reason(ruleOf(rule.live), `The policy ${rule.live.id} masks ${columns.join(', ')} (${kind}).${because(rule.live)}${doubtOf(rule)}`),
  rows: (live: LiveRule) => reason(ruleOf(live), `The policy ${live.id} hides rows.${because(live)}`),
  rowsUnknown: (live: LiveRule, missing: string) => reason(ruleOf(live), `The policy ${live.id} cannot tell which rows are there without ${missing}, so none is.${because(live)}`),
  unasked: (live: LiveRule) => reason(ruleOf(live), `The policy ${live.id} was not asked, so nothing is given.${because(live)}`),
  noAnswer: (live: LiveRule, why: string) => reason(ruleOf(live), `The policy ${live.id} gives no answer, so nothing is given: ${why}.${because(live)}`),
  regoDenies: (live: LiveRule, said: readonly string[]) => reason(ruleOf(live), `The policy ${live.id} denies it.${saidBy(said)}${because(live)}`),
  grace: ({ live, fit }: Fitting) => reason(`grace ${live.id}`, `In grace, the policy ${live.id} would have had an effect: ${effectOf(live, fit.columns)}.`),
}

/** `masks email, phone (hash)`. */
export function effectOf({ rule: { effect, on } }: LiveRule, columns: readonly ResourceColumn[]): string {
  const names = on.columns === undefined && on.classifications === undefined ? '' : ` ${columns.map(({ name }) => name).join(', ')}`
  switch (effect.kind) {
    case 'allow': return `allows reading${names}`
    case 'deny': return names === '' ? 'denies reading' : `hides${names}`
    case 'mask': return `masks${names} (${effect.mask.kind})`
    case 'rows': return 'hides rows'
    case 'limits': return 'limits reading'
    case 'rego': return `asks ${effect.rego.server ?? 'its bundle'} (${effect.rego.entrypoint})`
    case 'approval': return `asks for approval (${effect.by})`
  }
}

/** `flights.flights`, `flights`, or `the mesh`. */
function nameOf({ product, dataSet }: Resource): string {
  if (product === undefined) return 'the mesh'
  return dataSet === undefined ? product.name : `${product.name}.${dataSet.name}`
}

const instantOf = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time))
