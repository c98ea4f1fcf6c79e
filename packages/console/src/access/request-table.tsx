import { Badge, Card, Table, Text } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import type { AccessRequest } from '@tulle/api'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { kindOf, standingOf, STATE_COLOUR, subjectOf, whatOf } from './words.ts'

interface Props {
  readonly label: string
  readonly requests: readonly AccessRequest[]
  /** What stands where there are none. */
  readonly none: { readonly icon: Icon; readonly title: string; readonly text: string }
}

export function RequestTable({ label, requests, none }: Props) {
  if (requests.length === 0) return <Card withBorder padding={0}><Empty icon={none.icon} title={none.title}>{none.text}</Empty></Card>
  return (
    <Card withBorder padding={0}>
      <WideTable label={label} minWidth={760}>
        <Table.Thead>
          <Table.Tr><Table.Th>Product</Table.Th><Table.Th>For</Table.Th><Table.Th>Asks for</Table.Th><Table.Th>Purpose</Table.Th><Table.Th>State</Table.Th><Table.Th>Asked</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {requests.map((request) => (
            <Table.Tr key={request.id}>
              <Table.Td><AnchorLink to="/access/requests/$request" params={{ request: request.id }} size="sm" fw={600}>{request.product}</AnchorLink></Table.Td>
              <Table.Td><Text size="sm">{subjectOf(request)}</Text></Table.Td>
              <Table.Td><Text size="sm">{request.kind === 'access' ? '' : `${kindOf(request)}: `}{whatOf(request.terms)}</Text></Table.Td>
              <Table.Td><Text size="sm">{request.purpose}</Text></Table.Td>
              <Table.Td><Badge variant="light" tt="none" color={STATE_COLOUR[request.state]}>{standingOf(request)}</Badge></Table.Td>
              <Table.Td><Text size="sm"><Ago at={request.requestedAt} /></Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
