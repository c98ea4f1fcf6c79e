// Who may read the product, for what, since when. Its keepers give and revoke here; others see their own grants.

import { Badge, Button, Card, Group, Modal, Skeleton, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core'
import { IconUserOff } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Consumers, Grant, Product } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { AskForAccess } from './ask-for-access.tsx'
import { GiveAccess } from './give-access.tsx'

export function AccessTab({ product }: { readonly product: Product }) {
  const keeper = product.can.grant.allowed
  const grants = useQuery({ ...queries.grants(product.name), refetchInterval: 5_000 })
  // By the audit, for those who keep the product: who reads without a grant is among them.
  const consumers = useQuery({ ...queries.consumers(product.name), enabled: keeper, refetchInterval: 30_000 })
  const used = usesOf(consumers.data)
  const [inForce, ended] = partition(grants.data?.grants ?? [])
  return (
    <Stack gap="lg">
      <Card withBorder padding={0} component="section" aria-label="Grants">
        <Group px="md" py="sm" justify="space-between">
          <Title order={2}>{keeper ? 'Who may read it' : 'Your access'}</Title>
          <GiveAccess product={product} />
        </Group>
        {grants.isPending && <Skeleton h={60} mx="md" mb="md" />}
        {grants.isError && <ProblemAlert error={grants.error} />}
        {grants.data !== undefined && inForce.length === 0 && <NoGrant product={product} keeper={keeper} />}
        {inForce.length > 0 && <GrantTable label="Grants in force" product={product} grants={inForce} keeper={keeper} used={used} />}
        {consumers.isError && <ProblemAlert error={consumers.error} />}
      </Card>
      {keeper && <OtherReaders consumers={consumers.data} />}
      {!keeper && grants.data !== undefined && <Card withBorder><AskForAccess product={product} /></Card>}
      {ended.length > 0 && (
        <Card withBorder padding={0} component="section" aria-label="Ended">
          <Title order={2} px="md" py="sm">Ended</Title>
          <GrantTable label="Ended grants" product={product} grants={ended} keeper={false} used={undefined} />
        </Card>
      )}
    </Stack>
  )
}

function NoGrant({ product, keeper }: { readonly product: Product; readonly keeper: boolean }) {
  const byTeam = product.dataSets.flatMap((dataSet) => dataSet.access.reasons).find((reason) => reason.rule === 'own-team')
  return (
    <Empty icon={IconUserOff} title={keeper ? 'Nobody outside its team may read it' : 'No grant names you'}>
      {keeper ? 'Give access to a user or a team, for a purpose. It takes effect at once, on every port.' : byTeam?.text}
    </Empty>
  )
}

interface GrantTableProps {
  readonly label: string
  readonly product: Product
  readonly grants: readonly Grant[]
  readonly keeper: boolean
  /** Undefined where nobody may say, or it is not known yet. */
  readonly used: ReadonlyMap<string, Use> | undefined
}

function GrantTable({ label, product, grants, keeper, used }: GrantTableProps) {
  const { data: purposes } = useSuspenseQuery(queries.purposes())
  const titleOf = (name: string): string => purposes.purposes.find((purpose) => purpose.name === name)?.title ?? name
  return (
    <WideTable label={label} minWidth={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Who</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>Purpose</Table.Th>
          <Table.Th>Since</Table.Th>
          <Table.Th>Until</Table.Th>
          {used !== undefined && <Table.Th>Last used</Table.Th>}
          {keeper && <Table.Th><VisuallyHidden>What to do</VisuallyHidden></Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {grants.map((grant) => (
          <Table.Tr key={grant.id}>
            <Table.Td><Group gap={8} wrap="nowrap"><Text size="sm" fw={600}>{grant.subject}</Text>{grant.subjectKind !== 'user' && <Badge variant="default" tt="none">{grant.subjectKind}</Badge>}{grant.state === 'frozen' && <Badge variant="light" color="orange" tt="none">frozen</Badge>}</Group></Table.Td>
            <Table.Td><Text size="sm">{grant.dataSet ?? 'every data set'}{grant.columns !== undefined && <Text span inherit c="dimmed">: {grant.columns.join(', ')}</Text>}{grant.rowCondition !== undefined && <Text span inherit c="dimmed"> where {grant.rowCondition}</Text>}{grant.unmasked !== undefined && <Text span inherit c="dimmed">, {grant.unmasked.join(', ')} without masks</Text>}</Text></Table.Td>
            <Table.Td><Text size="sm">{grant.purposes.map(titleOf).join(', ')}</Text></Table.Td>
            <Table.Td><Text size="sm"><Ago at={grant.grantedAt} /> <Text span inherit c="dimmed">by {grant.grantedBy}</Text></Text></Table.Td>
            <Table.Td><Text size="sm"><Until grant={grant} /></Text></Table.Td>
            {used !== undefined && <Table.Td><LastUsed use={used.get(grant.id)} /></Table.Td>}
            {keeper && <Table.Td ta="right"><RevokeButton product={product} grant={grant} /></Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

interface Use { readonly last: string | undefined; readonly times: number }

/** By grant: the newest use of any of its data sets. */
function usesOf(consumers: Consumers | undefined): ReadonlyMap<string, Use> | undefined {
  if (consumers === undefined) return undefined
  const granted = consumers.consumers.filter(({ grant }) => grant !== undefined)
  return new Map([...Map.groupBy(granted, ({ grant }) => grant ?? '')].map(([grant, uses]) => [grant, { last: uses.flatMap(({ lastUsed }) => lastUsed ?? []).toSorted().at(-1), times: uses.reduce((sum, { times }) => sum + times, 0) }]))
}

function LastUsed({ use }: { readonly use: Use | undefined }) {
  return <Text size="sm">{use?.last === undefined ? <Text span inherit c="dimmed">not in 90 days</Text> : <><Ago at={use.last} /> <Text span inherit c="dimmed">{plural(use.times, 'time')}</Text></>}</Text>
}

const BY = { reads: 'its workflow reads it', read: 'by another right' } as const

/** Products whose workflow reads it, and people who read it without a grant that names them. */
function OtherReaders({ consumers }: { readonly consumers: Consumers | undefined }) {
  const others = (consumers?.consumers ?? []).filter(({ by }) => by !== 'may')
  if (others.length === 0) return null
  return (
    <Card withBorder padding={0} component="section" aria-label="Others who read it">
      <Title order={2} px="md" py="sm">Others who read it</Title>
      <WideTable label="Others who read it" minWidth={560}>
        <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>What</Table.Th><Table.Th>Why</Table.Th><Table.Th>Last used</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {others.map(({ kind, name, dataSet, by, lastUsed, times }) => (
            <Table.Tr key={`${by} ${kind} ${name} ${dataSet}`}>
              <Table.Td><Group gap={8} wrap="nowrap"><Text size="sm" fw={600}>{name}</Text>{kind !== 'user' && <Badge variant="default" tt="none">{kind}</Badge>}</Group></Table.Td>
              <Table.Td><Text size="sm">{dataSet}</Text></Table.Td>
              <Table.Td><Text size="sm">{by === 'may' ? '' : BY[by]}</Text></Table.Td>
              <Table.Td><LastUsed use={{ last: lastUsed, times }} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}

function Until({ grant: { revokedAt, revokedBy, expiresAt } }: { readonly grant: Grant }) {
  if (revokedAt !== undefined) return <>revoked <Ago at={revokedAt} /> <Text span inherit c="dimmed">by {revokedBy}</Text></>
  return expiresAt === undefined ? <Text span inherit c="dimmed">it is revoked</Text> : <Ago at={expiresAt} />
}

function RevokeButton({ product, grant }: { readonly product: Product; readonly grant: Grant }) {
  const [asking, setAsking] = useState(false)
  const cache = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => valueOrThrow(client.revokeGrant({ grant: grant.id })),
    onSuccess: async () => {
      setAsking(false)
      await Promise.all([cache.invalidateQueries({ queryKey: queries.grants(product.name).queryKey }), cache.invalidateQueries({ queryKey: queries.product(product.name).queryKey })])
    },
  })
  return (
    <>
      <Button size="compact-sm" variant="light" color="red" aria-label={`Revoke the access of ${grant.subject}`} onClick={() => setAsking(true)}>Revoke</Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Revoke the access of ${grant.subject}?`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">It ends at once, on every port and in open sessions: queries that are running are cut off.</Text>
          {revoke.isError && <ProblemAlert error={revoke.error} />}
          <Group justify="end">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>Keep it</Button>
            <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>Revoke</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

function partition(grants: readonly Grant[]): readonly [inForce: readonly Grant[], ended: readonly Grant[]] {
  const now = Date.now()
  const isEnded = ({ revokedAt, expiresAt }: Grant): boolean => revokedAt !== undefined || (expiresAt !== undefined && Date.parse(expiresAt) <= now)
  return [grants.filter((grant) => !isEnded(grant)), grants.filter(isEnded)]
}
