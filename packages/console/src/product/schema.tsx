import { Badge, Card, Group, Stack, Table, Text, Title } from '@mantine/core'
import { IconKey, IconLock } from '@tabler/icons-react'
import type { Column, DataSet, Product } from '@tulle/api'
import { WideTable } from '../shell/wide-table.tsx'

const COLOUR: Readonly<Record<string, string>> = { public: 'teal', internal: 'blue', confidential: 'orange', personal: 'red', restricted: 'red', sensitive: 'red' }

export function SchemaTables({ product }: { readonly product: Product }) {
  return (
    <Stack gap="lg">
      {product.dataSets.map((dataSet) => <SchemaOf key={dataSet.name} product={product.name} dataSet={dataSet} />)}
    </Stack>
  )
}

function SchemaOf({ product, dataSet }: { readonly product: string; readonly dataSet: DataSet }) {
  const closed = (column: Column): boolean => dataSet.access.effect === 'allow' && !dataSet.access.columns.includes(column.name)
  return (
    <Card withBorder padding={0} component="section" aria-label={`Schema of ${dataSet.name}`}>
      <Group px="md" py="sm" gap="sm">
        <Title order={2} className="address">{product}.{dataSet.name}</Title>
        {dataSet.contract !== undefined && <Badge variant="default" tt="none">contract {dataSet.contract.version}</Badge>}
      </Group>
      <WideTable label={`Columns of ${dataSet.name}`} minWidth={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Rules</Table.Th>
            <Table.Th>Classification</Table.Th>
            <Table.Th>Description</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {dataSet.columns.map((column) => (
            <Table.Tr key={column.name}>
              <Table.Td>
                <Group gap={6} wrap="nowrap">
                  <Text fw={600} size="sm">{column.name}</Text>
                  {column.primaryKey !== undefined && <IconKey size={14} role="img" aria-label={`primary key ${column.primaryKey}`} />}
                  {closed(column) && <IconLock size={14} role="img" aria-label="not among the columns of your grant" />}
                </Group>
              </Table.Td>
              <Table.Td><code>{column.type}</code></Table.Td>
              <Table.Td><Text size="sm" c="dimmed">{rulesOf(column)}</Text></Table.Td>
              <Table.Td>
                {column.classification !== undefined && <Badge variant="light" tt="none" color={COLOUR[column.classification] ?? 'gray'}>{column.classification}</Badge>}
              </Table.Td>
              <Table.Td><Text size="sm">{column.description}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      {dataSet.columns.length === 0 && <Text size="sm" c="dimmed" p="md">It has no contract, so its columns are not known.</Text>}
    </Card>
  )
}

const rulesOf = ({ required, unique, businessKey }: Column): string =>
  [required ? 'required' : '', unique ? 'unique' : '', businessKey === undefined ? '' : `business key ${businessKey}`].filter((rule) => rule !== '').join(', ')
