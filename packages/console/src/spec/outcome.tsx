// What the folder would be with the drafts: findings, each leading to its place, and what apply would do.

import { Alert, Badge, Card, Group, Loader, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import type { Trial } from '@tulle/api'
import { Effects } from '../governance/effects.tsx'

interface Props { readonly trial: Trial | undefined; readonly isAsking: boolean; readonly onGo: (place: { readonly file: string; readonly line: number; readonly column: number }) => void }

const COLOUR = { error: 'red', warning: 'orange', info: 'blue' } as const

export function Outcome({ trial, isAsking, onGo }: Props) {
  const findings = trial?.diagnostics ?? []
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return (
    <Stack gap="md" aria-live="polite" aria-busy={isAsking}>
      <Card withBorder padding="md" component="section" aria-label="Findings">
        <Group justify="space-between" mb={findings.length > 0 ? 'sm' : 0}>
          <Title order={2} size="h4">Findings</Title>
          {isAsking ? <Loader size="xs" aria-label="Trying" /> : <Badge variant="light" tt="none" color={errors > 0 ? 'red' : findings.length > 0 ? 'orange' : 'teal'}>{errors > 0 ? `${errors} to mend` : findings.length > 0 ? `${findings.length} to know` : 'all is well'}</Badge>}
        </Group>
        <Stack gap={6} role="list">
          {findings.slice(0, 100).map((finding, i) => (
            <div key={`${finding.code} ${finding.message} ${i + 1}`} role="listitem" className="spec-finding" data-severity={finding.severity}>
              <Text size="sm"><Badge size="xs" variant="light" tt="none" color={COLOUR[finding.severity]}>{finding.code}</Badge> {finding.message}</Text>
              {finding.help !== undefined && <Text size="xs" c="dimmed">{finding.help}</Text>}
              {finding.place !== undefined && <UnstyledButton className="spec-place" onClick={() => finding.place !== undefined && onGo(finding.place)}>{finding.place.file}:{finding.place.line}:{finding.place.column}</UnstyledButton>}
            </div>
          ))}
        </Stack>
      </Card>
      {(trial?.effects !== undefined || trial?.effectsNote !== undefined) && (
        <Card withBorder padding="md" component="section" aria-label="Who would lose what">
          <Title order={2} size="h4" mb="sm">Who would lose what</Title>
          {trial.effectsNote !== undefined && <Text size="sm" mb="sm">{trial.effectsNote}</Text>}
          {trial.effects !== undefined && <Effects effects={trial.effects} />}
        </Card>
      )}
      <Card withBorder padding="md" component="section" aria-label="Plan">
        <Title order={2} size="h4" mb="sm">What apply would do</Title>
        {trial !== undefined && trial.plan === undefined && <Alert variant="light" color="gray" icon={<IconAlertTriangle />}>No plan while there are errors.</Alert>}
        {trial?.plan !== undefined && (
          Object.keys(trial.plan.summary).length === 0
            ? <Alert variant="light" color="teal" icon={<IconCircleCheck />}>No changes: the mesh is as the folder says.</Alert>
            : (
              <>
                <Group gap={6} mb="xs">
                  {Object.entries(trial.plan.summary).map(([verb, n]) => <Badge key={verb} variant="light" tt="none" color={/destroy|archive/u.test(verb) ? 'red' : 'tulle'}>{verb} {n}</Badge>)}
                  {!trial.plan.applyable && <Badge color="red" variant="light" tt="none">apply would refuse it</Badge>}
                </Group>
                <pre className="spec-plan" tabIndex={0} aria-label="The plan in words">{trial.plan.text}</pre>
              </>
            )
        )}
      </Card>
    </Stack>
  )
}
