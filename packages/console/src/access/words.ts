// Requests and grants in the words of a page.

import type { AccessRequest, AccessTerms, Grant } from '@tulle/api'

export const STATE_COLOUR: Readonly<Record<AccessRequest['state'] | Grant['state'], string>> = {
  submitted: 'blue', approved: 'teal', narrowed: 'teal', declined: 'red', withdrawn: 'gray', expired: 'gray', active: 'teal', frozen: 'orange', revoked: 'gray',
}

/** `people: id, name`, `every data set`. */
export const whatOf = ({ dataSet, columns }: Pick<AccessTerms, 'dataSet' | 'columns'>): string => `${dataSet ?? 'every data set'}${columns === undefined ? '' : `: ${columns.join(', ')}`}`

const DAY = 86_400
export const lengthOf = (seconds: number | undefined): string => {
  if (seconds === undefined) return 'until it is revoked'
  if (seconds % DAY === 0) return seconds === DAY ? 'for a day' : `for ${seconds / DAY} days`
  if (seconds === 3_600) return 'for an hour'
  return seconds % 3_600 === 0 ? `for ${seconds / 3_600} hours` : `for ${seconds} s`
}

export const subjectOf = ({ subjectKind, subject }: Pick<AccessRequest, 'subjectKind' | 'subject'>): string => (subjectKind === 'user' ? subject : `${subjectKind} ${subject}`)

const KINDS: Readonly<Record<AccessRequest['kind'], string>> = { access: 'Access', unmask: 'Masking exception', renew: 'More time' }
export const kindOf = ({ kind }: Pick<AccessRequest, 'kind'>): string => KINDS[kind]

/** `waits for one more person`. */
export function standingOf({ state, persons, verdicts }: Pick<AccessRequest, 'state' | 'persons' | 'verdicts'>): string {
  if (state !== 'submitted') return state
  if (persons < 2) return 'waits'
  return verdicts.length === 0 ? 'waits for two persons' : `${verdicts[0]?.by} agreed, one more`
}
