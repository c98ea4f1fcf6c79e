// What a request would show: which columns, which of them through a mask, and for whoever decides how many rows and some of them.

import { Badge, Card, Group, Stack, Table, Text, Title } from '@mantine/core'
import { IconEyeOff, IconMask } from '@tabler/icons-react'
import type { ShownDataSet } from '@tulle/api'
import { isNumber, printValue } from '../product/value.ts'
import { plural } from '../shell/format.ts'
import { WideTable } from '../shell/wide-table.tsx'

interface Exposed extends ShownDataSet {
  readonly rows?: number | undefined
  readonly conditionReads?: readonly string[]
  readonly preview?: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] } | undefined
  readonly withheld?: string | undefined
}

export function Shown({ product, shown }: { readonly product: string; readonly shown: Exposed }) {
  const { dataSet, columns, filtered, reasons, rows, conditionReads = [], preview, withheld } = shown
  const typeOf = (name: string): string => columns.find((column) => column.name === name)?.type ?? ''
  return (
    <Card withBorder padding={0} component="section" aria-label={`What ${dataSet} would show`}>
      <Stack gap="xs" px="md" py="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3} className="address">{product}.{dataSet}</Title>
          {rows !== undefined && <Text size="sm" className="numbers" fw={600}>{plural(rows, 'row')}</Text>}
        </Group>
        <Group gap={6}>
          {columns.map(({ name, visible, masked, classification }) => (
            <Badge key={name} tt="none" variant={visible && !masked ? 'light' : 'default'} color={visible && !masked ? 'teal' : 'gray'} title={classification} leftSection={visible ? masked && <IconMask size={13} aria-hidden /> : <IconEyeOff size={13} aria-hidden />}>
              {name}{visible ? masked && ', masked' : ', hidden'}
            </Badge>
          ))}
        </Group>
        {filtered && <Text size="sm" c="dimmed">Not every row is among them.</Text>}
        {conditionReads.length > 0 && <Text size="sm">The condition reads <strong>{conditionReads.join(', ')}</strong>: who gets an answer learns that much of them.</Text>}
        {reasons.map((reason) => <Text key={reason} size="sm" c="dimmed">{reason}</Text>)}
        {withheld !== undefined && <Text size="sm" c="dimmed">{withheld}</Text>}
      </Stack>
      {preview !== undefined && preview.rows.length > 0 && (
        <WideTable label={`Rows of ${dataSet} as they would be seen`} minWidth={420} data>
          <Table.Thead><Table.Tr>{preview.columns.map((name) => <Table.Th key={name} {...(isNumber(typeOf(name)) && { ta: 'right' as const })}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {preview.rows.map((row, index) => (
              // Rows have no key of their own: two may be equal.
              <Table.Tr key={`row ${index + 1}`}>
                {preview.columns.map((name, position) => {
                  const text = printValue(row[position] as Parameters<typeof printValue>[0])
                  return <Table.Td key={name} title={text} {...(isNumber(typeOf(name)) && { ta: 'right' as const })}>{text ?? <Text span inherit c="dimmed" fs="italic">null</Text>}</Table.Td>
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}
