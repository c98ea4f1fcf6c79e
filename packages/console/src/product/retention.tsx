// How long what of a product is kept, what would go now, and what of it was archived and can come back.

import { Alert, Badge, Button, Card, Group, Modal, Stack, Table, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Maintenance, Product, Removal, Retention } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { bytes, count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { Archived } from './archived.tsx'

export function RetentionTab({ product: { name } }: { readonly product: Product }) {
  const retention = useQuery(queries.retention(name))
  if (retention.isError) return <ProblemAlert error={retention.error} />
  if (retention.data === undefined) return <Loading />
  return (
    <Stack gap="lg">
      <Kept product={name} retention={retention.data} />
      <Due product={name} retention={retention.data} />
      <Archived product={name} />
    </Stack>
  )
}

const WHAT = { versions: 'Versions', tags: 'Tagged versions', changes: 'Change stream', runs: 'Runs, logs, verdicts' } as const

function Kept({ product, retention: { dataSets } }: { readonly product: string; readonly retention: Retention }) {
  return (
    <Card withBorder padding={0} component="section" aria-label="How long it is kept">
      <Title order={2} px="md" py="sm">How long it is kept</Title>
      {dataSets.length === 0 && <Text size="sm" c="dimmed" px="md" pb="md">No data set of it has a contract, so there is nothing to keep.</Text>}
      {dataSets.length > 0 && (
        <WideTable label="What is kept for how long" minWidth={720}>
          <Table.Thead><Table.Tr><Table.Th>Data set</Table.Th><Table.Th>What</Table.Th><Table.Th>Kept</Table.Th><Table.Th>Said by</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {dataSets.flatMap(({ dataSet, rows, legalHold, kept }) => [
              <Table.Tr key={dataSet}>
                <Table.Td rowSpan={kept.length + 1} style={{ verticalAlign: 'top' }} className="address">{product}.{dataSet}</Table.Td>
                <Table.Td>Rows</Table.Td>
                <Table.Td><Text size="sm">{rows === undefined ? 'for ever' : rows.reason}</Text>{legalHold !== undefined && <Text size="sm">All stay under a legal hold: {legalHold}</Text>}</Table.Td>
                <Table.Td><Text size="sm">{rows === undefined && legalHold === undefined ? 'nobody' : 'contract'}</Text></Table.Td>
              </Table.Tr>,
              ...kept.map(({ what, rule, value, by }) => (
                <Table.Tr key={`${dataSet} ${rule}`}>
                  <Table.Td>{WHAT[what]}</Table.Td>
                  <Table.Td><code>{rule}: {value}</code></Table.Td>
                  <Table.Td><Text size="sm">{by}</Text></Table.Td>
                </Table.Tr>
              )),
            ])}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}

/** What would go is asked for: it reads the tables. */
function Due({ product, retention: { can } }: { readonly product: string; readonly retention: Retention }) {
  const cache = useQueryClient()
  const [isAsking, setIsAsking] = useState(false)
  const foresee = useMutation({ mutationFn: () => valueOrThrow(client.maintain({ product, dryRun: true })) })
  const carryOut = useMutation({
    mutationFn: () => valueOrThrow(client.maintain({ product, dryRun: false })),
    onSuccess: async () => {
      setIsAsking(false)
      foresee.reset()
      await Promise.all(['archives', 'snapshots', 'sample'].map((key) => cache.invalidateQueries({ queryKey: [key, product] })))
    },
  })
  const things = foresee.data === undefined ? 0 : removalsOf(foresee.data).length
  return (
    <Card withBorder padding={0} component="section" aria-label="What would go now">
      <Group px="md" py="sm" justify="space-between" gap="sm">
        <div>
          <Title order={2}>What would go now</Title>
          <Text size="sm" c="dimmed">The server does it by itself once a day. Looking changes nothing.</Text>
        </div>
        <Group gap="xs">
          <ReasonedButton permission={can.maintain} hint="Say what would go, and why" variant="default" loading={foresee.isPending} onPress={() => { carryOut.reset(); foresee.mutate() }}>Look</ReasonedButton>
          {things > 0 && <ReasonedButton permission={can.maintain} hint="Let it go at once" variant="light" color="red" leftSection={<IconTrash size={16} aria-hidden />} onPress={() => setIsAsking(true)}>Let it go now</ReasonedButton>}
        </Group>
      </Group>
      {foresee.isError && <ProblemAlert error={foresee.error} />}
      {foresee.data !== undefined && <Foreseen product={product} maintenance={foresee.data} />}
      {carryOut.data !== undefined && <Text size="sm" px="md" pb="md" role="status">{doneText(carryOut.data)}</Text>}
      <Modal opened={isAsking} onClose={() => setIsAsking(false)} title="Let it go now?" centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">{plural(things, 'thing')} of {product} would go by the rules in force. What is archived can come back; nothing else can.</Text>
          {carryOut.isError && <ProblemAlert error={carryOut.error} />}
          <Group justify="end">
            <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>Leave it</Button>
            <Button color="red.9" loading={carryOut.isPending} onClick={() => carryOut.mutate()}>Let it go</Button>
          </Group>
        </Stack>
      </Modal>
    </Card>
  )
}

const removalsOf = ({ tables, journal }: Maintenance): readonly (readonly [of: string, Removal])[] =>
  [...tables.flatMap(({ dataSet, removals }) => removals.map((one) => [dataSet, one] as const)), ...journal.map((one) => ['', one] as const)]

function doneText(done: Maintenance): string {
  const removals = removalsOf(done)
  const archived = removals.filter(([, { what }]) => what === 'archived rows').reduce((sum, [, { rows = 0 }]) => sum + rows, 0)
  return `${plural(removals.length, 'thing')} went${archived === 0 ? '' : `: ${plural(archived, 'row')} into the archive`}.`
}

const SHOWN = 100

function Foreseen({ product, maintenance }: { readonly product: string; readonly maintenance: Maintenance }) {
  const removals = removalsOf(maintenance)
  const trouble = [...maintenance.tables.flatMap(({ dataSet, diagnostics }) => diagnostics.map((one) => [dataSet, one] as const)), ...maintenance.diagnostics.map((one) => ['', one] as const)]
  return (
    <Stack gap="sm" pb="md" role="status">
      {trouble.map(([dataSet, { code, message, help }]) => (
        <Alert key={`${dataSet} ${code} ${message}`} color="yellow" mx="md" icon={<IconAlertTriangle aria-hidden />} title={message}><Text size="sm">{help}</Text></Alert>
      ))}
      {removals.length === 0 && <Text size="sm" px="md">{trouble.length === 0 ? 'Nothing has had its time.' : 'Nothing else has had its time.'}</Text>}
      {removals.length > 0 && (
        <WideTable label="What would go" minWidth={860}>
          <Table.Thead><Table.Tr><Table.Th>Data set</Table.Th><Table.Th>What</Table.Th><Table.Th>Which</Table.Th><Table.Th ta="right">Size</Table.Th><Table.Th>Rule</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {removals.slice(0, SHOWN).map(([dataSet, { what, name, rows, oldest, newest, bytes: size, rule, reason }]) => (
              <Table.Tr key={`${dataSet} ${what} ${name} ${rule}`}>
                <Table.Td className="address">{dataSet === '' ? product : dataSet}</Table.Td>
                <Table.Td><Badge variant="light" tt="none" color={what === 'archived rows' ? 'blue' : 'gray'}>{what}</Badge></Table.Td>
                <Table.Td><Text size="sm">{rows === undefined ? name.slice(name.lastIndexOf('/') + 1) : count(rows)}{oldest !== undefined && newest !== undefined && `, ${oldest} to ${newest}`}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{size === undefined ? '–' : bytes(size)}</Text></Table.Td>
                <Table.Td><code>{rule}</code></Table.Td>
                <Table.Td><Text size="sm">{reason}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
      {removals.length > SHOWN && <Text size="sm" c="dimmed" px="md">and {count(removals.length - SHOWN)} more</Text>}
    </Stack>
  )
}
