import { Badge, Card, Group, Table, Text, Title } from '@mantine/core'
import type { RunStep } from '@tulle/api'
import { WideTable } from '../shell/wide-table.tsx'
import { verdictsOf } from './verdicts.ts'

const COLOUR: Readonly<Record<string, string>> = { pass: 'teal', fail: 'red', warn: 'orange' }

/** What the contract asked for and what was found, worst first. */
export function Checks({ steps }: { readonly steps: readonly RunStep[] }) {
  const verdicts = verdictsOf(steps).toSorted((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'))
  if (verdicts.length === 0) return null
  const passed = verdicts.filter(({ status }) => status === 'pass').length
  return (
    <Card withBorder padding={0} component="section" aria-label="Checks">
      <Group justify="space-between" px="md" py="sm">
        <Title order={2}>Checks</Title>
        <Badge variant="light" tt="none" color={passed === verdicts.length ? 'teal' : 'red'}>{passed} of {verdicts.length} pass</Badge>
      </Group>
      <WideTable label="Checks" minWidth={820}>
        <Table.Tbody>
          {verdicts.map(({ check, status, dataSet, sentence }) => (
            <Table.Tr key={`${dataSet} ${check}`}>
              <Table.Td w={90}><Badge variant="light" tt="none" color={COLOUR[status] ?? 'gray'}>{status}</Badge></Table.Td>
              <Table.Td><code>{check}</code></Table.Td>
              <Table.Td><Text size="sm">{sentence}</Text></Table.Td>
              <Table.Td><Text size="sm" c="dimmed">{dataSet}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
