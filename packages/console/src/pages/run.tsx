// A run, live while it goes: the server sends it anew after each change.

import { ActionIcon, Alert, Anchor, Card, Group, Modal, Stack, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconPlayerTrackNext } from '@tabler/icons-react'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import type { Run } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import { useEffect } from 'react'
import { client, queries } from '../api.ts'
import { Checks } from '../run/checks.tsx'
import { RunLog } from '../run/log.tsx'
import { Steps } from '../run/steps.tsx'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { duration } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'
import { StatusBadge } from '../shell/status-badge.tsx'

export function RunPage() {
  const { run: id } = useParams({ from: '/signed-in/runs/$run' })
  const { data: run } = useSuspenseQuery(queries.run(id))
  const unfinished = run.finishedAt === undefined
  useWatchedRun(id, !unfinished)
  return (
    <Stack>
      <PageHead
        title={`Run of ${run.product}`}
        tab={`${run.status}: run of ${run.product}`}
        above={<><AnchorLink to="/runs" inherit>Runs</AnchorLink> / <AnchorLink to="/products/$product" params={{ product: run.product }} inherit>{run.product}</AnchorLink></>}
        beside={<span role="status"><StatusBadge status={run.status} /></span>}
        about={<Text size="sm" className="numbers">{run.trigger} · <Ago at={run.startedAt ?? run.requestedAt} /> · {unfinished ? 'for' : 'took'} {duration(run.startedAt, run.finishedAt)} · <code>{run.id}</code></Text>}
        actions={<Group gap="xs" align="start">{unfinished ? <><PauseButton run={run} /><CancelButton run={run} /></> : <RerunButton run={run} />}</Group>}
      />
      {run.waits !== undefined && <Text size="sm" role="status">It waits: {run.waits}. Its priority is {run.priority}.</Text>}
      {run.paused !== undefined && <Text size="sm" role="status">Paused by {run.paused.by}: it stops before its next step.</Text>}
      {run.diagnostics.map((d) => (
        <Alert key={`${d.code} ${d.message}`} color={d.severity === 'error' ? 'red' : 'orange'} icon={<IconAlertTriangle />} title={d.message} role="alert">
          {d.place !== undefined && <Text size="sm"><code>{d.place.file}:{d.place.line}:{d.place.column}</code></Text>}
          {d.help !== undefined && <Text size="sm">{d.help}</Text>}
          <Text size="xs" c="dimmed"><code>{d.code}</code></Text>
        </Alert>
      ))}
      {run.status === 'failed' && <Text size="sm" c="dimmed">Nothing of this run was published: ports go on serving the last good snapshot.</Text>}
      <Card withBorder padding={0} component="section" aria-label="Steps">
        <VisuallyHidden><Title order={2}>Steps</Title></VisuallyHidden>
        <Steps run={run} again={!unfinished && run.can.rerun.allowed ? RerunFrom : undefined} />
      </Card>
      <Checks steps={run.steps} />
      <RunLog log={run.log} unfinished={unfinished} />
      <Anchor href={`/api/v1/runs/${encodeURIComponent(run.id)}`} size="sm">This run as JSON</Anchor>
    </Stack>
  )
}

// A stream that breaks is taken up by asking once more.
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
    const lookAgain = (): void => {
      if (!stop.signal.aborted) void cache.invalidateQueries({ queryKey: queries.run(id).queryKey })
    }
    watch().catch(lookAgain)
    return () => stop.abort()
  }, [id, finished, cache])
}

function PauseButton({ run }: { readonly run: Run }) {
  const cache = useQueryClient()
  const isPaused = run.paused !== undefined
  const change = useMutation({
    mutationFn: () => valueOrThrow(isPaused ? client.resumeRun({ run: run.id }) : client.pauseRun({ run: run.id })),
    onSuccess: (changed) => cache.setQueryData(queries.run(run.id).queryKey, changed),
  })
  return (
    <Stack gap="xs" align="end">
      <ReasonedButton permission={run.can.pause} hint={isPaused ? 'Let it go on' : 'Let it stop before its next step'} variant="light" loading={change.isPending} onPress={() => change.mutate()}>{isPaused ? 'Resume' : 'Pause'}</ReasonedButton>
      {change.isError && <ProblemAlert error={change.error} />}
    </Stack>
  )
}

/** The new run is shown in place of this one. */
function useRerun(run: Run, from: string | undefined) {
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () => valueOrThrow(client.rerunRun({ run: run.id, ...(from !== undefined && { from }) })),
    onSuccess: ({ runId }) => navigate({ to: '/runs/$run', params: { run: runId } }),
  })
}

function RerunButton({ run }: { readonly run: Run }) {
  const rerun = useRerun(run, run.status === 'succeeded' ? run.steps[0]?.name : undefined)
  const hint = run.status === 'succeeded' ? 'Do all of it anew' : 'Take over what went well, and do the rest anew'
  return (
    <Stack gap="xs" align="end">
      <ReasonedButton permission={run.can.rerun} hint={hint} variant="light" loading={rerun.isPending} onPress={() => rerun.mutate()}>Run again</ReasonedButton>
      {rerun.isError && <ProblemAlert error={rerun.error} />}
    </Stack>
  )
}

/** What was made before the step is taken over; where that cannot be, the answer says why. */
function RerunFrom({ run, step }: { readonly run: Run; readonly step: string }) {
  const rerun = useRerun(run, step)
  return (
    <>
      <Tooltip label="Take over what came before it, and do this step and the rest anew">
        <ActionIcon variant="subtle" color="gray" aria-label={`Run again from ${step}`} loading={rerun.isPending} onClick={() => rerun.mutate()}><IconPlayerTrackNext size={16} aria-hidden /></ActionIcon>
      </Tooltip>
      {rerun.isError && <Modal opened onClose={() => rerun.reset()} title={`Not from ${step}`} centered closeButtonProps={{ 'aria-label': 'Close' }}><ProblemAlert error={rerun.error} /></Modal>}
    </>
  )
}

function CancelButton({ run }: { readonly run: Run }) {
  const cancel = useMutation({ mutationFn: () => valueOrThrow(client.cancelRun({ run: run.id })) })
  return (
    <Stack gap="xs" align="end">
      <ReasonedButton permission={run.can.cancel} hint="Stop it; nothing is published" color="red" variant="light" loading={cancel.isPending} onPress={() => cancel.mutate()}>Cancel</ReasonedButton>
      {cancel.isError && <ProblemAlert error={cancel.error} />}
    </Stack>
  )
}
