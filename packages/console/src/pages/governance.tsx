// Governance: the rules, how far they are kept, what data is read for, and what stands beside the rules. The tab is in the address.

import { Group, Stack, Tabs } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense } from 'react'
import { GOVERNANCE_TABS } from '../addresses.ts'
import { queries } from '../api.ts'
import { CoverageTable } from '../governance/coverage.tsx'
import { Exceptions } from '../governance/exceptions.tsx'
import { Policies } from '../governance/policies.tsx'
import { Purposes } from '../governance/purposes.tsx'
import { ButtonLink } from '../shell/button-link.tsx'
import { Loading } from '../shell/loading.tsx'
import { PageHead } from '../shell/page-head.tsx'

const TABS = { policies: ['Policies', Policies], coverage: ['Coverage', CoverageTable], purposes: ['Purposes', Purposes], exceptions: ['Exceptions', Exceptions] } as const

export function GovernancePage() {
  const { tab = 'policies' } = useSearch({ from: '/signed-in/governance' })
  const navigate = useNavigate({ from: '/governance' })
  const [label, Body] = TABS[tab]
  const { data: me } = useSuspenseQuery(queries.me())
  const isWatching = ['administrator', 'steward'].includes(me.role)
  return (
    <Stack>
      <PageHead title="Governance" tab={`${label}: Governance`} about="Rules that hold wherever data is read, who would lose what by a change of them, and how far the mesh keeps its own." actions={<Group gap="xs"><ButtonLink to="/platform" variant="default">Platform</ButtonLink>{isWatching && <><ButtonLink to="/usage" variant="default">Usage</ButtonLink><ButtonLink to="/audit" variant="default">Search the audit</ButtonLink></>}</Group>} />
      <Tabs value={tab} onChange={(value) => { const next = GOVERNANCE_TABS.find((known) => known === value); void navigate({ search: next === undefined || next === 'policies' ? {} : { tab: next } }) }} keepMounted={false}>
        <Tabs.List mb="lg" className="tabs">{GOVERNANCE_TABS.map((id) => <Tabs.Tab key={id} value={id}>{TABS[id][0]}</Tabs.Tab>)}</Tabs.List>
        <Tabs.Panel value={tab}><Suspense fallback={<Loading />}><Body /></Suspense></Tabs.Panel>
      </Tabs>
    </Stack>
  )
}
