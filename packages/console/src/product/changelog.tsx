// How the product came to be as it is: what its published versions changed for who reads it, and what was applied, by whom.

import { Badge, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Changelog, Product } from '@tulle/api'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ChangesOfContract, Severity } from './contract-changes.tsx'
import { CompareContracts } from './contract-diff.tsx'

export function ChangelogTab({ product }: { readonly product: Product }) {
  const changelog = useQuery({ ...queries.changelog(product.name), refetchInterval: 30_000 })
  if (changelog.isError) return <ProblemAlert error={changelog.error} />
  if (changelog.isPending) return <Skeleton h={160} role="status" aria-label="Reading what changed" />
  const { versions, applies } = changelog.data
  return (
    <Stack gap="lg">
      <Card withBorder component="section" aria-label="Versions">
        <Title order={2} mb="sm">Versions</Title>
        <Stack component="ol" gap="md" m={0} p={0} className="entries">
          {versions.map((version) => <VersionEntry key={version.runId} version={version} />)}
        </Stack>
        {versions.length === 0 && <Empty icon={IconHistory} title="Nothing is published yet">Each run that publishes by another contract or other code stands here.</Empty>}
      </Card>
      <CompareContracts product={product} versions={versions} />
      <Card withBorder component="section" aria-label="Applied changes">
        <Title order={2} mb="sm">Applied changes</Title>
        <Stack component="ol" gap="md" m={0} p={0} className="entries">
          {applies.map((apply) => <ApplyEntry key={apply.id} apply={apply} />)}
        </Stack>
        {applies.length === 0 && <Text size="sm" c="dimmed">No apply that is still kept changed this product.</Text>}
      </Card>
    </Stack>
  )
}

const WHAT = { model: 'model', 'input-port': 'input port', 'dbt-project': 'dbt project' } as const

function VersionEntry({ version: { runId, publishedAt, requestedBy, changes } }: { readonly version: Changelog['versions'][number] }) {
  return (
    <li>
      <Group gap={8}>
        <Text size="sm" fw={600}>Published <Ago at={publishedAt} /></Text>
        {changes !== undefined && <Severity severity={changes.severity} />}
        <Text size="sm" c="dimmed">{requestedBy !== undefined && `run asked for by ${requestedBy}, `}<AnchorLink to="/runs/$run" params={{ run: runId }} inherit ff="monospace">{runId.slice(0, 8)}</AnchorLink></Text>
      </Group>
      {changes === undefined && <Text size="sm" c="dimmed">The oldest version that is kept: what came before it is not known.</Text>}
      {changes?.dataSets.map((one) => <ChangesOfContract key={one.dataSet} changes={one} />)}
      {changes !== undefined && changes.code.length > 0 && (
        <Text size="sm">{changes.code.map(({ what, name, kind }) => `${WHAT[what]} ${name} ${kind}`).join(', ')}</Text>
      )}
      {changes !== undefined && changes.dataSets.length === 0 && changes.code.length === 0 && <Text size="sm" c="dimmed">Nothing for those who read it.</Text>}
    </li>
  )
}

const STATUS: Readonly<Record<Changelog['applies'][number]['status'], string | undefined>> = { running: 'under way', succeeded: undefined, failed: 'failed', interrupted: 'interrupted' }

function ApplyEntry({ apply: { status, by, at, breaking, changes } }: { readonly apply: Changelog['applies'][number] }) {
  return (
    <li>
      <Group gap={8}>
        <Text size="sm" fw={600}>{by}, <Ago at={at} /></Text>
        {breaking && <Severity severity="breaking" />}
        {STATUS[status] !== undefined && <Badge variant="light" color="red" tt="none">{STATUS[status]}</Badge>}
        <Text size="sm" c="dimmed">{plural(changes.length, 'change')}</Text>
      </Group>
      <Stack component="ul" gap={2} m={0} pl="md">
        {changes.slice(0, MOST_CHANGES).map(({ ref, action, breaking: breaks, sentences }) => (
          <Text component="li" size="sm" key={ref}>
            <code>{ref}</code> <Text span inherit c="dimmed">{DONE[action] ?? action}{breaks && ', breaking'}</Text>
            {sentences?.map((sentence) => <Text key={sentence} size="sm" c="dimmed">{sentence}</Text>)}
          </Text>
        ))}
        {changes.length > MOST_CHANGES && <Text component="li" size="sm" c="dimmed">and {changes.length - MOST_CHANGES} more</Text>}
      </Stack>
    </li>
  )
}

const MOST_CHANGES = 12
const DONE: Readonly<Record<string, string>> = { create: 'made', update: 'changed', move: 'moved', restore: 'restored', heal: 'healed', archive: 'archived', destroy: 'destroyed' }
