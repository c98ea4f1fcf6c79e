// The applied policies, and what would be if one of them had another status.

import { Badge, Button, Card, Group, Select, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconShieldQuestion } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import type { Policy } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { Effects } from './effects.tsx'

const STATUSES = ['draft', 'grace', 'enforced', 'retired'] as const
type Status = (typeof STATUSES)[number]
const COLOUR: Readonly<Record<string, string>> = { draft: 'gray', grace: 'orange', enforced: 'teal', retired: 'gray', unreadable: 'red' }

export function Policies() {
  const { data: { policies } } = useSuspenseQuery(queries.policies())
  return <Stack>{policies.map((policy) => <OnePolicy key={policy.name} policy={policy} />)}{policies.length === 0 && <Text c="dimmed">No policy is applied.</Text>}</Stack>
}

function OnePolicy({ policy: { name, title, description, domain, status, rules, standards } }: { readonly policy: Policy }) {
  const [wanted, setWanted] = useState<Status>(status === 'enforced' ? 'retired' : 'enforced')
  const [asked, setAsked] = useState<Status>()
  const preview = useQuery({ ...queries.policyPreview(name, asked ?? 'enforced'), enabled: asked !== undefined })
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" align="start" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 20rem' }}>
          <Group gap={8}><Title order={2} size="h4">{title}</Title><Badge variant="light" tt="none" color={COLOUR[status] ?? 'gray'}>{status}</Badge><Text size="sm" c="dimmed">{domain === undefined ? 'of the mesh' : `of ${domain}`}</Text></Group>
          {description !== undefined && <Text size="sm" c="dimmed">{description}</Text>}
          <Stack gap={2} mt={8} component="ul" className="plain-list">
            {rules.map((rule) => <Text key={rule.name} component="li" size="sm"><b>{rule.name}</b>: {rule.effect}{rule.because !== undefined && <Text span inherit c="dimmed"> · {rule.because}</Text>}</Text>)}
            {standards.map((standard) => <Text key={standard} component="li" size="sm"><b>{standard}</b>: a standard of every plan</Text>)}
          </Stack>
        </div>
        <Group gap={6} align="end" wrap="nowrap">
          <Select size="xs" w={120} label="If it were" aria-label={`If ${title} were`} data={STATUSES.filter((one) => one !== status)} value={wanted} allowDeselect={false} onChange={(value) => setWanted(STATUSES.find((one) => one === value) ?? wanted)} />
          <Button size="xs" variant="default" leftSection={<IconShieldQuestion size={15} aria-hidden />} loading={preview.isFetching} aria-label={`Who would lose what if ${title} were ${wanted}`} onClick={() => setAsked(wanted)}>Who would lose what</Button>
        </Group>
      </Group>
      {asked !== undefined && preview.isPending && <Skeleton h={80} mt="md" />}
      {preview.isError && <ProblemAlert error={preview.error} />}
      {preview.data !== undefined && asked !== undefined && <Stack gap={4} mt="md"><Text size="sm" fw={600}>If it were {asked}</Text><Effects effects={preview.data} /></Stack>}
    </Card>
  )
}
