import { Button, Card, Group, Stack, Table, Text, Title, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Run } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import { useEffect } from 'react'
import { client, queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ago, count, duration } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { StatusBadge } from '../shell/status-badge.tsx'

export function RunPage() {
  const { run: id } = useParams({ from: '/signed-in/runs/$run' })
  const { data: run } = useSuspenseQuery(queries.run(id))
  useWatchedRun(id, run.finishedAt !== undefined)
  return (
    <Stack>
      <Group justify="space-between" align="start">
        <Stack gap={2}>
          <Group gap="sm">
            <Title order={2}>Run of <AnchorLink to="/products/$product" params={{ product: run.product }} inherit>{run.product}</AnchorLink></Title>
            <StatusBadge status={run.status} />
          </Group>
          <Text size="sm" c="dimmed">
            {run.id} · {run.trigger} · {ago(run.startedAt ?? run.requestedAt)} · took {duration(run.startedAt, run.finishedAt)}
          </Text>
        </Stack>
        {run.finishedAt === undefined && <CancelButton run={run} />}
      </Group>
      {run.diagnostics.map((d) => (
        <Card withBorder key={`${d.code} ${d.message}`} role="alert">
          <Text c="red" fw={600}>{d.message}</Text>
          {d.place !== undefined && <Text size="sm"><code>{d.place.file}:{d.place.line}:{d.place.column}</code></Text>}
          {d.help !== undefined && <Text size="sm" c="dimmed">{d.help}</Text>}
        </Card>
      ))}
      <Card withBorder padding={0}>
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="sm" className="numbers">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Step</Table.Th>
                <Table.Th>Status</Table.Th>
                <Table.Th>Took</Table.Th>
                <Table.Th ta="right">Rows read</Table.Th>
                <Table.Th ta="right">Rows written</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {run.steps.map((step) => (
                <Table.Tr key={step.name}>
                  <Table.Td fw={600}>{step.name}</Table.Td>
                  <Table.Td><StatusBadge status={step.status} /></Table.Td>
                  <Table.Td>{duration(step.startedAt, step.finishedAt)}</Table.Td>
                  <Table.Td ta="right">{count(step.rowsRead)}</Table.Td>
                  <Table.Td ta="right">{count(step.rowsWritten)}</Table.Td>
                  <Table.Td><Text size="sm">{step.reason}</Text></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
      <Card withBorder>
        <Title order={4} mb="xs">Log</Title>
        <div className="log" role="log">
          {run.log.map((line) => (
            <div key={line.seq}>
              <Text span inherit c="dimmed">{line.time.slice(11, 23)}</Text> {line.step !== undefined && <Text span inherit c="violet">{line.step} </Text>}
              <Text span inherit {...(line.level === 'error' ? { c: 'red' } : {})}>{line.message}</Text>
            </div>
          ))}
          {run.log.length === 0 && <Text size="sm" c="dimmed">Nothing yet.</Text>}
        </div>
      </Card>
    </Stack>
  )
}

// The server sends the run again after each change; a stream that breaks is taken up by asking once more.
function useWatchedRun(id: string, finished: boolean): void {
  const cache = useQueryClient()
  useEffect(() => {
    if (finished) return undefined
    const stop = new AbortController()
    const watch = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const answer = await client.watchRun({ run: id }, { signal: stop.signal })
        if (answer.ok) {
          for await (const run of answer.value) {
            cache.setQueryData(queries.run(id).queryKey, run)
            if (run.finishedAt !== undefined) return
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
    }
    watch().catch(() => cache.invalidateQueries({ queryKey: queries.run(id).queryKey }))
    return () => stop.abort()
  }, [id, finished, cache])
}

function CancelButton({ run }: { readonly run: Run }) {
  const cancel = useMutation({ mutationFn: () => valueOrThrow(client.cancelRun({ run: run.id })) })
  const { allowed, reason } = run.can.cancel
  return (
    <Stack gap="xs" align="end">
      <Tooltip label={reason ?? 'Stop it; nothing is published'}>
        <Button color="red" variant="light" loading={cancel.isPending} aria-disabled={!allowed} {...(!allowed && { 'data-disabled': true })} onClick={() => allowed && cancel.mutate()}>Cancel</Button>
      </Tooltip>
      {cancel.isError && <ProblemAlert error={cancel.error} />}
    </Stack>
  )
}
