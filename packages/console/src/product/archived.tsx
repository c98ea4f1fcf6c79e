// What of a product lies in the cold store, what was moved there and back, and how it comes back.

import { Alert, Badge, Button, Card, Group, Modal, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { IconAlertTriangle, IconArchive, IconRestore } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Archives } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { bytes, count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'
import { WideTable } from '../shell/wide-table.tsx'

type Archive = Archives['archives'][number]
type Move = Archive['moves'][number]

const DAY = /^\d{4}-\d{2}-\d{2}/u
const LONGEST = 3650

export function Archived({ product }: { readonly product: string }) {
  const archives = useQuery(queries.archives(product))
  if (archives.isError) return <ProblemAlert error={archives.error} />
  if (archives.data === undefined) return <Loading />
  const { archives: found, diagnostics, isNamed } = archives.data
  return (
    <Stack gap="lg">
      {diagnostics.map(({ code, message, help }) => <Alert key={`${code} ${message}`} color="red" icon={<IconAlertTriangle aria-hidden />} title={message}><Text size="sm">{help}</Text></Alert>)}
      {found.length === 0 && (
        <Card withBorder component="section" aria-label="Archived">
          <Empty icon={IconArchive} title="Nothing was archived">{isNamed ? 'A contract has rows archived that says so: retention with "action: archive".' : 'No cold store is named: TULLE_COLD_STORE does so where the server starts.'}</Empty>
        </Card>
      )}
      {found.map((archive) => <ArchiveOf key={`${archive.dataSet} ${archive.endedAt ?? ''}`} archive={archive} />)}
    </Stack>
  )
}

function ArchiveOf({ archive }: { readonly archive: Archive }) {
  const { product, dataSet, rows, bytes: size, files, isRead, endedAt, column, oldest, newest, exempt, moves, can } = archive
  const [isAsking, setIsAsking] = useState(false)
  return (
    <Card withBorder padding={0} component="section" aria-label={`Archived of ${dataSet}`}>
      <Group px="md" py="sm" justify="space-between" gap="sm">
        <div>
          <Title order={2}>Archived of <span className="address">{product}.{dataSet}</span></Title>
          <Text size="sm" c="dimmed">{endedAt !== undefined && <>Its data set was destroyed <Ago at={endedAt} />, and it goes: </>}{isRead ? <>{plural(rows, 'row')} in {plural(files, 'file')}, {bytes(size)}{oldest !== undefined && newest !== undefined && <>; {column} from {oldest} to {newest}</>}</> : 'it cannot be read now'}</Text>
        </div>
        <ReasonedButton permission={can.restore} hint="Into the data set, as a new version" variant="light" leftSection={<IconRestore size={16} aria-hidden />} onPress={() => setIsAsking(true)}>Bring rows back</ReasonedButton>
      </Group>
      {exempt.map((one) => (
        <Alert key={`${one.from} ${one.to} ${one.until}`} color="blue" mx="md" mb="sm" title={`Rows that came back (${rangeOf(one)}) stay until ${dayOf(one.until)}`}>
          <Text size="sm">{plural(one.rows, 'row')}, by {one.by}. The contract takes them again after that day.</Text>
        </Alert>
      ))}
      <WideTable label={`What was moved of ${dataSet}`} minWidth={720}>
        <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>What</Table.Th><Table.Th ta="right">Rows</Table.Th><Table.Th ta="right">Size</Table.Th><Table.Th>By</Table.Th><Table.Th>Contract</Table.Th><Table.Th>Snapshot</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{moves.map((move) => <MoveRow key={move.id} move={move} />)}</Table.Tbody>
      </WideTable>
      <Modal opened={isAsking} onClose={() => setIsAsking(false)} title={`Bring back rows of ${dataSet}`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        {isAsking && <BringBack archive={archive} onDone={() => setIsAsking(false)} />}
      </Modal>
    </Card>
  )
}

function MoveRow({ move }: { readonly move: Move }) {
  const { action, rows, bytes: size, at, by, contractVersion, fromSnapshot, toSnapshot } = move
  return (
    <Table.Tr>
      <Table.Td><Text size="sm"><Ago at={at} /></Text></Table.Td>
      <Table.Td><Group gap={6} wrap="nowrap"><Badge variant="light" tt="none" color={action === 'archived' ? 'blue' : 'teal'}>{action}</Badge>{action === 'restored' && <Text size="sm">{rangeOf(move)}</Text>}</Group></Table.Td>
      <Table.Td ta="right"><Text size="sm">{count(rows)}</Text></Table.Td>
      <Table.Td ta="right"><Text size="sm">{bytes(size)}</Text></Table.Td>
      <Table.Td><Text size="sm">{by === 'retention' ? 'the contract' : by}</Text></Table.Td>
      <Table.Td><Text size="sm">{contractVersion ?? '–'}</Text></Table.Td>
      <Table.Td><code>{(action === 'archived' ? fromSnapshot : toSnapshot) ?? '–'}</code></Table.Td>
    </Table.Tr>
  )
}

const rangeOf = ({ from, to }: Pick<Move, 'from' | 'to'>): string =>
  from === undefined && to === undefined ? 'all' : [from === undefined ? '' : `from ${from.slice(0, 10)}`, to === undefined ? '' : `before ${to.slice(0, 10)}`].filter((end) => end !== '').join(' ')

const dayOf = (at: string): string => new Date(at).toLocaleDateString('en', { dateStyle: 'medium' })

/** How many would come is said before any does. */
function BringBack({ archive: { product, dataSet, column, oldest, newest }, onDone }: { readonly archive: Archive; readonly onDone: () => void }) {
  const cache = useQueryClient()
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [days, setDays] = useState('30')
  const keepForDays = Number(days)
  const asked = { product, dataSet, keepForDays, ...(from !== '' && { from }), ...(to !== '' && { to }) }
  const foresee = useMutation({ mutationFn: () => valueOrThrow(client.restoreRows({ ...asked, dryRun: true })) })
  const restore = useMutation({
    mutationFn: () => valueOrThrow(client.restoreRows({ ...asked, dryRun: false })),
    onSuccess: () => Promise.all(['archives', 'snapshots', 'sample'].map((key) => cache.invalidateQueries({ queryKey: [key, product] }))),
  })
  const change = (set: (value: string) => void) => (event: { readonly currentTarget: { readonly value: string } }): void => {
    set(event.currentTarget.value)
    foresee.reset()
  }
  if (restore.data !== undefined) {
    const { rows, added, keptUntil } = restore.data
    return (
      <Stack>
        <Text size="sm" role="status">{plural(rows, 'row')} left the archive, {count(added)} came into the data set{added < rows && '; the others were there already, or are of somebody who was erased'}. The contract takes them again after {dayOf(keptUntil)}.</Text>
        <Group justify="end"><Button data-autofocus onClick={onDone}>Done</Button></Group>
      </Stack>
    )
  }
  return (
    <Stack component="form" onSubmit={(event: { preventDefault(): void }) => {
      event.preventDefault()
      foresee.mutate()
    }}>
      {column === undefined ? <Text size="sm">Its rows go by no column of dates, so all come back.</Text> : (
        <>
          <Text size="sm">Which rows, by <code>{column}</code>{oldest !== undefined && newest !== undefined && `: there are some from ${oldest} to ${newest}`}. Without days, all of them.</Text>
          <Group grow>
            <TextInput type="date" label="From" value={from} onChange={change(setFrom)} {...(oldest !== undefined && DAY.test(oldest) && { min: oldest.slice(0, 10) })} />
            <TextInput type="date" label="Before" value={to} onChange={change(setTo)} />
          </Group>
        </>
      )}
      <TextInput type="number" label="Days to keep them" description="So long the contract does not take them again." min={1} max={LONGEST} required value={days} onChange={change(setDays)} />
      {foresee.isError && <ProblemAlert error={foresee.error} />}
      {restore.isError && <ProblemAlert error={restore.error} />}
      {foresee.data !== undefined && <Text size="sm" role="status">{foresee.data.rows === 0 ? 'The archive has no such rows.' : <>{plural(foresee.data.rows, 'row')} would come back as a new version of {product}.{dataSet}: whoever may read it would see them, until {dayOf(foresee.data.keptUntil)} and the maintenance after it.</>}</Text>}
      <Group justify="end">
        <Button type="submit" variant="default" loading={foresee.isPending}>Count them</Button>
        <Button disabled={foresee.data === undefined || foresee.data.rows === 0} loading={restore.isPending} onClick={() => restore.mutate()}>Bring them back</Button>
      </Group>
    </Stack>
  )
}
