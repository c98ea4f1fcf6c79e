// Rows as they came, each with the way to the rows that made it, where it has a name to ask by.

import { ActionIcon, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconEyeOff, IconRouteAltLeft } from '@tabler/icons-react'
import type { Sample } from '@tulle/api'
import { WideTable } from '../shell/wide-table.tsx'
import type { RowKey } from './row-key.ts'
import { isNumber, printValue } from './value.ts'

interface Props extends Pick<Sample, 'columns' | 'rows'> {
  readonly label: string
  /** What names a row; left out where nothing does. */
  readonly keyOf?: ((row: Sample['rows'][number]) => RowKey | undefined) | undefined
  readonly onAsk?: (row: RowKey) => void
}

export function RowTable({ label, columns, rows, keyOf, onAsk }: Props) {
  return (
    <WideTable label={label} minWidth={480} data>
      <Table.Thead>
        <Table.Tr>
          {keyOf !== undefined && <Table.Th w={44}><VisuallyHidden>Where it comes from</VisuallyHidden></Table.Th>}
          {columns.map((column) => <Table.Th key={column.name} {...(isNumber(column.type) && { ta: 'right' as const })}>{column.name}{column.masked === true && <Masked />}</Table.Th>)}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          // Rows have no key of their own: two may be equal.
          <Table.Tr key={`row ${index + 1}`}>
            {keyOf !== undefined && <Table.Td py={0}><OriginButton row={keyOf(row)} onAsk={onAsk} /></Table.Td>}
            {columns.map((column, position) => {
              const text = printValue(row[position])
              return <Table.Td key={column.name} title={text} {...(isNumber(column.type) && { ta: 'right' as const })}>{text ?? <Text span inherit c="dimmed" fs="italic">null</Text>}</Table.Td>
            })}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

function Masked() {
  return (
    <Tooltip label="Masked for you: a policy shows this in place of the value">
      <Text span inherit c="dimmed" ml={4}><IconEyeOff size={13} aria-hidden style={{ verticalAlign: '-2px' }} /><VisuallyHidden>masked for you</VisuallyHidden></Text>
    </Tooltip>
  )
}

function OriginButton({ row, onAsk }: { readonly row: RowKey | undefined; readonly onAsk: Props['onAsk'] }) {
  if (row === undefined) return null
  return (
    <Tooltip label="Where it comes from" events={{ hover: true, focus: true, touch: false }}>
      <ActionIcon variant="subtle" size={26} aria-label={`Where it comes from: ${row.label}`} onClick={() => onAsk?.(row)}><IconRouteAltLeft size={16} aria-hidden /></ActionIcon>
    </Tooltip>
  )
}
