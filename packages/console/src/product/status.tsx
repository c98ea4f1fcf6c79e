// The status page of a product: what it promises of its service and keeps, what is broken, and what stands against its badge.

import { Alert, Badge, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconGauge, IconRosetteDiscountCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Product, ProductStatus, ServiceLevel, ServiceLevelIndicator } from '@tulle/api'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { amount, count, plural, span } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { Subscribe } from './subscribe.tsx'

const COLOUR: Readonly<Record<ServiceLevel['state'] | ProductStatus['state'], string>> = {
  well: 'teal', kept: 'teal', burning: 'orange', broken: 'red', missed: 'red', waiting: 'gray', unmeasured: 'gray',
}
const SENTENCE: Readonly<Record<ProductStatus['state'], string>> = {
  well: 'It keeps what it promises.',
  burning: 'It keeps its promises still, but not for long at this rate.',
  broken: 'A promise is missed, or an incident is open.',
  waiting: 'Nothing was measured yet.',
  unmeasured: 'It promises nothing that is measured.',
}

export function StatusTab({ product: { name } }: { readonly product: Product }) {
  const status = useQuery({ ...queries.productStatus(name), refetchInterval: 10_000 })
  if (status.isError) return <ProblemAlert error={status.error} />
  if (status.data === undefined) return <Loading />
  const { state, incidents, levels, certification, subscribed } = status.data
  return (
    <Stack gap="lg">
      <Group justify="space-between" gap="sm">
        <Group gap="sm"><Badge size="lg" variant="light" tt="none" color={COLOUR[state]}>{state}</Badge><Text>{SENTENCE[state]}</Text></Group>
        <Subscribe product={name} subscribed={subscribed} />
      </Group>
      {incidents.map((incident) => (
        <Alert key={incident.id} color="red" icon={<IconAlertTriangle />} title={incident.sentence}>
          <Text size="sm">
            Since <Ago at={incident.openedAt} />{incident.acknowledged !== undefined && <>; {incident.acknowledged.by} looks after it</>}
            {incident.downstream.length > 0 && <>; products downstream: {incident.downstream.join(', ')}</>}; {plural(incident.consumers, 'grant')} in force.
            {' '}<AnchorLink to="/incidents/$incident" params={{ incident: incident.id }} size="sm">The incident</AnchorLink>
            {incident.runId !== undefined && <> · <AnchorLink to="/runs/$run" params={{ run: incident.runId }} size="sm">The run</AnchorLink></>}
          </Text>
        </Alert>
      ))}
      <Facts status={status.data} />
      <Levels levels={levels} />
      <Certified certification={certification} />
    </Stack>
  )
}

function Facts({ status: { publications, checks, latency } }: { readonly status: ProductStatus }) {
  const [last] = publications
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <Fact label="Last published">{last === undefined ? 'never' : <Ago at={last.at} />}</Fact>
      <Fact label="Checks of the last run">{checks === undefined ? 'none' : <AnchorLink to="/runs/$run" params={{ run: checks.runId }} inherit>{checks.passed} of {checks.total} pass</AnchorLink>}</Fact>
      <Fact label="Statements of the last day">{latency === undefined ? 'none' : `${count(latency.statements)}, half within ${amount(latency.p50, 'milliseconds')}, 95 % within ${amount(latency.p95, 'milliseconds')}`}</Fact>
    </SimpleGrid>
  )
}

const Fact = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <Card withBorder padding="md"><Text size="xs" c="dimmed" fw={600}>{label}</Text><Text component="div">{children}</Text></Card>
)

function Levels({ levels }: { readonly levels: readonly ServiceLevel[] }) {
  if (levels.length === 0) return <Card withBorder><Empty icon={IconGauge} title="No service level">Declare an SLO in product.yaml, or slaProperties in a contract.</Empty></Card>
  return levels.map((level) => (
    <Card key={`${level.from} ${level.name}`} withBorder padding={0} component="section" aria-label={level.title}>
      <Group justify="space-between" px="md" py="sm">
        <div>
          <Title order={2}>{level.title}</Title>
          <Text size="sm" c="dimmed">{level.objective} % over {span(level.windowSeconds)}{level.description !== undefined && `: ${level.description}`}</Text>
        </div>
        <Badge variant="light" tt="none" color={COLOUR[level.state]}>{level.state}</Badge>
      </Group>
      {level.indicators.length > 0 && (
        <WideTable label={`What is measured of ${level.title}`} minWidth={1080}>
          <Table.Thead><Table.Tr><Table.Th>Measured</Table.Th><Table.Th w={150}>Last</Table.Th><Table.Th w={100} ta="right">Attained</Table.Th><Table.Th w={150} ta="right">Error budget left</Table.Th><Table.Th w={400}>History</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{level.indicators.map((indicator) => <Indicator key={indicator.name} indicator={indicator} />)}</Table.Tbody>
        </WideTable>
      )}
    </Card>
  ))
}

function Indicator({ indicator: { sentence, last, attained, budget, unit, history, title, everySeconds } }: { readonly indicator: ServiceLevelIndicator }) {
  return (
    <Table.Tr>
      <Table.Td><Text size="sm">{sentence}</Text></Table.Td>
      <Table.Td><Text size="sm">{last === undefined ? 'not yet' : last.value === undefined ? last.state : amount(last.value, unit)}</Text><Text size="xs" c="dimmed">every {span(everySeconds).replace(/^1 /u, '')}</Text></Table.Td>
      <Table.Td ta="right">{attained === undefined ? '–' : `${attained.toFixed(1)} %`}</Table.Td>
      <Table.Td ta="right">{attained === undefined ? '–' : `${Math.round(budget.leftPercent)} %`}</Table.Td>
      <Table.Td><History title={title} bars={history} /></Table.Td>
    </Table.Tr>
  )
}

const [WIDTH, HEIGHT] = [6, 22]

/** A bar for each part of the window: green by what was good of it, red by the rest, grey where nothing was measured. */
function History({ title, bars }: { readonly title: string; readonly bars: ServiceLevelIndicator['history'] }) {
  const missed = bars.filter(({ attained }) => attained !== undefined && attained < 100).length
  return (
    <svg role="img" aria-label={`${title}: ${plural(bars.length, 'part')} of the window, ${missed} with something missed`} width={bars.length * WIDTH} height={HEIGHT}>
      {bars.map(({ from, attained }, i) => {
        const good = attained === undefined ? 0 : (HEIGHT * attained) / 100
        return (
          <g key={from} transform={`translate(${i * WIDTH} 0)`}>
            <title>{`${new Date(from).toLocaleString('en')}: ${attained === undefined ? 'nothing measured' : `${attained.toFixed(1)} % good`}`}</title>
            <rect width={WIDTH - 2} height={HEIGHT} rx={1} className={attained === undefined ? 'bar-none' : 'bar-bad'} />
            {good > 0 && <rect y={HEIGHT - good} width={WIDTH - 2} height={good} rx={1} className="bar-good" />}
          </g>
        )
      })}
    </svg>
  )
}

function Certified({ certification: { certified, by, rules, history } }: { readonly certification: ProductStatus['certification'] }) {
  const failing = new Map((history[0]?.failing ?? []).map(({ rule, why }) => [rule, why]))
  if (by === 'declared') return null
  return (
    <Card withBorder padding={0} component="section" aria-label="Badge">
      <Group justify="space-between" px="md" py="sm">
        <Title order={2}>Badge</Title>
        <Badge variant="light" tt="none" color={certified ? 'teal' : 'gray'} leftSection={<IconRosetteDiscountCheck size={14} aria-hidden />}>{certified ? 'certified' : 'not certified'}</Badge>
      </Group>
      <WideTable label="Rules of the badge" minWidth={600}>
        <Table.Tbody>
          {rules.map(({ name, require, because }) => (
            <Table.Tr key={name}>
              <Table.Td w={100}><Badge variant="light" tt="none" color={failing.has(name) ? 'red' : 'teal'}>{failing.has(name) ? 'not kept' : 'kept'}</Badge></Table.Td>
              <Table.Td><code>{require}</code></Table.Td>
              <Table.Td><Text size="sm">{failing.get(name) ?? because ?? ''}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}
