import { Card, Table, Text } from '@mantine/core'
import type { RunSummary } from '@tulle/api'
import { AnchorLink } from './anchor-link.tsx'
import { ago, count, duration } from './format.ts'
import { StatusBadge } from './status-badge.tsx'

export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }) {
  return (
    <Card withBorder padding={0}>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="xs" className="numbers">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th>Product</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Why</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>Took</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td><AnchorLink to="/runs/$run" params={{ run: run.id }} size="sm">{run.id.slice(0, 13)}</AnchorLink></Table.Td>
                <Table.Td><AnchorLink to="/products/$product" params={{ product: run.product }} size="sm">{run.product}</AnchorLink></Table.Td>
                <Table.Td><StatusBadge status={run.status} /></Table.Td>
                <Table.Td><Text size="sm">{run.trigger}</Text></Table.Td>
                <Table.Td><Text size="sm">{ago(run.startedAt ?? run.requestedAt)}</Text></Table.Td>
                <Table.Td><Text size="sm">{duration(run.startedAt, run.finishedAt)}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{count(run.rowsWritten)}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {runs.length === 0 && <Text p="md" c="dimmed">No runs yet.</Text>}
    </Card>
  )
}
