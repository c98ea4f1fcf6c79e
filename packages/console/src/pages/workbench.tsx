// The workbench: a statement, its rows, a chart of them. It asks as psql asks, so it shows what psql would show. The statement is in the
// address once it ran; a link only fills it in, and runs nothing by itself.

import { Alert, Anchor, Button, Card, Group, SegmentedControl, Select, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconChartBar, IconDeviceFloppy, IconDownload, IconLayoutDashboard, IconPlayerPlay, IconTable } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ApiProblem, valueOrThrow } from '@tulle/api'
import type { QueryAnswer, ReadableTable, SavedQuery } from '@tulle/api'
import { Suspense, lazy, useEffect, useRef, useState } from 'react'
import type { WorkbenchSearch } from '../addresses.ts'
import { client, queries } from '../api.ts'
import { ButtonLink } from '../shell/button-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { Editor } from '../workbench/editor.tsx'
import type { EditorHandle } from '../workbench/editor.tsx'
import { Results } from '../workbench/results.tsx'
import { quoteName } from '../workbench/quote-name.ts'
import { SaveQuery } from '../workbench/save-query.tsx'
import { SavedList } from '../workbench/saved-list.tsx'
import { TableList } from '../workbench/table-list.tsx'
import { ExportRows } from '../workbench/export-rows.tsx'
import type { Statement } from '../workbench/export-rows.tsx'
import { save } from '../workbench/save-file.ts'
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
  const [saving, setSaving] = useState(false)
  const readable = useQuery(queries.readable(search.purpose))
  const purpose = search.purpose ?? readable.data?.purpose
  const refine = (change: WorkbenchSearch): void => void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const ask = useMutation({ mutationFn: (statement: string) => valueOrThrow(client.query({ sql: statement, limit: LIMIT, ...(purpose !== undefined && { purpose }) })) })
  const run = (statement: string): void => {
    if (statement.trim() === '' || ask.isPending) return
    refine({ sql: statement })
    ask.mutate(statement)
  }
  const saved = useQuery({ ...queries.savedQueries(), enabled: search.query !== undefined })
  const open = saved.data?.queries.find(({ product, name }) => `${product}.${name}` === search.query)
  const fillIn = (query: SavedQuery): void => {
    editor.current?.replace(query.sql)
    ask.reset()
    const meant = query.purpose !== undefined && readable.data?.purposes.includes(query.purpose) === true ? query.purpose : search.purpose
    void navigate({ search: { query: `${query.product}.${query.name}`, sql: query.sql, purpose: meant, ...(query.chart !== undefined && { view: 'chart', ...query.chart }) }, resetScroll: false })
  }
  // A link that names a query alone: it is filled in once it is known, unless something is typed already.
  const awaited = search.sql === undefined && open !== undefined && sql === '' ? open : undefined
  const fill = useRef(fillIn)
  useEffect(() => {
    fill.current = fillIn
  })
  useEffect(() => {
    if (awaited !== undefined) fill.current(awaited)
  }, [awaited])
  const diagnostics = ask.error instanceof ApiProblem ? ask.error.diagnostics : []
  return (
    <Stack gap="md">
      <PageHead title="Workbench" about="One SELECT over everything you may read, under the same rights, masks and audit as on the SQL port." actions={<ButtonLink to="/dashboards" variant="default" leftSection={<IconLayoutDashboard size={16} aria-hidden />}>Dashboards</ButtonLink>} />
      <div className="bench">
        <div className="bench-tables">
          <aside aria-label="What you may read"><TableList tables={readable.data?.tables} onTake={(text) => editor.current?.insert(text)} /></aside>
          <aside aria-label="Saved queries">
            <Title order={2} size="h5" mt="lg" mb={6}>Saved queries</Title>
            <SavedList here={search.query} onOpen={fillIn} />
          </aside>
        </div>
        <Stack gap="md" miw={0}>
          <Card withBorder padding={0} component="section" aria-label="Statement" className="bench-statement">
            {open !== undefined && <Text size="sm" px="sm" pt="sm"><b>{open.title}</b> <Text span inherit c="dimmed">· {open.product} · version {open.version} by {open.changedBy}{open.description !== undefined && ` · ${open.description}`}</Text></Text>}
            <Editor ref={editor} text={sql} tables={readable.data?.tables ?? []} diagnostics={diagnostics} onChange={setSql} onRun={run} />
            <Group px="sm" py={8} gap="sm" justify="space-between" className="bench-bar">
              <Group gap="sm">
                <Button size="xs" leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={ask.isPending} aria-keyshortcuts="Control+Enter Meta+Enter" onClick={() => run(sql)}>Run</Button>
                <Button size="xs" variant="default" leftSection={<IconDeviceFloppy size={15} aria-hidden />} disabled={sql.trim() === '' || (readable.data?.tables.length ?? 0) === 0} onClick={() => setSaving(true)}>Save</Button>
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
          {ask.isIdle && diagnostics.length === 0 && <Begin tables={readable.data?.tables} onTake={(text) => editor.current?.replace(text)} isBegun={sql.trim() !== ''} />}
          {ask.isPending && <Skeleton h={220} />}
          {ask.data !== undefined && !ask.isPending && <Answer answer={ask.data} asked={{ sql: ask.variables, purpose: ask.data.purpose }} search={search} onRefine={refine} />}
        </Stack>
      </div>
      {saving && (
        <SaveQuery
          draft={{ sql, purpose: search.purpose, chart: search.view === 'chart' ? { mark: search.mark, x: search.x, y: search.y, colour: search.colour } : undefined }}
          products={[...new Set((readable.data?.tables ?? []).map(({ schema }) => schema.replace(/@.*$/u, '')))]} open={open}
          onDone={(done) => {
            setSaving(false)
            if (done !== undefined) refine({ query: `${done.product}.${done.name}`, sql: done.sql })
          }}
        />
      )}
    </Stack>
  )
}

/** What stands in place of an answer before there is one. */
function Begin({ tables, onTake, isBegun }: { readonly tables: readonly ReadableTable[] | undefined; readonly onTake: (text: string) => void; readonly isBegun: boolean }) {
  const first = tables?.[0]
  return (
    <Card withBorder>
      <Empty icon={IconTable} title="The answer stands here">
        {isBegun || first === undefined ? 'As a table or a chart, to save, to export, to put on a dashboard.' : <>Write a statement, or begin with one: <Anchor component="button" type="button" inherit onClick={() => onTake(`select * from ${quoteName(first.schema)}.${quoteName(first.name)} limit 100`)}>some rows of {first.schema}.{first.name}</Anchor></>}
      </Empty>
    </Card>
  )
}

interface AnswerProps { readonly answer: QueryAnswer; readonly asked: Statement; readonly search: WorkbenchSearch; readonly onRefine: (change: WorkbenchSearch) => void }

function Answer({ answer, asked, search, onRefine }: AnswerProps) {
  const view = search.view ?? 'table'
  return (
    <Card withBorder padding={0} component="section" aria-label="Answer">
      <Group px="md" py="sm" justify="space-between" gap="sm">
        <Text size="sm" role="status" className="numbers">
          {answer.more && 'the first '}{plural(answer.rows.length, 'row')} in {count(answer.milliseconds)} ms
          {answer.reads.length > 0 && <Text span inherit c="dimmed"> · {answer.reads.join(', ')}{answer.purpose !== undefined && ` · for ${answer.purpose}`}</Text>}
        </Text>
        <Group gap="xs">
          <SegmentedControl
            size="xs" aria-label="Show as" value={view} onChange={(value) => onRefine({ view: value === 'chart' ? 'chart' : undefined })}
            data={[{ value: 'table', label: <Group gap={5} wrap="nowrap"><IconTable size={14} aria-hidden />Table</Group> }, { value: 'chart', label: <Group gap={5} wrap="nowrap"><IconChartBar size={14} aria-hidden />Chart</Group> }]}
          />
          <Button variant="default" size="xs" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => save(new Blob([toCsv(answer)], { type: 'text/csv' }), 'rows.csv')}>CSV</Button>
          <ExportRows asked={asked} format="parquet" />
          <ExportRows asked={asked} format="arrow" />
        </Group>
      </Group>
      {view === 'table' ? <Results answer={answer} /> : <Suspense fallback={<Skeleton h={320} />}><Chart answer={answer} choice={search} onRefine={onRefine} /></Suspense>}
    </Card>
  )
}
