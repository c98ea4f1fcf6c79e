import { Card, Table, Text, Title } from '@mantine/core'
import type { AccessHistoryEntry } from '@tulle/api'
import { Ago } from '../shell/ago.tsx'
import { WideTable } from '../shell/wide-table.tsx'

const WORDS: Readonly<Record<string, string>> = { agree: 'agreed', granted: 'grant made', renewed: 'grant renewed', 'given-back': 'given back' }

/** What happened to a request or a grant, in its order. */
export function History({ entries }: { readonly entries: readonly AccessHistoryEntry[] }) {
  return (
    <Card withBorder padding={0} component="section" aria-label="History">
      <Title order={2} px="md" py="sm">History</Title>
      <WideTable label="What happened" minWidth={420}>
        <Table.Thead><Table.Tr><Table.Th>What</Table.Th><Table.Th>By</Table.Th><Table.Th>When</Table.Th><Table.Th>Note</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {entries.map((entry, index) => (
            <Table.Tr key={`${index + 1} ${entry.change}`}>
              <Table.Td><Text size="sm" fw={600}>{WORDS[entry.change] ?? entry.change}</Text></Table.Td>
              <Table.Td><Text size="sm">{entry.by}</Text></Table.Td>
              <Table.Td><Text size="sm"><Ago at={entry.at} /></Text></Table.Td>
              <Table.Td><Text size="sm">{entry.note}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
