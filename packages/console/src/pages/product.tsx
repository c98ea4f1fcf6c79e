import { Badge, Button, Group, Stack, Tabs, Text, Title, Tooltip } from '@mantine/core'
import { IconPlayerPlay, IconRosetteDiscountCheck } from '@tabler/icons-react'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Product } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import type { ComponentType } from 'react'
import { client, queries } from '../api.ts'
import { Overview } from '../product/overview.tsx'
import { Ports } from '../product/ports.tsx'
import { ProductRuns } from '../product/runs.tsx'
import { SampleRows } from '../product/sample.tsx'
import { SchemaTables } from '../product/schema.tsx'
import { Versions } from '../product/versions.tsx'
import { ProblemAlert } from '../shell/problem.tsx'

const TABS: readonly (readonly [tab: 'overview' | 'ports' | 'schema' | 'sample' | 'runs' | 'versions', label: string, Body: ComponentType<{ product: Product }>])[] = [
  ['overview', 'Overview', Overview],
  ['ports', 'Ports', Ports],
  ['schema', 'Schema', SchemaTables],
  ['sample', 'Sample rows', SampleRows],
  ['runs', 'Runs', ProductRuns],
  ['versions', 'Versions', Versions],
]

export function ProductPage() {
  const { product: name } = useParams({ from: '/signed-in/products/$product' })
  const { tab = 'overview' } = useSearch({ from: '/signed-in/products/$product' })
  const navigate = useNavigate({ from: '/products/$product' })
  const { data: product } = useSuspenseQuery(queries.product(name))
  return (
    <Stack>
      <Group justify="space-between" align="start">
        <Stack gap={4} maw={760}>
          <Group gap="sm">
            <Title order={2}>{product.title}</Title>
            {product.certified && <Badge color="teal" variant="light" leftSection={<IconRosetteDiscountCheck size={14} />}>certified</Badge>}
            {product.type !== undefined && <Badge variant="default" tt="none">{product.type}</Badge>}
          </Group>
          <Text c="dimmed">{product.description}</Text>
        </Stack>
        <RunButton product={product} />
      </Group>
      <Tabs value={tab} onChange={(value) => void navigate({ search: value === null || value === 'overview' ? {} : { tab: value as typeof tab } })} keepMounted={false}>
        <Tabs.List mb="md">
          {TABS.map(([id, label]) => <Tabs.Tab key={id} value={id}>{label}</Tabs.Tab>)}
        </Tabs.List>
        {TABS.map(([id, , Body]) => (
          <Tabs.Panel key={id} value={id}>
            <Body product={product} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  )
}

function RunButton({ product }: { readonly product: Product }) {
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: () => valueOrThrow(client.startRun({ product: product.name })),
    onSuccess: ({ runId }) => navigate({ to: '/runs/$run', params: { run: runId } }),
  })
  const { allowed, reason } = product.can.run
  return (
    <Stack gap="xs" align="end">
      <Tooltip label={reason ?? 'Run the workflow now'}>
        <Button leftSection={<IconPlayerPlay size={16} />} variant="light" {...(!allowed && { 'data-disabled': true })} loading={start.isPending} onClick={() => allowed && start.mutate()} aria-disabled={!allowed}>
          Run
        </Button>
      </Tooltip>
      {start.isError && <ProblemAlert error={start.error} />}
    </Stack>
  )
}
