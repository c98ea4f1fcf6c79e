import { Card, Loader, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DataSet, Product } from '@tulle/api'
import { queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function SampleRows({ product }: { readonly product: Product }) {
  return (
    <Stack>
      {product.dataSets.map((dataSet) => <SampleOf key={dataSet.name} product={product.name} dataSet={dataSet} />)}
    </Stack>
  )
}

function SampleOf({ product, dataSet }: { readonly product: string; readonly dataSet: DataSet }) {
  const sample = useQuery(queries.sample(product, dataSet.name))
  return (
    <Card withBorder>
      <Title order={4}>{product}.{dataSet.name}</Title>
      <Text size="sm" c="dimmed" mb="sm">Some rows, as your own rights let you see them.</Text>
      {sample.isPending && <Loader size="sm" />}
      {sample.isError && <ProblemAlert error={sample.error} />}
      {sample.data !== undefined && (
        <Table.ScrollContainer minWidth={480}>
          <Table striped className="numbers">
            <Table.Thead>
              <Table.Tr>
                {sample.data.columns.map((column) => <Table.Th key={column.name}>{column.name}</Table.Th>)}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sample.data.rows.map((row, index) => (
                // Rows have no key of their own: two may be equal.
                <Table.Tr key={`row ${index + 1}`}>
                  {row.map((value, position) => (
                    <Table.Td key={sample.data.columns[position]?.name} className="clip">{value === null ? <Text span c="dimmed">null</Text> : show(value)}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  )
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
