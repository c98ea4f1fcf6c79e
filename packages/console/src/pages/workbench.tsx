// The workbench: a statement, its rows, a chart of them. It asks as psql asks, so it shows what psql would show. The statement is in the
// address once it ran; a link only fills it in, and runs nothing by itself.

import { Alert, Button, Card, Group, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconChartBar, IconDownload, IconPlayerPlay, IconTable } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ApiProblem, valueOrThrow } from '@tulle/api'
import type { QueryAnswer } from '@tulle/api'
import { Suspense, lazy, useRef, useState } from 'react'
import type { WorkbenchSearch } from '../addresses.ts'
import { client, queries } from '../api.ts'
import { count } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { Editor } from '../workbench/editor.tsx'
import type { EditorHandle } from '../workbench/editor.tsx'
import { Results } from '../workbench/results.tsx'
import { TableList } from '../workbench/table-list.tsx'
import { toCsv } from '../workbench/to-csv.ts'

// The charts' library is as large as the rest of the page, and most statements end as a table.
const Chart = lazy(() => import('../workbench/chart.tsx').then(({ Chart: component }) => ({ default: component })))

const LIMIT = 5_000
const RUN_KEYS = /mac|iphone|ipad/iu.test(navigator.userAgent) ? '⌘ Enter' : 'Ctrl Enter'

export function WorkbenchPage() {
  const search = useSearch({ from: '/signed-in/workbench' })
  const navigate = useNavigate({ from: '/workbench' })
  const editor = useRef<EditorHandle>(null)
  const [sql, setSql] = useState(search.sql ?? '')
  const readable = useQuery(queries.readable(search.purpose))
  const purpose = search.purpose ?? readable.data?.purpose
  const refine = (change: WorkbenchSearch): void => void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const ask = useMutation({ mutationFn: (statement: string) => valueOrThrow(client.query({ sql: statement, limit: LIMIT, ...(purpose !== undefined && { purpose }) })) })
  const run = (statement: string): void => {
    if (statement.trim() === '' || ask.isPending) return
    refine({ sql: statement })
    ask.mutate(statement)
  }
  const diagnostics = ask.error instanceof ApiProblem ? ask.error.diagnostics : []
  return (
    <Stack gap="md">
      <PageHead title="Workbench" about="One SELECT over everything you may read, under the same rights, masks and audit as on the SQL port." />
      <div className="bench">
        <aside className="bench-tables" aria-label="What you may read">
          <TableList tables={readable.data?.tables} onTake={(text) => editor.current?.insert(text)} />
        </aside>
        <Stack gap="md" miw={0}>
          <Card withBorder padding={0} component="section" aria-label="Statement" className="bench-statement">
            <Editor ref={editor} text={sql} tables={readable.data?.tables ?? []} diagnostics={diagnostics} onChange={setSql} onRun={run} />
            <Group px="sm" py={8} gap="sm" justify="space-between" className="bench-bar">
              <Group gap="sm">
                <Button size="xs" leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={ask.isPending} aria-keyshortcuts="Control+Enter Meta+Enter" onClick={() => run(sql)}>Run</Button>
                <Text size="xs" c="dimmed" visibleFrom="sm" aria-hidden>{RUN_KEYS}</Text>
              </Group>
              {(readable.data?.purposes.length ?? 0) > 0 && (
                <Group gap={8} wrap="nowrap">
                  <Text size="xs" c="dimmed" id="purpose-label">for</Text>
                  <Select size="xs" w={200} aria-label="Purpose" placeholder="choose a purpose" data={[...(readable.data?.purposes ?? [])]} value={purpose ?? null} onChange={(value) => refine({ purpose: value ?? undefined })} comboboxProps={{ width: 'target' }} allowDeselect={false} />
                </Group>
              )}
            </Group>
          </Card>
          {diagnostics.map((d) => (
            <Alert key={`${d.code} ${d.message}`} color="red" icon={<IconAlertTriangle />} title={d.message} role="alert">
              {d.help !== undefined && <Text size="sm">{d.help}</Text>}
              <Text size="xs" c="dimmed"><code>{d.code}</code>{d.place !== undefined && ` · line ${d.place.line}, column ${d.place.column}`}</Text>
            </Alert>
          ))}
          {ask.isPending && <Skeleton h={220} />}
          {ask.data !== undefined && !ask.isPending && <Answer answer={ask.data} search={search} onRefine={refine} />}
        </Stack>
      </div>
    </Stack>
  )
}

interface AnswerProps { readonly answer: QueryAnswer; readonly search: WorkbenchSearch; readonly onRefine: (change: WorkbenchSearch) => void }

function Answer({ answer, search, onRefine }: AnswerProps) {
  const view = search.view ?? 'table'
  return (
    <Card withBorder padding={0} component="section" aria-label="Answer">
      <Group px="md" py="sm" justify="space-between" gap="sm">
        <Text size="sm" role="status" className="numbers">
          {answer.more ? `the first ${count(answer.rows.length)} rows` : answer.rows.length === 1 ? '1 row' : `${count(answer.rows.length)} rows`} in {count(answer.milliseconds)} ms
          {answer.reads.length > 0 && <Text span inherit c="dimmed"> · {answer.reads.join(', ')}{answer.purpose !== undefined && ` · for ${answer.purpose}`}</Text>}
        </Text>
        <Group gap="xs">
          <SegmentedControl
            size="xs" aria-label="Show as" value={view} onChange={(value) => onRefine({ view: value === 'chart' ? 'chart' : undefined })}
            data={[{ value: 'table', label: <Group gap={5} wrap="nowrap"><IconTable size={14} aria-hidden />Table</Group> }, { value: 'chart', label: <Group gap={5} wrap="nowrap"><IconChartBar size={14} aria-hidden />Chart</Group> }]}
          />
          <Button variant="default" size="xs" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => download(answer)}>CSV</Button>
        </Group>
      </Group>
      {view === 'table' ? <Results answer={answer} /> : <Suspense fallback={<Skeleton h={320} />}><Chart answer={answer} search={search} onRefine={onRefine} /></Suspense>}
    </Card>
  )
}

/** What leaves is what was answered: decided, masked, counted and written into the audit before it came here. */
function download(answer: QueryAnswer): void {
  const url = URL.createObjectURL(new Blob([toCsv(answer)], { type: 'text/csv' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: 'rows.csv' })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
