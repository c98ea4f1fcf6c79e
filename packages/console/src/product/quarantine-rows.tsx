// The rows that were set aside, each with its rule, its run and its values; some may be chosen and decided about together.

import { Badge, Card, Checkbox, Code, Group, Table, Text, VisuallyHidden } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Permission, Quarantine } from '@tulle/api'
import { useState } from 'react'
import type { RowState } from '../addresses.ts'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { CorrectRow } from './correct-row.tsx'
import { DecideRows } from './decide-rows.tsx'
import type { SetAsideRow } from './row-states.ts'
import { isOpen, STATE_WORDS } from './row-states.ts'
import { printValue } from './value.ts'

interface Props {
  readonly product: string
  readonly counts: Quarantine['dataSets'][number]
  readonly state: RowState | undefined
  readonly permission: Permission
}

export function QuarantineRows({ product, counts: { dataSet, states }, state, permission }: Props) {
  const rows = useQuery({ ...queries.setAside(product, dataSet, state), refetchInterval: 5_000 })
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [correcting, setCorrecting] = useState<SetAsideRow>()
  if (rows.isError) return <ProblemAlert error={rows.error} />
  if (rows.data === undefined) return <Loading />
  const { columns, total } = rows.data
  const hasRaw = rows.data.rows.some(({ raw }) => raw !== undefined)
  const choosable = rows.data.rows.filter((row) => isOpen(row.state)).map(({ row }) => row)
  const chosen = choosable.filter((row) => picked.has(row))
  const pick = (row: string, on: boolean): void => setPicked(on ? new Set([...picked, row]) : new Set([...picked].filter((one) => one !== row)))
  return (
    <Card withBorder padding={0} component="section" aria-label="Rows">
      <Group px="md" py="sm" justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" className="numbers">{count(rows.data.rows.length)} of {plural(total, 'row')}, newest first, as your rights show them</Text>
        <DecideRows product={product} dataSet={dataSet} chosen={chosen} repaired={states['repaired'] ?? 0} permission={permission} onDone={() => setPicked(new Set())} />
      </Group>
      {rows.data.rows.length === 0 ? <Empty icon={IconShieldCheck} title="No such row">None is {state === undefined ? 'there that you may see' : STATE_WORDS[state].label}.</Empty> : (
        <WideTable label={`Rows of ${dataSet} that were set aside`} minWidth={900} data>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={40}><Checkbox size="xs" aria-label="All that may be chosen" disabled={choosable.length === 0} checked={choosable.length > 0 && chosen.length === choosable.length} indeterminate={chosen.length > 0 && chosen.length < choosable.length} onChange={(event) => setPicked(new Set(event.currentTarget.checked ? choosable : []))} /></Table.Th>
              <Table.Th>State</Table.Th><Table.Th>It breaks</Table.Th><Table.Th ta="right">Row</Table.Th><Table.Th>Run</Table.Th>
              {columns.map((column) => <Table.Th key={column}>{column}</Table.Th>)}
              {hasRaw && <Table.Th>As it came</Table.Th>}
              <Table.Th><VisuallyHidden>What to do</VisuallyHidden></Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.data.rows.map((row) => (
              <Table.Tr key={row.row}>
                <Table.Td>{isOpen(row.state) && <Checkbox size="xs" aria-label={`Choose ${row.row}`} checked={picked.has(row.row)} onChange={(event) => pick(row.row, event.currentTarget.checked)} />}</Table.Td>
                <Table.Td><Badge variant="light" tt="none" color={STATE_WORDS[row.state].colour}>{STATE_WORDS[row.state].label}</Badge></Table.Td>
                <Table.Td><Text size="sm" title={row.reason}>{row.rules.length > 0 ? row.rules.join(', ') : row.reason}</Text>{row.by !== undefined && <Text size="xs" c="dimmed">{row.by}: {row.reason}</Text>}</Table.Td>
                <Table.Td ta="right"><Text size="sm">{count(row.number)}</Text></Table.Td>
                <Table.Td><AnchorLink to="/runs/$run" params={{ run: row.run }} size="sm">{row.source}</AnchorLink><Text size="xs" c="dimmed"><Ago at={row.at} /></Text></Table.Td>
                {columns.map((column, position) => {
                  const text = printValue(row.values[position])
                  return <Table.Td key={column} title={text}>{text ?? <Text span inherit c="dimmed" fs="italic">null</Text>}</Table.Td>
                })}
                {hasRaw && <Table.Td title={row.raw}>{row.raw !== undefined && <Code>{row.raw.slice(0, 200)}</Code>}</Table.Td>}
                <Table.Td ta="right">{isOpen(row.state) && <ReasonedButton permission={permission} hint="Change its values" size="compact-sm" variant="light" aria-label={`Correct ${row.row}`} onPress={() => setCorrecting(row)}>Correct</ReasonedButton>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
      {correcting !== undefined && <CorrectRow product={product} dataSet={dataSet} columns={columns} row={correcting} onClose={() => setCorrecting(undefined)} />}
    </Card>
  )
}
