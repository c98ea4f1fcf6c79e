// What one version changed against another, under the viewer's own rights, and how to read it in SQL.

import { Button, Modal, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Difference, Snapshot } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'
import { CopyBlock } from '../shell/copy-block.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { printValue } from './value.ts'

interface Props { readonly product: string; readonly dataSet: string; readonly snapshot: Snapshot }

/** Opens a version: its SQL, and what it changed. */
export function OpenVersion({ product, dataSet, snapshot }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="compact-sm" variant="subtle" leftSection={<IconArrowsDiff size={14} aria-hidden />} onClick={() => setOpen(true)} aria-label={`Changes of ${snapshot.id}`}>Changes</Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={`${product}.${dataSet} at ${snapshot.id}`} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          {(snapshot.state === 'current' || snapshot.state === 'past') && <CopyBlock label="Copy SQL" text={`SELECT * FROM "${product}"."${dataSet}" FOR VERSION AS OF ${snapshot.id}`} />}
          {snapshot.parentId === undefined ? <Empty icon={IconArrowsDiff} title="The first version">There is none before it to compare it with.</Empty> : <Changes product={product} dataSet={dataSet} from={snapshot.parentId} to={snapshot.id} />}
        </Stack>
      </Modal>
    </>
  )
}

function Changes({ product, dataSet, from, to }: Omit<Props, 'snapshot'> & { readonly from: string; readonly to: string }) {
  const difference = useQuery(queries.difference(product, dataSet, from, to))
  if (difference.isError) return <ProblemAlert error={difference.error} />
  if (difference.isPending) return <Skeleton h={80} role="status" aria-label="Comparing" />
  const { added, removed, changed, read, skipped } = difference.data
  return (
    <>
      <Text size="sm" role="status">
        {plural(added, 'row')} added, {count(removed)} removed, {count(changed)} changed since {from}. {plural(read.files, 'file')} read; {count(skipped.files)} the same in both.
      </Text>
      {difference.data.rows.length > 0 && <Rows of={dataSet} difference={difference.data} />}
    </>
  )
}

const SIGNS = { added: '+', removed: '−', changed: '~' } as const

function Rows({ of, difference: { columns, rows } }: { readonly of: string; readonly difference: Difference }) {
  return (
    <WideTable label={`Changes of ${of}`} minWidth={480} data>
      <Table.Thead>
        <Table.Tr><Table.Th aria-label="Change" />{columns.map((column) => <Table.Th key={column}>{column}</Table.Th>)}</Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ change, before, after }, index) => (
          // Rows have no key of their own: two may be equal.
          <Table.Tr key={`row ${index + 1}`}>
            <Table.Td title={change}>{SIGNS[change]}</Table.Td>
            {columns.map((column) => <Cell key={column} was={memberOf(before, column)} is={memberOf(after ?? before, column)} changed={change === 'changed'} />)}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

function Cell({ was, is, changed }: { readonly was: unknown; readonly is: unknown; readonly changed: boolean }) {
  const [before, after] = [printValue(was) ?? 'null', printValue(is) ?? 'null']
  if (!changed || before === after) return <Table.Td title={after}>{after}</Table.Td>
  return <Table.Td title={`${before} → ${after}`}><Text span inherit td="line-through" c="dimmed">{before}</Text> {after}</Table.Td>
}

const memberOf = (row: unknown, column: string): unknown => (row !== null && typeof row === 'object' && Object.hasOwn(row, column) ? (row as Record<string, unknown>)[column] : undefined)
