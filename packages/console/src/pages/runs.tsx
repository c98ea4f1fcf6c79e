import { Stack, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { RunTable } from '../shell/run-table.tsx'

export function RunsPage() {
  const { data } = useSuspenseQuery({ ...queries.runs({}), refetchInterval: 2_000 })
  return (
    <Stack>
      <Title order={2}>Runs</Title>
      <RunTable runs={data.runs} />
    </Stack>
  )
}
