// What a statement may name: tables with their columns. A press writes the name into the statement.

import { Skeleton, Stack, Text, UnstyledButton } from '@mantine/core'
import type { ReadableTable } from '@tulle/api'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { quoteName } from './quote-name.ts'

interface Props { readonly tables: readonly ReadableTable[] | undefined; readonly onTake: (text: string) => void }

export function TableList({ tables, onTake }: Props) {
  if (tables === undefined) return <Stack gap={8}>{['1', '2', '3', '4'].map((key) => <Skeleton key={key} h={20} />)}</Stack>
  if (tables.length === 0) return <Text size="sm" c="dimmed">Nothing for this purpose. <AnchorLink to="/" inherit underline="always">Find a product</AnchorLink> and ask for access.</Text>
  return (
    <Stack gap={2}>
      {tables.map(({ schema, name, columns }) => (
        <details key={`${schema}.${name}`} className="bench-table">
          <summary>{schema}.{name}</summary>
          <UnstyledButton className="bench-take" onClick={() => onTake(`${quoteName(schema)}.${quoteName(name)}`)}>Write its name</UnstyledButton>
          {columns.map((column) => (
            <UnstyledButton key={column.name} className="bench-column" title={column.description} onClick={() => onTake(quoteName(column.name))}>
              <span>{column.name}</span><Text span size="xs" c="dimmed">{column.masked ? 'masked' : column.type}</Text>
            </UnstyledButton>
          ))}
        </details>
      ))}
    </Stack>
  )
}
