// Rows of the product that were set aside: how many of which rule, and the rows themselves under the viewer's own rights. Whoever
// may run the product corrects them, sends them on, or leaves them out. Data set and state are in the address.

import { Badge, Card, Chip, Group, Stack, Text, Title } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Product, Quarantine } from '@tulle/api'
import { ROW_STATES } from '../addresses.ts'
import type { RowState } from '../addresses.ts'
import { queries } from '../api.ts'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ForOthers } from '../shell/problem.tsx'
import { QuarantineRows } from './quarantine-rows.tsx'
import { STATE_WORDS } from './row-states.ts'

export function QuarantineTab({ product }: { readonly product: Product }) {
  const quarantine = useQuery({ ...queries.quarantine(product.name), refetchInterval: 5_000 })
  const { of, state } = useSearch({ from: '/signed-in/products/$product' })
  const navigate = useNavigate({ from: '/products/$product' })
  if (quarantine.isError) return <ForOthers error={quarantine.error} title="Only who works on the product sees rows that were set aside" />
  if (quarantine.data === undefined) return <Loading />
  const { dataSets, can } = quarantine.data
  const chosen = dataSets.find(({ dataSet }) => dataSet === of) ?? dataSets[0]
  if (chosen === undefined) {
    return (
      <Card withBorder>
        <Empty icon={IconShieldCheck} title="No row was ever set aside">A contract that says <code>onFailure: quarantine</code> sets rows aside that break it, and the others are published.</Empty>
      </Card>
    )
  }
  const narrow = (next: { readonly of?: string; readonly state?: RowState | undefined }): void =>
    void navigate({ search: { tab: 'quarantine', of: next.of ?? chosen.dataSet, state: 'state' in next ? next.state : state }, replace: true, resetScroll: false })
  return (
    <Stack gap="lg">
      {dataSets.length > 1 && (
        <Group gap={8} role="group" aria-label="Data set">
          {dataSets.map(({ dataSet }) => <Chip key={dataSet} variant="outline" size="sm" checked={dataSet === chosen.dataSet} onChange={() => narrow({ of: dataSet })}>{dataSet}</Chip>)}
        </Group>
      )}
      <Counts product={product.name} counts={chosen} />
      <Group gap={8} role="group" aria-label="State">
        {ROW_STATES.map((one) => <Chip key={one} variant="outline" size="sm" checked={state === one} onChange={(on) => narrow({ state: on ? one : undefined })}>{STATE_WORDS[one].label} {count(chosen.states[one] ?? 0)}</Chip>)}
      </Group>
      <QuarantineRows key={chosen.dataSet} product={product.name} counts={chosen} state={state} permission={can.decide} />
    </Stack>
  )
}

function Counts({ product, counts: { dataSet, states, rules } }: { readonly product: string; readonly counts: Quarantine['dataSets'][number] }) {
  const open = states['open'] ?? 0
  const worst = Object.entries(rules).toSorted(([, a], [, b]) => b - a)
  return (
    <Card withBorder component="section" aria-label="What was set aside">
      <Group justify="space-between" gap="sm">
        <Title order={2} className="address">{product}.{dataSet}</Title>
        <Badge variant="light" tt="none" color={open > 0 ? 'orange' : 'teal'}>{open > 0 ? `${plural(open, 'row')} to decide` : 'nothing to decide'}</Badge>
      </Group>
      {worst.length > 0 && (
        <Group gap={8} mt="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Rules that are broken">
          {worst.map(([rule, rows]) => <li key={rule}><Badge variant="default" tt="none" size="lg" fw={500}>{rule}: {count(rows)}</Badge></li>)}
        </Group>
      )}
      <Text size="sm" c="dimmed" mt="sm">No port shows these rows. What you correct passes every check again before it is published.</Text>
    </Card>
  )
}
