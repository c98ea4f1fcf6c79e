// How much of each product is contracted, described, classified and promised.

import { Card, Group, Progress, SimpleGrid, Table, Text } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { count } from '../shell/format.ts'
import { WideTable } from '../shell/wide-table.tsx'

export function CoverageTable() {
  const { data: { products } } = useSuspenseQuery(queries.coverage())
  const sum = (key: 'columns' | 'classified' | 'described' | 'dataSets' | 'contracted'): number => products.reduce((all, one) => all + one[key], 0)
  const kept = products.filter(({ serviceLevels }) => serviceLevels > 0).length
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
        <Share name="Classified" part={sum('classified')} of={sum('columns')} what="columns" />
        <Share name="Described" part={sum('described')} of={sum('columns')} what="columns" />
        <Share name="Contracted" part={sum('contracted')} of={sum('dataSets')} what="data sets" />
        <Share name="Promised" part={kept} of={products.length} what="products" />
      </SimpleGrid>
      <Card withBorder padding={0}>
        <WideTable label="Coverage of products" minWidth={780}>
          <Table.Thead><Table.Tr><Table.Th>Product</Table.Th><Table.Th>Domain</Table.Th><Table.Th ta="right">Contracted</Table.Th><Table.Th ta="right">Described</Table.Th><Table.Th ta="right">Classified</Table.Th><Table.Th ta="right">Promises</Table.Th><Table.Th>Not classified</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {products.toSorted((a, b) => b.unclassified.length - a.unclassified.length || (a.product < b.product ? -1 : 1)).map((one) => (
              <Table.Tr key={one.product}>
                <Table.Td><AnchorLink to="/products/$product" params={{ product: one.product }} search={{ tab: 'schema' }} size="sm" fw={600}>{one.title}</AnchorLink></Table.Td>
                <Table.Td>{one.domain}</Table.Td>
                <Table.Td ta="right">{one.contracted} of {one.dataSets}</Table.Td><Table.Td ta="right">{one.described} of {one.columns}</Table.Td><Table.Td ta="right">{one.classified} of {one.columns}</Table.Td><Table.Td ta="right">{one.serviceLevels}</Table.Td>
                <Table.Td><Text size="xs" c="dimmed" lineClamp={2}>{one.unclassified.length === 0 ? '–' : one.unclassified.join(', ')}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      </Card>
    </>
  )
}

function Share({ name, part, of, what }: { readonly name: string; readonly part: number; readonly of: number; readonly what: string }) {
  const share = of === 0 ? 0 : Math.round((part / of) * 100)
  return (
    <Card withBorder padding="sm" component="section" aria-label={name}>
      <Group justify="space-between"><Text size="sm" fw={600}>{name}</Text><Text size="lg" fw={700} className="numbers">{share} %</Text></Group>
      <Progress value={share} color={share === 100 ? 'teal' : 'tulle'} size="sm" my={4} aria-label={`${name}: ${share} %`} />
      <Text size="xs" c="dimmed">{count(part)} of {count(of)} {what}</Text>
    </Card>
  )
}
