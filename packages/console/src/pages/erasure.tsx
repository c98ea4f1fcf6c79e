// Erasing a person: what it would touch is shown first, what is done is followed, and the certificate is there to take away.

import { Alert, Badge, Button, Card, Code, Group, List, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { IconCertificate, IconUserX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Erasure, ErasurePreview } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'

const COLOURS: Readonly<Record<Erasure['state'], string>> = { requested: 'yellow', running: 'blue', stuck: 'red', done: 'teal', declined: 'gray' }
const FOLLOWING = 700
/** States that pass by themselves, or by somebody else. */
const STILL: ReadonlySet<Erasure['state']> = new Set(['requested', 'running'])

export function ErasurePage() {
  const { data } = useSuspenseQuery({ ...queries.erasures(), refetchInterval: 5_000 })
  const [shown, show] = useState<string>()
  return (
    <Stack>
      <PageHead title="Erasure" about="Takes a person out of every version of every product, and certifies it." />
      {data.can.erase.allowed ? <Ask keys={data.keys} onBegun={show} /> : <Text size="sm" c="dimmed">Stewards and administrators begin one; here stands what reaches products of yours.</Text>}
      {shown !== undefined && <Followed id={shown} />}
      <Known erasures={data.erasures} onShow={show} />
    </Stack>
  )
}

function Ask({ keys, onBegun }: { readonly keys: readonly string[]; readonly onBegun: (id: string) => void }) {
  const cache = useQueryClient()
  const [key, setKey] = useState(keys[0] ?? '')
  const [value, setValue] = useState('')
  const preview = useMutation({ mutationFn: () => valueOrThrow(client.previewErasure({ key, value })) })
  const begin = useMutation({
    mutationFn: () => valueOrThrow(client.requestErasure({ key, value })),
    onSuccess: ({ id }) => {
      setValue('')
      preview.reset()
      onBegun(id)
      void cache.invalidateQueries({ queryKey: ['erasures'] })
    },
  })
  if (keys.length === 0) return <Alert color="yellow" title="No key identifies a person">Say so of a business key in mesh.yaml: identifies: person.</Alert>
  return (
    <Card withBorder>
      <Stack component="form" onSubmit={(event: { preventDefault(): void }) => {
        event.preventDefault()
        preview.mutate()
      }}>
        <Group align="end">
          <Select label="Key" data={[...keys]} value={key} onChange={(chosen) => setKey(chosen ?? '')} allowDeselect={false} />
          <TextInput label="Value" value={value} onChange={(event) => {
            setValue(event.currentTarget.value)
            preview.reset()
          }} autoComplete="off" w={320} />
          <Button type="submit" variant="default" disabled={value === ''} loading={preview.isPending}>Show what it would touch</Button>
        </Group>
        {preview.isError && <ProblemAlert error={preview.error} />}
        {preview.data !== undefined && <Foreseen preview={preview.data} />}
        {preview.data !== undefined && <Group><Button color="red.9" loading={begin.isPending} onClick={() => begin.mutate()}>Erase, which nobody can undo</Button></Group>}
        {begin.isError && <ProblemAlert error={begin.error} />}
      </Stack>
    </Card>
  )
}

function Foreseen({ preview: { keys, tables, derived, held } }: { readonly preview: ErasurePreview }) {
  return (
    <Stack gap="xs" role="region" aria-label="What it would touch">
      <Text size="sm">Found by {keys.map(({ key, values }) => `${key} (${count(values)})`).join(', ')}.</Text>
      {tables.length + derived.length + held.length === 0 ? <Text>Nothing of the person is here; from now on nothing would come in.</Text> : (
        <WideTable label="What it would touch" minWidth={600}>
          <Table.Thead><Table.Tr><Table.Th>Where</Table.Th><Table.Th>What</Table.Th><Table.Th>Then</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {tables.map(({ product, dataSet, isAside, isArchived, rows, files, sealedFiles, snapshots }) => <Line key={`${product}.${dataSet}.${isAside}.${isArchived}.${snapshots[0] ?? ''}`} where={`${product}.${dataSet}${isAside ? ' (set aside)' : ''}${isArchived ? ' (archived)' : ''}`} what={`${plural(rows.current + rows.older, 'row')} in ${plural(snapshots.length, 'version')}`} then={sealedFiles === 0 ? 'rows go, in every version' : sealedFiles === files ? 'the key is destroyed, rows stay' : 'the key is destroyed; rows in plain go'} />)}
            {derived.map(({ product, dataSet, flow }) => <Line key={`${product}.${dataSet}`} where={`${product}.${dataSet}`} what="made from them" then={flow === 'values' ? 'made anew; older versions go' : 'made anew'} />)}
            {held.map(({ product, dataSet, rows, reason }) => <Line key={`${product}.${dataSet}`} where={`${product}.${dataSet}`} what={plural(rows, 'row')} then={`stays: legal hold (${reason})`} />)}
          </Table.Tbody>
        </WideTable>
      )}
    </Stack>
  )
}

const Line = ({ where, what, then }: { readonly where: string; readonly what: string; readonly then: string }) => <Table.Tr><Table.Td>{where}</Table.Td><Table.Td>{what}</Table.Td><Table.Td>{then}</Table.Td></Table.Tr>

function Followed({ id }: { readonly id: string }) {
  const found = useQuery({ ...queries.erasure(id), refetchInterval: ({ state }) => (state.data === undefined || STILL.has(state.data.state) ? FOLLOWING : false) })
  if (found.isError) return <ProblemAlert error={found.error} />
  if (found.data === undefined) return null
  const { state, steps, problem, report, consumers, certificate, can } = found.data
  const waiting = consumers.filter(({ acknowledgedAt }) => acknowledgedAt === undefined)
  return (
    <Card withBorder role="region" aria-label="This erasure">
      <Stack gap="sm">
        <Group><Title order={3} size="h4">Erasure</Title><Code>{id}</Code><Badge color={COLOURS[state]} variant="light">{state}</Badge></Group>
        {problem !== undefined && <Alert color="red">{problem}</Alert>}
        <List size="sm" role="log" aria-label="Progress">{steps.map(({ at, told }) => <List.Item key={`${at}${told}`}>{told}</List.Item>)}</List>
        {report !== undefined && report.left.length > 0 && <Text size="sm" c="dimmed">Left: {report.left.join(' ')}</Text>}
        {state === 'done' && <Text size="sm">{waiting.length === 0 ? 'Nobody has to acknowledge it any more.' : `Not acknowledged yet: ${waiting.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`}</Text>}
        {certificate !== undefined && <Certificate id={id} certificate={certificate} />}
        {state === 'requested' && <Decide id={id} can={can} />}
        {state === 'stuck' && <Again id={id} />}
      </Stack>
    </Card>
  )
}

function Certificate({ id, certificate }: { readonly id: string; readonly certificate: string }) {
  const verified = useMutation({ mutationFn: () => valueOrThrow(client.verifyCertificate({ certificate })) })
  return (
    <Group>
      <Button component="a" href={`data:application/jose,${encodeURIComponent(certificate)}`} download={`erasure-${id}.jws`} leftSection={<IconCertificate size={16} />} variant="default">Certificate</Button>
      <Button variant="default" loading={verified.isPending} onClick={() => verified.mutate()}>Verify it</Button>
      {verified.isError && <ProblemAlert error={verified.error} />}
      {verified.data !== undefined && <Text role="status" size="sm" c="teal">It is by this mesh and unchanged.</Text>}
    </Group>
  )
}

function Decide({ id, can }: { readonly id: string; readonly can: Erasure['can'] }) {
  const cache = useQueryClient()
  const onSuccess = (): void => void cache.invalidateQueries()
  const approve = useMutation({ mutationFn: () => valueOrThrow(client.approveErasure({ id })), onSuccess })
  const decline = useMutation({ mutationFn: () => valueOrThrow(client.declineErasure({ id })), onSuccess })
  return (
    <Stack gap="xs">
      <Text size="sm">{can.approve.allowed ? 'This mesh wants a second person to approve it.' : can.approve.reason}</Text>
      <Group><Button color="red.9" disabled={!can.approve.allowed} loading={approve.isPending} onClick={() => approve.mutate()}>Approve</Button><Button variant="default" loading={decline.isPending} onClick={() => decline.mutate()}>Decline</Button></Group>
      {approve.isError && <ProblemAlert error={approve.error} />}
      {decline.isError && <ProblemAlert error={decline.error} />}
    </Stack>
  )
}

function Again({ id }: { readonly id: string }) {
  const cache = useQueryClient()
  const resume = useMutation({ mutationFn: () => valueOrThrow(client.resumeErasure({ id })), onSuccess: () => void cache.invalidateQueries() })
  return <Group><Button loading={resume.isPending} onClick={() => resume.mutate()}>Go on</Button>{resume.isError && <ProblemAlert error={resume.error} />}</Group>
}

function Known({ erasures, onShow }: { readonly erasures: readonly Erasure[]; readonly onShow: (id: string) => void }) {
  if (erasures.length === 0) return <Card withBorder padding={0}><Empty icon={IconUserX} title="Nobody was erased">What is asked for and what was done stands here.</Empty></Card>
  return (
    <Card withBorder padding={0}>
      <WideTable label="Erasures" minWidth={700}>
        <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>Key</Table.Th><Table.Th>By</Table.Th><Table.Th>State</Table.Th><Table.Th ta="right">Unacknowledged</Table.Th><Table.Th /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {erasures.map(({ id, requestedAt, requestedBy, subject, state, consumers }) => (
            <Table.Tr key={id}>
              <Table.Td><Ago at={requestedAt} /></Table.Td><Table.Td>{subject.key}</Table.Td><Table.Td>{requestedBy}</Table.Td>
              <Table.Td><Badge color={COLOURS[state]} variant="light">{state}</Badge></Table.Td>
              <Table.Td ta="right">{count(consumers.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).length)}</Table.Td>
              <Table.Td><Button size="compact-xs" variant="default" onClick={() => onShow(id)} aria-label={`Show erasure ${id}`}>Show</Button></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
