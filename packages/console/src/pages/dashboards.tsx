// Dashboards of the products that the viewer may know of.

import { Button, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconLayoutDashboard, IconPlus } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../api.ts'
import { Arrange } from '../dashboard/arrange.tsx'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'

export function DashboardsPage() {
  const { data: { dashboards } } = useSuspenseQuery(queries.dashboards())
  const navigate = useNavigate()
  const [making, setMaking] = useState(false)
  return (
    <Stack>
      <PageHead
        title="Dashboards" above={<AnchorLink to="/workbench" inherit>Workbench</AnchorLink>} about="Pages of saved queries. Each panel asks under the rights of whoever looks, and anew when its products publish."
        actions={!making && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>New dashboard</Button>}
      />
      {making && <Arrange onDone={(kept) => { setMaking(false); if (kept !== undefined) void navigate({ to: '/dashboards/$product/$name', params: { product: kept.product, name: kept.name } }) }} />}
      {dashboards.length === 0 && !making && <Card withBorder><Empty icon={IconLayoutDashboard} title="No dashboard yet">Save some queries in the workbench, then put them on a page.</Empty></Card>}
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        {dashboards.map(({ product, name, title, description, panels, changedAt, changedBy }) => (
          <Card withBorder key={`${product}.${name}`} component="article">
            <Title order={2} size="h4"><AnchorLink to="/dashboards/$product/$name" params={{ product, name }} inherit>{title}</AnchorLink></Title>
            {description !== undefined && <Text size="sm" c="dimmed" lineClamp={3}>{description}</Text>}
            <Text size="xs" c="dimmed" mt={6}>{product} · {plural(panels, 'panel')} · <Ago at={changedAt} /> by {changedBy}</Text>
          </Card>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
