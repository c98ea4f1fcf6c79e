import { Alert, Badge, Card, Grid, Group, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconLock } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import type { DataSet, Product } from '@tulle/api'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { verdictsOf } from '../run/verdicts.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { StatusBadge } from '../shell/status-badge.tsx'
import { AskForAccess } from './ask-for-access.tsx'
import { Flow } from './flow.tsx'
import { scheduleWords } from './schedule-words.ts'

export function Overview({ product }: { readonly product: Product }) {
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Stack gap="lg">
          <Rights product={product} />
          <Card withBorder component="section" aria-label="Data sets">
            <Title order={2} mb="sm">{plural(product.dataSets.length, 'data set')}</Title>
            <Stack gap="md">
              {product.dataSets.map((dataSet) => <DataSetLine key={dataSet.name} product={product.name} dataSet={dataSet} />)}
              {product.dataSets.length === 0 && <Text size="sm" c="dimmed">This product describes what lives elsewhere.</Text>}
            </Stack>
          </Card>
          <Card withBorder component="section" aria-label="Where it comes from, where it goes">
            <Title order={2} mb="sm">Where it comes from, where it goes</Title>
            <Flow product={product} />
          </Card>
          {product.readme !== undefined && (
            <Card withBorder component="section" aria-label="README">
              <Title order={2} mb="sm">README</Title>
              <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>{product.readme}</Text>
            </Card>
          )}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Facts product={product} />
      </Grid.Col>
    </Grid>
  )
}

function Rights({ product }: { readonly product: Product }) {
  const { data: purposes } = useSuspenseQuery(queries.purposes())
  const readable = product.dataSets.filter((dataSet) => dataSet.access.effect === 'allow')
  if (readable.length === 0) {
    return (
      <Alert color="gray" icon={<IconLock aria-hidden />} title="You may not read it yet">
        <AskForAccess product={product} />
      </Alert>
    )
  }
  const titles = product.grants.flatMap((grant) => grant.purposes).map((name) => purposes.purposes.find((purpose) => purpose.name === name)?.title ?? name)
  const reasons = readable.flatMap((dataSet) => dataSet.access.reasons.map((reason) => reason.text))
  return (
    <Alert color="teal" icon={<IconCircleCheck aria-hidden />} title={readable.length === product.dataSets.length ? 'You may read it' : `You may read ${readable.map((dataSet) => dataSet.name).join(', ')}`}>
      <Text size="sm">
        {titles.length > 0 ? `For the purpose: ${[...new Set(titles)].join(', ')}.` : [...new Set(reasons)].join(' ')}
        {' '}<AnchorLink to="/products/$product" params={{ product: product.name }} search={{ tab: 'ports' }} inherit underline="always">Connect</AnchorLink>
        {' or '}<AnchorLink to="/products/$product" params={{ product: product.name }} search={{ tab: 'sample' }} inherit underline="always">look at some rows</AnchorLink>.
      </Text>
    </Alert>
  )
}

function DataSetLine({ product, dataSet }: { readonly product: string; readonly dataSet: DataSet }) {
  const { columns, effect } = dataSet.access
  const isPart = effect === 'allow' && columns.length < dataSet.columns.length
  return (
    <div>
      <Group gap={8}>
        <Text fw={600} className="address">{product}.{dataSet.name}</Text>
        {dataSet.contract !== undefined && <Badge variant="default" tt="none">contract {dataSet.contract.version}</Badge>}
        {dataSet.inStep !== undefined && <Badge variant="light" tt="none">kept in step{dataSet.inStep.lagMilliseconds >= 1000 && `, ${Math.round(dataSet.inStep.lagMilliseconds / 1000)} s behind`}</Badge>}
        {isPart && <Badge variant="light" color="orange" tt="none">{columns.length} of {dataSet.columns.length} columns are yours</Badge>}
      </Group>
      {dataSet.description !== undefined && <Text size="sm">{dataSet.description}</Text>}
      <Text size="sm" c="dimmed" className="numbers">
        {plural(dataSet.columns.length, 'column')} · {dataSet.publishedAt === undefined ? 'not published yet' : <>{dataSet.rows !== undefined && `${plural(dataSet.rows, 'row')} · `}published <Ago at={dataSet.publishedAt} /></>}
      </Text>
    </div>
  )
}

function Facts({ product }: { readonly product: Product }) {
  const { data: teams } = useSuspenseQuery(queries.teams())
  const { data: domains } = useSuspenseQuery(queries.domains())
  const team = teams.teams.find(({ name }) => name === product.team)
  const domain = domains.domains.find(({ name }) => name === product.domain)
  const [last] = product.runs
  return (
    <Card withBorder component="section" aria-label="Facts">
      <Stack component="dl" gap="md" m={0}>
        <Fact label="Domain"><AnchorLink to="/" search={{ domain: product.domain }} inherit>{domain?.title ?? product.domain}</AnchorLink></Fact>
        <Fact label="Team">{team?.title ?? product.team}{team?.email !== undefined && <Text size="sm" c="dimmed">{team.email}</Text>}</Fact>
        <Fact label="Owner">{product.owner ?? '–'}</Fact>
        {product.type !== undefined && <Fact label="Kind">{product.type}</Fact>}
        <Fact label="Published"><Ago at={product.lastPublished} never="not yet" /></Fact>
        {product.schedule !== undefined && <Fact label="Refreshed"><span title={product.schedule}>{scheduleWords(product.schedule) ?? <code>{product.schedule}</code>}</span> <Text span inherit c="dimmed">UTC</Text></Fact>}
        <Fact label="Checks of its contract"><ChecksFact product={product} /></Fact>
        {last !== undefined && (
          <Fact label="Last run">
            <Group gap={8}><StatusBadge status={last.status} /><AnchorLink to="/runs/$run" params={{ run: last.id }} size="sm"><Ago at={last.startedAt ?? last.requestedAt} /></AnchorLink></Group>
          </Fact>
        )}
        {product.tags.length > 0 && (
          <Fact label="Tags">
            <Group gap={6}>{product.tags.map((tag) => <AnchorLink key={tag} to="/" search={{ q: tag }} size="sm">{tag}</AnchorLink>)}</Group>
          </Fact>
        )}
      </Stack>
    </Card>
  )
}

function ChecksFact({ product }: { readonly product: Product }) {
  const published = product.runs.find((run) => run.status === 'succeeded' && (run.rowsWritten ?? 0) > 0)
  const run = useQuery({ ...queries.run(published?.id ?? ''), enabled: published !== undefined })
  const verdicts = verdictsOf(run.data?.steps ?? [])
  if (published === undefined || (run.data !== undefined && verdicts.length === 0)) return <Text span inherit c="dimmed">none ran yet</Text>
  if (run.data === undefined) return <Text span inherit c="dimmed">…</Text>
  const passed = verdicts.filter(({ status }) => status === 'pass').length
  return <AnchorLink to="/runs/$run" params={{ run: published.id }} inherit>{passed} of {verdicts.length} pass</AnchorLink>
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">{label}</Text>
      <Text component="dd" size="sm" fw={600} m={0}>{children}</Text>
    </div>
  )
}
