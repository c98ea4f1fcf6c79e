import { Card, Table, Text } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import type { RunSummary } from '@tulle/api'
import { Ago } from './ago.tsx'
import { AnchorLink } from './anchor-link.tsx'
import { Empty } from './empty.tsx'
import { count, duration } from './format.ts'
import { StatusBadge } from './status-badge.tsx'
import { WideTable } from './wide-table.tsx'

interface Props {
  readonly runs: readonly RunSummary[]
  /** Left out on a product's own page. */
  readonly withProduct?: boolean
}

export function RunTable({ runs, withProduct = false }: Props) {
  if (runs.length === 0) return <Card withBorder padding={0}><Empty icon={IconPlayerPlay} title="No runs">A run fetches, transforms, checks and publishes the data of a product.</Empty></Card>
  return (
    <Card withBorder padding={0}>
      <WideTable label="Runs" minWidth={withProduct ? 720 : 620}>
        <Table.Thead>
          <Table.Tr>
            {withProduct && <Table.Th>Product</Table.Th>}
            <Table.Th>Run</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Why</Table.Th>
            <Table.Th>Started</Table.Th>
            <Table.Th ta="right">Took</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              {withProduct && <Table.Td><AnchorLink to="/products/$product" params={{ product: run.product }} size="sm" fw={600}>{run.product}</AnchorLink></Table.Td>}
              <Table.Td><AnchorLink to="/runs/$run" params={{ run: run.id }} size="sm" ff="monospace">{run.id.slice(0, 8)}</AnchorLink></Table.Td>
              <Table.Td><StatusBadge status={run.status} />{run.paused !== undefined && <Text size="xs" c="dimmed">paused by {run.paused.by}</Text>}{run.waits !== undefined && <Text size="xs" c="dimmed">waits: {run.waits}</Text>}</Table.Td>
              <Table.Td><Text size="sm">{run.trigger}</Text></Table.Td>
              <Table.Td><Text size="sm"><Ago at={run.startedAt ?? run.requestedAt} /></Text></Table.Td>
              <Table.Td ta="right"><Text size="sm">{duration(run.startedAt, run.finishedAt)}</Text></Table.Td>
              <Table.Td ta="right"><Text size="sm">{count(run.rowsWritten)}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
