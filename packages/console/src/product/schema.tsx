import { Badge, Card, Group, Stack, Table, Text, Title } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import type { Product } from '@tulle/api'

const COLOUR: Readonly<Record<string, string>> = { public: 'teal', internal: 'blue', confidential: 'orange', personal: 'red', restricted: 'red' }

export function SchemaTables({ product }: { readonly product: Product }) {
  return (
    <Stack>
      {product.dataSets.map((dataSet) => (
        <Card withBorder key={dataSet.name}>
          <Title order={4} mb="xs">{product.name}.{dataSet.name}</Title>
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing="xs">
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
                  <Table.Tr key={column.name} opacity={dataSet.access.effect === 'allow' && !dataSet.access.columns.includes(column.name) ? 0.5 : 1}>
                    <Table.Td>
                      <Group gap={4} wrap="nowrap">
                        <Text fw={600} size="sm">{column.name}</Text>
                        {column.primaryKey !== undefined && <IconKey size={14} aria-label={`primary key ${column.primaryKey}`} />}
                      </Group>
                    </Table.Td>
                    <Table.Td><code>{column.type}</code></Table.Td>
                    <Table.Td>
                      <Text size="sm" c="dimmed">{[column.required && 'required', column.unique && 'unique', column.businessKey].filter(Boolean).join(', ')}</Text>
                    </Table.Td>
                    <Table.Td>
                      {column.classification !== undefined && <Badge variant="light" color={COLOUR[column.classification] ?? 'gray'}>{column.classification}</Badge>}
                    </Table.Td>
                    <Table.Td><Text size="sm">{column.description}</Text></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      ))}
    </Stack>
  )
}
