// A dashboard: several saved queries at once, each asked under the viewer's rights, and anew when a product that it reads publishes. The
// purpose is in the address.

import { Badge, Group, Select, Stack, Text } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import type { Dashboard, QueryAnswer } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { Arrange } from '../dashboard/arrange.tsx'
import { PanelCard } from '../dashboard/panel.tsx'
import { usePublications } from '../dashboard/use-publications.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

export function DashboardPage() {
  const { product, name } = useParams({ from: '/signed-in/dashboards/$product/$name' })
  const { purpose: wanted } = useSearch({ from: '/signed-in/dashboards/$product/$name' })
  const navigate = useNavigate({ from: '/dashboards/$product/$name' })
  const { data: dashboard } = useSuspenseQuery(queries.dashboard(product, name))
  const readable = useQuery(queries.readable(wanted))
  const [arranging, setArranging] = useState(false)
  usePanelsThatFollow()
  const purposes = readable.data?.purposes ?? []
  const purposeOf = (meant: string | undefined): string | undefined => wanted ?? (meant !== undefined && purposes.includes(meant) ? meant : readable.data?.purpose)
  return (
    <Stack>
      <PageHead
        title={dashboard.title}
        above={<><AnchorLink to="/dashboards" inherit>Dashboards</AnchorLink> / <AnchorLink to="/products/$product" params={{ product }} inherit>{product}</AnchorLink></>}
        beside={<Badge variant="light" color="teal" tt="none">live</Badge>}
        about={<>{dashboard.description}{dashboard.description !== undefined && ' · '}<Text span inherit>changed <Ago at={dashboard.changedAt} /> by {dashboard.changedBy}</Text></>}
        actions={!arranging && <Actions dashboard={dashboard} onArrange={() => setArranging(true)} />}
      />
      {purposes.length > 1 && (
        <Group gap={8}><Text size="sm" c="dimmed">for</Text><Select size="xs" w={220} aria-label="Purpose" placeholder="each query's own" clearable data={[...purposes]} value={wanted ?? null} onChange={(value) => void navigate({ search: value === null ? {} : { purpose: value }, replace: true })} /></Group>
      )}
      {arranging && <Arrange dashboard={dashboard} onDone={() => setArranging(false)} />}
      {readable.isError && <ProblemAlert error={readable.error} />}
      {readable.data !== undefined && !arranging && (
        <div className="panels">
          {dashboard.panels.map((panel, at) => <PanelCard key={`${panel.product}.${panel.query} ${at + 1}`} panel={panel} purpose={purposeOf(panel.saved?.purpose)} />)}
        </div>
      )}
    </Stack>
  )
}

// Asks those panels anew that read what was published; the others stand as they are.
function usePanelsThatFollow(): void {
  const cache = useQueryClient()
  usePublications((product) => void cache.invalidateQueries({
    predicate: ({ queryKey: [kind], state: { data } }) => kind === 'panel' && (data === undefined || (data as QueryAnswer).reads.some((read) => read.replace(/[@.].*$/u, '') === product)),
  }))
}

function Actions({ dashboard, onArrange }: { readonly dashboard: Dashboard; readonly onArrange: () => void }) {
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => valueOrThrow(client.deleteDashboard({ product: dashboard.product, name: dashboard.name })),
    onSuccess: async () => {
      await navigate({ to: '/dashboards' })
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
    },
  })
  return (
    <Stack gap="xs" align="end">
      <Group gap="xs">
        <ReasonedButton permission={dashboard.can.change} hint="Which queries, in which order" variant="default" leftSection={<IconPencil size={16} aria-hidden />} onPress={onArrange}>Arrange</ReasonedButton>
        <ReasonedButton permission={dashboard.can.change} hint="For everybody; its queries stay" variant="default" color="red" loading={remove.isPending} leftSection={<IconTrash size={16} aria-hidden />} onPress={() => remove.mutate()}>Delete</ReasonedButton>
      </Group>
      {remove.isError && <ProblemAlert error={remove.error} />}
    </Stack>
  )
}
