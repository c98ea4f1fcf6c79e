// Who may read the product, for what, since when. Its keepers give and revoke here; others see their own grants.

import { Badge, Button, Card, Group, Modal, Skeleton, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core'
import { IconUserOff } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Grant, Product } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { AskForAccess } from './ask-for-access.tsx'
import { GiveAccess } from './give-access.tsx'

export function AccessTab({ product }: { readonly product: Product }) {
  const keeper = product.can.grant.allowed
  const grants = useQuery({ ...queries.grants(product.name), refetchInterval: 5_000 })
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
        {inForce.length > 0 && <GrantTable label="Grants in force" product={product} grants={inForce} keeper={keeper} />}
      </Card>
      {!keeper && grants.data !== undefined && <Card withBorder><AskForAccess product={product} /></Card>}
      {ended.length > 0 && (
        <Card withBorder padding={0} component="section" aria-label="Ended">
          <Title order={2} px="md" py="sm">Ended</Title>
          <GrantTable label="Ended grants" product={product} grants={ended} keeper={false} />
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
}

function GrantTable({ label, product, grants, keeper }: GrantTableProps) {
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
            {keeper && <Table.Td ta="right"><RevokeButton product={product} grant={grant} /></Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
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
