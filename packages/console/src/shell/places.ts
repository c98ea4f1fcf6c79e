// Where one can go, for the header and for whoever types the name of a page.

import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'

/** What lies below another place, which leads to it, has no room in the header. */
const PLACES: readonly { readonly to: '/' | '/map' | '/workbench' | '/dashboards' | '/editor' | '/backfills' | '/webhooks' | '/governance' | '/platform' | '/inbox' | '/access' | '/runs' | '/incidents' | '/capabilities'; readonly label: string; readonly isBelow?: boolean }[] = [
  { to: '/', label: 'Catalogue' },
  { to: '/map', label: 'Mesh map', isBelow: true },
  { to: '/workbench', label: 'Workbench' },
  { to: '/dashboards', label: 'Dashboards', isBelow: true },
  { to: '/inbox', label: 'Inbox' },
  { to: '/access', label: 'My access' },
  { to: '/runs', label: 'Runs' },
  { to: '/backfills', label: 'Backfills', isBelow: true },
  { to: '/webhooks', label: 'Webhooks', isBelow: true },
  { to: '/incidents', label: 'Incidents' },
  { to: '/governance', label: 'Governance' },
  { to: '/platform', label: 'Platform', isBelow: true },
  { to: '/capabilities', label: 'Capabilities', isBelow: true },
]
const AUDIT = { to: '/audit', label: 'Audit', isBelow: false } as const
const ERASURE = { to: '/erasure', label: 'Erasure', isBelow: true } as const
const USAGE = { to: '/usage', label: 'Usage', isBelow: true } as const
const EDITOR = { to: '/editor', label: 'Editor', isBelow: true } as const

/** Whoever may plan changes of the mesh. */
const PLANS = ['administrator', 'steward', 'owner', 'developer']

/** Whoever keeps no product and watches over none would be refused at some. */
export function usePlaces() {
  const { data: me } = useSuspenseQuery(queries.me())
  return [...PLACES, ...(PLANS.includes(me.role) ? [EDITOR] : []), ...(['administrator', 'steward', 'owner'].includes(me.role) ? [AUDIT] : []), ...(['administrator', 'steward'].includes(me.role) ? [USAGE, ERASURE] : [])]
}
