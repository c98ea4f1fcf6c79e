import { Chip, CloseButton, Group, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { RunSearch } from '../addresses.ts'
import { RUN_STATUSES } from '../addresses.ts'
import { queries } from '../api.ts'
import { ButtonLink } from '../shell/button-link.tsx'
import { Loading } from '../shell/loading.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { RunTable } from '../shell/run-table.tsx'

export function RunsPage() {
  const { product, status: only } = useSearch({ from: '/signed-in/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const narrow = (next: RunSearch): void => void navigate({ search: next, replace: true })
  const runs = useQuery({ ...queries.runs({ product, status: only }), placeholderData: keepPreviousData, refetchInterval: 2_000 })
  return (
    <Stack>
      <PageHead title="Runs" about="What the workflows of the mesh do and did, newest first." actions={<ButtonLink to="/backfills" search={product === undefined ? {} : { product }} variant="default">Backfills</ButtonLink>} />
      <Group gap={8} role="group" aria-label="Narrow down">
        {RUN_STATUSES.map((status) => (
          <Chip key={status} variant="outline" size="sm" checked={only === status} onChange={(on) => narrow({ product, status: on ? status : undefined })}>{status}</Chip>
        ))}
        {product !== undefined && (
          <Group gap={4}>
            <Text size="sm">of {product}</Text>
            <CloseButton size="sm" aria-label="Of all products" onClick={() => narrow({ status: only })} />
          </Group>
        )}
      </Group>
      {runs.isPending && <Loading />}
      {runs.isError && <ProblemAlert error={runs.error} />}
      {runs.data !== undefined && <RunTable runs={runs.data.runs} withProduct />}
    </Stack>
  )
}
