// Where one can go, for the header and for whoever types the name of a page.

import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'

const PLACES = [
  { to: '/', label: 'Catalogue' },
  { to: '/workbench', label: 'Workbench' },
  { to: '/inbox', label: 'Inbox' },
  { to: '/access', label: 'My access' },
  { to: '/runs', label: 'Runs' },
  { to: '/incidents', label: 'Incidents' },
  { to: '/capabilities', label: 'Capabilities' },
] as const
const AUDIT = { to: '/audit', label: 'Audit' } as const
const USAGE = { to: '/usage', label: 'Usage' } as const

/** Whoever keeps no product and watches over none would be refused at some. */
export function usePlaces() {
  const { data: me } = useSuspenseQuery(queries.me())
  return [...PLACES, ...(['administrator', 'steward', 'owner'].includes(me.role) ? [AUDIT] : []), ...(['administrator', 'steward'].includes(me.role) ? [USAGE] : [])]
}
