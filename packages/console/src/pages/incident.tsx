// One incident: what broke and since when, whom it reaches, what happened so far, and who looks after it.

import { Badge, Card, Group, SimpleGrid, Stack, Text, Timeline, Title } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconMessage, IconRepeat, IconUserCheck } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { IncidentDetail } from '@tulle/api'
import { queries } from '../api.ts'
import { ChangeIncident } from '../incident/change.tsx'
import { CAUSE_WORDS, INCIDENT_COLOUR } from '../incident/words.ts'
import { Subscribe } from '../product/subscribe.tsx'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'

export function IncidentPage() {
  const { incident: id } = useParams({ from: '/signed-in/incidents/$incident' })
  const { data: incident } = useSuspenseQuery({ ...queries.incident(id), refetchInterval: 5_000 })
  const status = useQuery(queries.productStatus(incident.product))
  return (
    <Stack gap="lg">
      <PageHead
        title={`${CAUSE_WORDS[incident.cause]}: ${incident.product}`}
        above={<AnchorLink to="/incidents" inherit>Incidents</AnchorLink>}
        beside={<Badge variant="light" tt="none" color={INCIDENT_COLOUR[incident.state]}>{incident.state}</Badge>}
        about={incident.sentence}
        actions={incident.state !== 'resolved' && (
          <Group gap="xs">
            {incident.state === 'open' && <ChangeIncident incident={incident} deed="acknowledge" />}
            <ChangeIncident incident={incident} deed="resolve" />
          </Group>
        )}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Reach incident={incident} />
        <Card withBorder component="section" aria-label="What happened">
          <Title order={2} mb="md">What happened</Title>
          <Story incident={incident} />
        </Card>
      </SimpleGrid>
      {status.data !== undefined && <Group justify="start"><Subscribe product={incident.product} subscribed={status.data.subscribed} /></Group>}
    </Stack>
  )
}

function Reach({ incident: { product, runId, downstream, consumers, consumerCount, openedAt } }: { readonly incident: IncidentDetail }) {
  return (
    <Card withBorder component="section" aria-label="Whom it reaches">
      <Title order={2} mb="md">Whom it reaches</Title>
      <Stack gap="sm">
        <Fact label="Product"><AnchorLink to="/products/$product" params={{ product }} search={{ tab: 'status' }} inherit>{product}</AnchorLink></Fact>
        <Fact label="Opened"><Ago at={openedAt} /></Fact>
        {runId !== undefined && <Fact label="Cause"><AnchorLink to="/runs/$run" params={{ run: runId }} inherit>The run that was stopped</AnchorLink></Fact>}
        <Fact label="Products downstream">
          {downstream.length === 0 ? 'none' : downstream.map((name, i) => <span key={name}>{i > 0 && ', '}<AnchorLink to="/products/$product" params={{ product: name }} inherit>{name}</AnchorLink></span>)}
        </Fact>
        <Fact label="Consumers with a grant">
          {consumerCount === 0 ? 'none' : consumers.length === 0 ? plural(consumerCount, 'consumer') : consumers.map(({ kind, name }) => (kind === 'user' ? name : `${kind} ${name}`)).join(', ')}
        </Fact>
      </Stack>
    </Card>
  )
}

const Fact = ({ label, children }: { readonly label: string; readonly children: React.ReactNode }) => (
  <div><Text size="xs" c="dimmed" fw={600}>{label}</Text><Text component="div" size="sm">{children}</Text></div>
)

const ENTRY: Readonly<Record<IncidentDetail['timeline'][number]['what'], readonly [title: string, Picture: typeof IconCheck, colour: string]>> = {
  opened: ['Opened', IconAlertTriangle, 'red'],
  again: ['It came again', IconRepeat, 'red'],
  acknowledged: ['Somebody looks after it', IconUserCheck, 'orange'],
  note: ['Noted', IconMessage, 'gray'],
  resolved: ['Resolved', IconCheck, 'teal'],
}

const RUN = /^[0-9a-f]{8}-[0-9a-f-]{27}$/u

const Story = ({ incident: { timeline } }: { readonly incident: IncidentDetail }) => (
  <Timeline bulletSize={26} lineWidth={2} active={timeline.length} role="list">
    {timeline.map(({ at, what, by, note }) => {
      const [title, Picture, colour] = ENTRY[what]
      return (
        <Timeline.Item key={`${at} ${what}`} role="listitem" color={colour} bullet={<Picture size={14} aria-hidden />} title={by === undefined ? title : by === 'recovery' ? 'It recovered' : `${title}: ${by}`}>
          {note !== undefined && <Text size="sm">{RUN.test(note) ? <AnchorLink to="/runs/$run" params={{ run: note }} inherit>The run</AnchorLink> : note}</Text>}
          <Text size="xs" c="dimmed"><Ago at={at} /></Text>
        </Timeline.Item>
      )
    })}
  </Timeline>
)
