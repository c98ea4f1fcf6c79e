// What broke: gates that stopped a run, promises that are missed, ports without an answer.

import { Badge, Card, Chip, CloseButton, Group, Stack, Table, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Incident } from '@tulle/api'
import { INCIDENT_STATES } from '../addresses.ts'
import type { IncidentSearch } from '../addresses.ts'
import { queries } from '../api.ts'
import { CAUSE_WORDS, INCIDENT_COLOUR } from '../incident/words.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'

export function IncidentsPage() {
  const { product, state: only } = useSearch({ from: '/signed-in/incidents' })
  const navigate = useNavigate({ from: '/incidents' })
  const narrow = (next: IncidentSearch): void => void navigate({ search: next, replace: true })
  const incidents = useQuery({ ...queries.incidents({ product, state: only }), placeholderData: keepPreviousData, refetchInterval: 5_000 })
  return (
    <Stack>
      <PageHead title="Incidents" about="Runs that their checks stopped, promises that are missed, ports that do not answer; newest first." />
      <Group gap={8} role="group" aria-label="Narrow down">
        {INCIDENT_STATES.map((state) => <Chip key={state} variant="outline" size="sm" checked={only === state} onChange={(on) => narrow({ product, state: on ? state : undefined })}>{state}</Chip>)}
        {product !== undefined && (
          <Group gap={4}>
            <Text size="sm">of {product}</Text>
            <CloseButton size="sm" aria-label="Of all products" onClick={() => narrow({ state: only })} />
          </Group>
        )}
      </Group>
      {incidents.isPending && <Loading />}
      {incidents.isError && <ProblemAlert error={incidents.error} />}
      {incidents.data !== undefined && (
        <Card withBorder padding={0}>
          {incidents.data.incidents.length === 0
            ? <Empty icon={IconShieldCheck} title={only === undefined ? 'No incident' : `No ${only} incident`}>Nothing broke, as far as anybody measures.</Empty>
            : <IncidentTable incidents={incidents.data.incidents} />}
        </Card>
      )}
    </Stack>
  )
}

const IncidentTable = ({ incidents }: { readonly incidents: readonly Incident[] }) => (
  <WideTable label="Incidents" minWidth={860}>
    <Table.Thead><Table.Tr><Table.Th>State</Table.Th><Table.Th>What</Table.Th><Table.Th>Product</Table.Th><Table.Th>Opened</Table.Th><Table.Th>Reaches</Table.Th></Table.Tr></Table.Thead>
    <Table.Tbody>
      {incidents.map((incident) => (
        <Table.Tr key={incident.id}>
          <Table.Td w={130}><Badge variant="light" tt="none" color={INCIDENT_COLOUR[incident.state]}>{incident.state}</Badge></Table.Td>
          <Table.Td><AnchorLink to="/incidents/$incident" params={{ incident: incident.id }} size="sm" fw={600}>{CAUSE_WORDS[incident.cause]}</AnchorLink><Text size="sm" c="dimmed">{incident.sentence}</Text></Table.Td>
          <Table.Td><AnchorLink to="/products/$product" params={{ product: incident.product }} search={{ tab: 'status' }} size="sm">{incident.product}</AnchorLink></Table.Td>
          <Table.Td><Text size="sm"><Ago at={incident.openedAt} /></Text>{incident.repeats > 0 && <Text size="xs" c="dimmed">{plural(incident.repeats, 'time')} again</Text>}</Table.Td>
          <Table.Td><Text size="sm">{plural(incident.downstream.length, 'product')}, {plural(incident.consumers, 'consumer')}</Text></Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)
