// Webhooks with how far each is. Those of others are named, and lead nowhere.

import { Badge, Table, Text } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { Webhook } from '@tulle/api'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { count } from '../shell/format.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { aboutOf, stateOf, waitingOf } from './words.ts'

export function WebhookTable({ webhooks }: { readonly webhooks: readonly Webhook[] }) {
  const { data: me } = useSuspenseQuery(queries.me())
  return (
    <WideTable label="Webhooks" minWidth={820}>
      <Table.Thead><Table.Tr><Table.Th>Address</Table.Th><Table.Th>Of</Table.Th><Table.Th>About</Table.Th><Table.Th>State</Table.Th><Table.Th ta="right">Delivered</Table.Th><Table.Th>Waiting</Table.Th><Table.Th ta="right">Dead letters</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {webhooks.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>{one.account === me.name ? <AnchorLink to="/webhooks/$webhook" params={{ webhook: one.id }} size="sm" fw={600}>{one.url}</AnchorLink> : <Text size="sm">{one.url}</Text>}{one.note !== undefined && <Text size="xs" c="dimmed">{one.note}</Text>}</Table.Td>
            <Table.Td><Text size="sm">{one.account}</Text></Table.Td>
            <Table.Td><AnchorLink to="/products/$product" params={{ product: one.product }} search={{ tab: 'changes' }} size="sm" className="address">{aboutOf(one)}</AnchorLink><Text size="xs" c="dimmed">{one.kinds.join(', ')}</Text></Table.Td>
            <Table.Td><Badge variant="light" tt="none" color={stateOf(one).colour}>{stateOf(one).says}</Badge></Table.Td>
            <Table.Td ta="right"><Text size="sm">{count(one.delivered)}</Text></Table.Td>
            <Table.Td><Text size="sm">{waitingOf(one)}</Text></Table.Td>
            <Table.Td ta="right"><Text size="sm">{count(one.deadLetters)}</Text></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
