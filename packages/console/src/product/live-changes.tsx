// The change stream of a data set as it comes, decided anew with each batch: what the viewer may not see does not come.

import { Badge, Button, Card, Group, NativeSelect, Stack, Table, Text, Title } from '@mantine/core'
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import type { Product } from '@tulle/api'
import { useState } from 'react'
import { Ago } from '../shell/ago.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { MOST_KEPT, useChanges } from './use-changes.ts'
import type { Change } from './use-changes.ts'
import { printValue } from './value.ts'

const COLOURS = { insert: 'teal', update: 'blue', delete: 'red' } as const

export function LiveChanges({ product, dataSet }: { readonly product: Product; readonly dataSet: string }) {
  const [watched, watch] = useState<{ readonly from: 'now' | 'start'; readonly purpose: string | undefined }>()
  const open = [...new Set(product.grants.flatMap(({ purposes }) => purposes))]
  const [purpose, setPurpose] = useState(open[0])
  const { changes, error, told } = useChanges(product.name, dataSet, watched)
  return (
    <Card withBorder padding={0} component="section" aria-label={`Changes of ${dataSet}`}>
      <Stack gap="sm" pb="sm">
        <Group px="md" pt="sm" justify="space-between" gap="sm">
          <Title order={2} className="address">{product.name}.{dataSet}</Title>
          <Group gap="xs">
            {open.length > 1 && <NativeSelect size="xs" aria-label="Purpose" value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)} data={open} />}
            {watched === undefined || error !== undefined
              ? (
                <>
                  <Button size="xs" leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => watch({ from: 'now', purpose })}>Watch what changes</Button>
                  <Button size="xs" variant="default" onClick={() => watch({ from: 'start', purpose })}>From the start</Button>
                </>
              )
              : <Button size="xs" variant="light" color="red" leftSection={<IconPlayerStop size={14} aria-hidden />} onClick={() => watch(undefined)}>Stop</Button>}
          </Group>
        </Group>
        {error !== undefined && <ProblemAlert error={error} />}
        {told !== undefined && <Text size="sm" px="md" role="status">{told}</Text>}
        {watched !== undefined && error === undefined && changes.length === 0 && <Text size="sm" c="dimmed" px="md" role="status">Watching: what a run publishes stands here at once.</Text>}
        {changes.length > 0 && <ChangeTable dataSet={dataSet} columns={columnsOf(changes)} changes={changes} />}
        {changes.length >= MOST_KEPT && <Text size="xs" c="dimmed" px="md">The newest {MOST_KEPT} are kept here.</Text>}
      </Stack>
    </Card>
  )
}

const columnsOf = (changes: readonly Change[]): readonly string[] => [...new Set(changes.flatMap(({ before, after }) => Object.keys(after ?? before ?? {})))]

function ChangeTable({ dataSet, columns, changes }: { readonly dataSet: string; readonly columns: readonly string[]; readonly changes: readonly Change[] }) {
  return (
    <WideTable label={`Live changes of ${dataSet}`} minWidth={560} data>
      <Table.Thead><Table.Tr><Table.Th>What</Table.Th><Table.Th>When</Table.Th>{columns.map((column) => <Table.Th key={column}>{column}</Table.Th>)}</Table.Tr></Table.Thead>
      <Table.Tbody>
        {changes.map(({ id, what, time, before, after }) => (
          <Table.Tr key={id}>
            <Table.Td><Badge size="sm" variant="light" tt="none" color={what in COLOURS ? COLOURS[what as keyof typeof COLOURS] : 'gray'}>{what}</Badge></Table.Td>
            <Table.Td><Ago at={time} /></Table.Td>
            {columns.map((column) => <Cell key={column} was={valueIn(before, column)} is={valueIn(after ?? before, column)} changed={before !== undefined && after !== undefined} />)}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

function Cell({ was, is, changed }: { readonly was: unknown; readonly is: unknown; readonly changed: boolean }) {
  const [before, after] = [printValue(was) ?? '', printValue(is) ?? '']
  return <Table.Td title={after}>{changed && before !== after && <Text span inherit td="line-through" c="dimmed">{before} </Text>}{after}</Table.Td>
}

const valueIn = (row: Change['after'], column: string): unknown => (row !== undefined && Object.hasOwn(row, column) ? row[column] : undefined)
