// Who uses the mesh, product by product: for stewards and administrators.

import { Card, Stack, Table, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { amount, count } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { UsageView } from '../usage/usage-view.tsx'

export function UsagePage() {
  const { data: { usage, products } } = useSuspenseQuery(queries.meshUsage())
  return (
    <Stack gap="lg">
      <PageHead title="Usage" about={`Who used what from ${usage.from.slice(0, 10)} on, and what nobody uses.`} />
      <UsageView usage={usage} withProducts />
      <Card withBorder padding={0} component="section" aria-label="Products">
        <Title order={2} px="md" py="sm">Products</Title>
        <WideTable label="Use of products" minWidth={720}>
          <Table.Thead><Table.Tr><Table.Th>Product</Table.Th><Table.Th>Domain</Table.Th><Table.Th ta="right">Active</Table.Th><Table.Th ta="right">Inactive</Table.Th><Table.Th ta="right">Queries</Table.Th><Table.Th ta="right">Rows</Table.Th><Table.Th ta="right">Work</Table.Th><Table.Th ta="right">Read by</Table.Th><Table.Th ta="right">Rights unused</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {products.toSorted((a, b) => b.queries - a.queries).map((one) => (
              <Table.Tr key={one.product}>
                <Table.Td><AnchorLink to="/products/$product" params={{ product: one.product }} search={{ tab: 'usage' }} size="sm" fw={600}>{one.product}</AnchorLink></Table.Td>
                <Table.Td>{one.domain}</Table.Td>
                <Table.Td ta="right">{count(one.active)}</Table.Td><Table.Td ta="right">{count(one.inactive)}</Table.Td><Table.Td ta="right">{count(one.queries)}</Table.Td><Table.Td ta="right">{count(one.rows)}</Table.Td>
                <Table.Td ta="right">{amount(one.milliseconds, 'milliseconds')}</Table.Td><Table.Td ta="right">{count(one.readBy)}</Table.Td><Table.Td ta="right">{count(one.neverUsed)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      </Card>
    </Stack>
  )
}
