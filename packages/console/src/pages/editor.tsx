// The editor for product specs, contracts, policies and models: completion from the schemas, findings at their places and the plan, live. It
// ends in a file or a patch. The folder stays the truth: nothing is written there from here.

import { Alert, Button, Card, CopyButton, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck, IconChevronDown, IconCopy, IconDownload, IconFilePlus, IconFolder, IconRestore } from '@tabler/icons-react'
import { keepPreviousData, useQueries, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../api.ts'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { useSettled } from '../shell/use-settled.ts'
import { useDrafts } from '../spec/drafts.ts'
import { FileList } from '../spec/file-list.tsx'
import { Outcome } from '../spec/outcome.tsx'
import { patchOf } from '../spec/patch.ts'
import type { Schemas } from '../spec/schema-types.ts'
import { YamlEditor } from '../spec/yaml-editor.tsx'

const REST_MILLISECONDS = 500
const NONE: readonly never[] = []

export function EditorPage() {
  const { file } = useSearch({ from: '/signed-in/editor' })
  const navigate = useNavigate({ from: '/editor' })
  const { data: { files } } = useSuspenseQuery(queries.meshFiles())
  const { data: { schemas } } = useSuspenseQuery(queries.schemas())
  const [drafts, write, forgetAll] = useDrafts()
  const [goTo, setGoTo] = useState<{ readonly line: number; readonly column: number }>()
  // Another copy of the editor, with what the folder says, after drafts were dropped.
  const [copy, setCopy] = useState(0)
  const known = new Set(files.map(({ path }) => path))
  const open = useQuery({ ...queries.meshFile(file ?? ''), enabled: file !== undefined && known.has(file) })
  const text = file === undefined ? undefined : (drafts[file] ?? open.data?.text)
  const settled = useSettled(Object.entries(drafts).map(([path, draft]) => ({ path, text: draft })), REST_MILLISECONDS)
  const trial = useQuery({ ...queries.trial(settled), placeholderData: keepPreviousData })
  const findings = trial.data?.diagnostics ?? NONE
  const show = (path: string): void => void navigate({ search: { file: path } })
  const wrong = new Set(findings.flatMap(({ severity, place }) => (severity === 'error' && place !== undefined ? [place.file] : [])))
  return (
    <Stack gap="md">
      <PageHead
        title="Editor" tab={file === undefined ? 'Editor' : `${file}: Editor`}
        about="Files of the mesh, with completion, findings and the plan as you write. It ends in a file or a patch: the folder stays the truth, and nothing is written there from here."
        actions={<Take drafts={drafts} known={known} onDrop={() => { forgetAll(); setCopy(copy + 1) }} onNew={(path) => { if (!known.has(path)) write(path, drafts[path] ?? ''); show(path) }} />}
      />
      <div className="spec">
        <FileList files={[...new Set([...files.map(({ path }) => path), ...Object.keys(drafts)])].toSorted()} drafts={new Set(Object.keys(drafts))} wrong={wrong} here={file} onOpen={show} />
        <Card withBorder padding={0} component="section" aria-label="File" className="spec-text">
          {file === undefined && <Empty icon={IconFolder} title="Choose a file">Product specs, contracts, policies and models of the mesh.</Empty>}
          {file !== undefined && <Text size="sm" fw={600} px="md" py={8} className="bench-bar">{file}</Text>}
          {open.isError && <ProblemAlert error={open.error} />}
          {file !== undefined && !known.has(file) && text === undefined && <Empty icon={IconFolder} title="No such file">Choose another one, or begin it as a new file.</Empty>}
          {file !== undefined && text !== undefined && (
            <YamlEditor
              key={`${file} ${copy}`} path={file} text={text} schemas={schemas as Schemas} goTo={goTo} findings={findings.filter(({ place }) => place?.file === file)}
              onChange={(next) => write(file, next === open.data?.text ? undefined : next)}
            />
          )}
        </Card>
        {trial.isError ? <ProblemAlert error={trial.error} /> : <Outcome trial={trial.data} isAsking={trial.isFetching} onGo={({ file: path, line, column }) => { show(path); setGoTo({ line, column }) }} />}
      </div>
    </Stack>
  )
}

interface TakeProps { readonly drafts: Readonly<Record<string, string>>; readonly known: ReadonlySet<string>; readonly onDrop: () => void; readonly onNew: (path: string) => void }

function Take({ drafts, known, onDrop, onNew }: TakeProps) {
  const [naming, setNaming] = useState(false)
  const paths = Object.keys(drafts).toSorted()
  const before = useQueries({ queries: paths.filter((path) => known.has(path)).map((path) => queries.meshFile(path)) })
  const texts = new Map(before.flatMap(({ data }) => (data === undefined ? [] : [[data.path, data.text] as const])))
  const isKnown = paths.every((path) => !known.has(path) || texts.has(path))
  const patch = isKnown ? patchOf(paths.map((path) => ({ path, before: texts.get(path), after: drafts[path] ?? '' }))) : ''
  return (
    <Group gap="xs">
      <Button variant="default" leftSection={<IconFilePlus size={16} aria-hidden />} onClick={() => setNaming(true)}>New file</Button>
      <Menu position="bottom-end" disabled={paths.length === 0}>
        <Menu.Target><Button disabled={paths.length === 0} rightSection={<IconChevronDown size={16} aria-hidden />}>Take {paths.length === 0 ? 'the change' : plural(paths.length, 'file')}</Button></Menu.Target>
        <Menu.Dropdown>
          <CopyButton value={patch}>{({ copied, copy }) => <Menu.Item closeMenuOnClick={false} leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>{copied ? 'Copied' : 'Copy as a patch for git apply'}</Menu.Item>}</CopyButton>
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => download('change.patch', patch)}>Download the patch</Menu.Item>
          {paths.map((path) => <Menu.Item key={path} leftSection={<IconDownload size={16} />} onClick={() => download(path.slice(path.lastIndexOf('/') + 1), drafts[path] ?? '')}>Download {path}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconRestore size={16} />} onClick={onDrop}>Drop all that is not taken</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title="A new file" closeButtonProps={{ 'aria-label': 'Close' }}><NewFile onDone={(path) => { setNaming(false); onNew(path) }} /></Modal>
    </Group>
  )
}

const NAME = /^(?!\/)(?!(?:.*\/)?\.)[^\0\\]+\.(?:ya?ml|sql)$/u

function NewFile({ onDone }: { readonly onDone: (path: string) => void }) {
  const [path, setPath] = useState('')
  const isName = NAME.test(path)
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (isName) onDone(path) }}>
      <Stack>
        <TextInput label="Path below the mesh folder" placeholder="domains/network/delays/product.yaml" value={path} onChange={(event) => setPath(event.currentTarget.value)} error={path !== '' && !isName && 'A relative path that ends in .yaml or .sql'} data-autofocus />
        <Alert variant="light" color="gray" p="xs">It is in your browser until you take it into the folder.</Alert>
        <Group justify="end"><Button type="submit" disabled={!isName}>Begin it</Button></Group>
      </Stack>
    </form>
  )
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
