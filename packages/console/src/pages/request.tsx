// One request: what is asked, what it would expose, and the word of whoever decides. What an owner takes away is shown before it is approved.

import { Badge, Button, Card, Group, MultiSelect, NumberInput, Skeleton, Stack, Table, Text, Textarea, TextInput, Title } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import type { AccessRequest } from '@tulle/api'
import { useState } from 'react'
import { History } from '../access/history.tsx'
import { Shown } from '../access/shown.tsx'
import { kindOf, lengthOf, standingOf, STATE_COLOUR, subjectOf, whatOf } from '../access/words.ts'
import type { Narrowing } from '../api.ts'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'
import { useSettled } from '../shell/use-settled.ts'

export function RequestPage() {
  const { request: id } = useParams({ from: '/signed-in/access/requests/$request' })
  const { data: request } = useSuspenseQuery({ ...queries.request(id), refetchInterval: 3_000 })
  const waits = request.state === 'submitted'
  return (
    <Stack gap="lg">
      <PageHead
        title={`${kindOf(request)} to ${request.product}`}
        above={<AnchorLink to={request.can.decide.allowed ? '/inbox' : '/access'} inherit>{request.can.decide.allowed ? 'Inbox' : 'My access'}</AnchorLink>}
        beside={<Badge variant="light" tt="none" color={STATE_COLOUR[request.state]}>{standingOf(request)}</Badge>}
        about={request.justification}
        actions={waits && <Withdraw request={request} />}
      />
      <Facts request={request} />
      {waits && request.can.decide.allowed && <Decide request={request} />}
      {waits && !request.can.decide.allowed && !request.can.withdraw.allowed && <Text size="sm" c="dimmed">{request.can.decide.reason}</Text>}
      <History entries={request.history} />
    </Stack>
  )
}

function Facts({ request }: { readonly request: AccessRequest }) {
  const { terms } = request
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['For', subjectOf(request)],
    ['Product', <AnchorLink key="product" to="/products/$product" params={{ product: request.product }} inherit>{request.product}</AnchorLink>],
    ['Asks for', whatOf(terms)],
    ...(terms.unmasked === undefined ? [] : [['Without masks', terms.unmasked.join(', ')] as const]),
    ...(terms.rowCondition === undefined ? [] : [['Rows where', <span key="where" className="address">{terms.rowCondition}</span>] as const]),
    ['Purpose', request.purpose],
    ['How long', lengthOf(terms.seconds)],
    ...(request.agreements.length === 0 ? [] : [['Accepts', request.agreements.join(', ')] as const]),
    ['Asked', <span key="asked"><Ago at={request.requestedAt} /> by {request.requestedBy}</span>],
    ...request.verdicts.map((verdict) => [verdict.verdict, `by ${verdict.by}${verdict.note === undefined ? '' : `: ${verdict.note}`}`] as const),
  ]
  return (
    <Card withBorder padding={0} component="section" aria-label="What is asked for">
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Tbody>{facts.map(([name, value]) => <Table.Tr key={`${name}`}><Table.Th w={140} scope="row"><Text size="sm" c="dimmed" tt="capitalize">{name}</Text></Table.Th><Table.Td><Text size="sm" component="div">{value}</Text></Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
    </Card>
  )
}

function Withdraw({ request }: { readonly request: AccessRequest }) {
  const cache = useQueryClient()
  const withdraw = useMutation({ mutationFn: () => valueOrThrow(client.withdrawAccess({ request: request.id })), onSuccess: () => cache.invalidateQueries() })
  return <ReasonedButton permission={request.can.withdraw} hint="Take the request back" variant="default" loading={withdraw.isPending} onPress={() => withdraw.mutate()}>Withdraw</ReasonedButton>
}

function Decide({ request }: { readonly request: AccessRequest }) {
  const before = request.verdicts.findLast(({ terms }) => terms !== undefined)?.terms ?? request.terms
  const [columns, setColumns] = useState<readonly string[]>([])
  const [where, setWhere] = useState('')
  const [days, setDays] = useState<number | string>('')
  const [note, setNote] = useState('')
  const mayNarrow = request.kind !== 'renew' && before.dataSet !== undefined
  const narrowing: Narrowing = {
    ...(columns.length > 0 && { columns: [...columns] }),
    ...(where.trim() !== '' && { rowCondition: where.trim() }),
    ...(days !== '' && { seconds: Number(days) * 86_400 }),
  }
  const narrower = Object.keys(narrowing).length > 0
  const settled = useSettled(narrowing, 350)
  const exposed = useQuery({ ...queries.exposure(request.id, settled), placeholderData: keepPreviousData })
  const { data: product } = useQuery(queries.product(request.product))
  const all = before.columns ?? product?.dataSets.find(({ name }) => name === before.dataSet)?.columns.map(({ name }) => name) ?? []
  const cache = useQueryClient()
  const onSuccess = () => cache.invalidateQueries()
  const approve = useMutation({ mutationFn: () => valueOrThrow(client.approveAccess({ request: request.id, ...narrowing, ...(note.trim() !== '' && { note }) })), onSuccess })
  const decline = useMutation({ mutationFn: () => valueOrThrow(client.declineAccess({ request: request.id, note })), onSuccess })
  const second = request.persons === 2 && request.verdicts.length === 0
  return (
    <Stack gap="lg">
      <Stack gap="sm" component="section" aria-label="What it would expose">
        <Title order={2}>What it would expose</Title>
        {exposed.isPending && <Skeleton h={160} />}
        {exposed.isError && <ProblemAlert error={exposed.error} />}
        {exposed.data?.shows.map((shown) => <Shown key={shown.dataSet} product={request.product} shown={shown} />)}
      </Stack>
      <Card withBorder component="section" aria-label="Your word">
        <Stack>
          <Title order={2}>Your word</Title>
          {request.persons === 2 && <Text size="sm">Two persons have to agree; {second ? 'you would be the first' : 'you are the second'}.</Text>}
          {mayNarrow && all.length > 0 && <MultiSelect label="Only these columns" placeholder={columns.length === 0 ? 'All that are asked for' : ''} data={[...all]} value={[...columns]} onChange={setColumns} clearable clearButtonProps={{ 'aria-label': 'All that are asked for' }} />}
          {mayNarrow && <TextInput label="Only rows where" description="On top of what is asked for." className="address" value={where} onChange={(event) => setWhere(event.currentTarget.value)} />}
          <NumberInput label="For at most so many days" placeholder={lengthOf(before.seconds)} min={1} max={3650} value={days} onChange={setDays} />
          <Textarea label="Note" description="Declining needs one." autosize minRows={2} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          {approve.isError && <ProblemAlert error={approve.error} />}
          {decline.isError && <ProblemAlert error={decline.error} />}
          <Group justify="end">
            <Button variant="light" color="red" loading={decline.isPending} disabled={note.trim() === ''} onClick={() => decline.mutate()}>Decline</Button>
            <Button loading={approve.isPending} disabled={exposed.isError} onClick={() => approve.mutate()}>{second ? 'Agree' : narrower ? 'Approve this much' : 'Approve in full'}</Button>
          </Group>
        </Stack>
      </Card>
    </Stack>
  )
}
