// One panel: a saved query, asked under the viewer's rights, drawn or listed.

import { Alert, Card, Group, Skeleton, Text, Title } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Panel } from '@tulle/api'
import { Suspense, lazy } from 'react'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { chartOf } from '../workbench/chart-of.ts'
import { Results } from '../workbench/results.tsx'

const Drawn = lazy(() => import('../workbench/drawn.tsx').then(({ Drawn: component }) => ({ default: component })))

interface Props {
  readonly panel: Panel
  /** One that the viewer may name. */
  readonly purpose: string | undefined
  readonly actions?: ReactNode
}

export function PanelCard({ panel: { product, query, view, width, saved }, purpose, actions }: Props) {
  const address = `${product}.${query}`
  const answer = useQuery({ ...queries.panel(address, saved?.sql ?? '', purpose), enabled: saved !== undefined })
  return (
    <Card withBorder padding="md" component="section" aria-label={saved?.title ?? address} className="panel" data-width={width}>
      <Group justify="space-between" wrap="nowrap" align="start" gap="xs" mb="xs">
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h4">{saved === undefined ? address : <AnchorLink to="/workbench" search={{ query: address }} inherit underline="hover" c="inherit">{saved.title}</AnchorLink>}</Title>
          {saved?.description !== undefined && <Text size="sm" c="dimmed" lineClamp={2}>{saved.description}</Text>}
        </div>
        {actions}
      </Group>
      {saved === undefined && <Alert variant="light" color="gray" icon={<IconEyeOff />}>This query is gone, or lies beside a product that you may not see.</Alert>}
      {answer.isError && <ProblemAlert error={answer.error} />}
      {saved !== undefined && answer.isPending && <Skeleton h={240} />}
      {answer.data !== undefined && (
        <>
          {view === 'table' ? <Results answer={answer.data} /> : <Suspense fallback={<Skeleton h={260} />}><Drawn answer={answer.data} drawing={chartOf(answer.data, saved?.chart ?? {})} title={saved?.title ?? address} /></Suspense>}
          <Text size="xs" c="dimmed" mt={6} className="numbers" role="status" aria-busy={answer.isFetching}>
            {answer.data.reads.join(', ')}{answer.data.more && ' · only the first rows'} · asked at {new Date(answer.dataUpdatedAt).toLocaleTimeString()}
          </Text>
        </>
      )}
    </Card>
  )
}
