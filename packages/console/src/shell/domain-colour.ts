// The colour of a domain, the same wherever it appears.

import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'

const COLOURS = ['indigo', 'teal', 'orange', 'grape', 'cyan', 'pink', 'lime', 'blue', 'yellow', 'red'] as const

/** Names a palette by the name of a domain. */
export function useDomainColour(): (domain: string) => (typeof COLOURS)[number] {
  const { data } = useSuspenseQuery(queries.domains())
  return (domain) => COLOURS[Math.max(0, data.domains.findIndex(({ name }) => name === domain)) % COLOURS.length] ?? 'indigo'
}
