// What stands beside the rules: people who are administrators for a while, ways that are closed, masks that a grant lifts.

import { Card, Table, Text, Title, VisuallyHidden } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { Thaw } from './thaw.tsx'

export function Exceptions() {
  const { data: { elevations } } = useSuspenseQuery(queries.elevations())
  const { data: { freezes } } = useSuspenseQuery(queries.freezes())
  const { data: { grants } } = useSuspenseQuery(queries.myGrants())
  const lifted = grants.filter(({ state, unmasked }) => state === 'active' && (unmasked?.length ?? 0) > 0)
  return (
    <>
      <Part title="Administrators for a while" none="Nobody was." rows={elevations.length}>
        <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Why</Table.Th><Table.Th>Began</Table.Th><Table.Th>Ends</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{elevations.map((one) => <Table.Tr key={one.id}><Table.Td>{one.account}</Table.Td><Table.Td><Text size="sm">{one.justification}</Text></Table.Td><Table.Td><Ago at={one.startedAt} /></Table.Td><Table.Td><Ago at={one.endsAt} /></Table.Td></Table.Tr>)}</Table.Tbody>
      </Part>
      <Part title="Closed ways and frozen grants" none="Nothing is frozen." rows={freezes.length}>
        <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Product</Table.Th><Table.Th>Why</Table.Th><Table.Th>Since</Table.Th><Table.Th><VisuallyHidden>What to do</VisuallyHidden></Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{freezes.map((one) => <Table.Tr key={one.id}><Table.Td>{one.subject}</Table.Td><Table.Td><AnchorLink to="/products/$product" params={{ product: one.product }} search={{ tab: 'access' }} size="sm">{one.product}</AnchorLink></Table.Td><Table.Td><Text size="sm">{one.why}</Text></Table.Td><Table.Td><Ago at={one.at} /></Table.Td><Table.Td ta="right"><Thaw freeze={one} /></Table.Td></Table.Tr>)}</Table.Tbody>
      </Part>
      <Part title="Masks that a grant lifts" none="No grant that you may see lifts one." rows={lifted.length}>
        <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Product</Table.Th><Table.Th>Columns as they are</Table.Th><Table.Th>Until</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{lifted.map((one) => <Table.Tr key={one.id}><Table.Td>{one.subjectKind} {one.subject}</Table.Td><Table.Td><AnchorLink to="/products/$product" params={{ product: one.product }} search={{ tab: 'access' }} size="sm">{one.product}</AnchorLink></Table.Td><Table.Td>{one.unmasked?.join(', ')}</Table.Td><Table.Td>{one.expiresAt === undefined ? 'it is revoked' : <Ago at={one.expiresAt} />}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Part>
    </>
  )
}

function Part({ title, none, rows, children }: { readonly title: string; readonly none: string; readonly rows: number; readonly children: ReactNode }) {
  return (
    <Card withBorder padding={0} mb="md" component="section" aria-label={title}>
      <Title order={2} size="h4" px="md" py="sm">{title}</Title>
      {rows === 0 ? <Text size="sm" c="dimmed" px="md" pb="md">{none}</Text> : <WideTable label={title} minWidth={560}>{children}</WideTable>}
    </Card>
  )
}
