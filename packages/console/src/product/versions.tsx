import { Badge, Card, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DataSet, Product } from '@tulle/api'
import { queries } from '../api.ts'
import { ago, count } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function Versions({ product }: { readonly product: Product }) {
  return (
    <Stack>
      {product.dataSets.map((dataSet) => <VersionsOf key={dataSet.name} product={product.name} dataSet={dataSet} />)}
    </Stack>
  )
}

function VersionsOf({ product, dataSet }: { readonly product: string; readonly dataSet: DataSet }) {
  const history = useQuery(queries.snapshots(product, dataSet.name))
  return (
    <Card withBorder>
      <Title order={4} mb="xs">{product}.{dataSet.name}</Title>
      {history.isError && <ProblemAlert error={history.error} />}
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="xs" className="numbers">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Snapshot</Table.Th>
              <Table.Th>Published</Table.Th>
              <Table.Th>Rows</Table.Th>
              <Table.Th>Contract</Table.Th>
              <Table.Th>Made from</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {history.data?.snapshots.map((snapshot) => (
              <Table.Tr key={snapshot.id}>
                <Table.Td><code>{snapshot.id}</code> {snapshot.current && <Badge size="sm" color="teal">served</Badge>}</Table.Td>
                <Table.Td>{ago(snapshot.publishedAt)}</Table.Td>
                <Table.Td>{count(snapshot.rows)}</Table.Td>
                <Table.Td>{snapshot.contractVersion}</Table.Td>
                <Table.Td>
                  {Object.entries(snapshot.inputs).map(([ref, id]) => <Text size="xs" key={ref}>{ref} <Text span c="dimmed">{id}</Text></Text>)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  )
}
