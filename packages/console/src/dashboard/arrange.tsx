// Arranging a dashboard: which saved queries, in which order, how wide, as what. It is kept by the button, never by itself.

import { ActionIcon, Alert, Button, Card, Group, SegmentedControl, Select, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash, IconUsers } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Dashboard, Panel } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { slugOf } from '../workbench/slug.ts'

type Placed = Omit<Panel, 'saved'>

interface Props {
  /** The one that is changed; none: a new one. */
  readonly dashboard?: Dashboard
  readonly onDone: (kept: Dashboard | undefined) => void
}

export function Arrange({ dashboard, onDone }: Props) {
  const saved = useQuery(queries.savedQueries())
  const products = useQuery(queries.products({}))
  const [title, setTitle] = useState(dashboard?.title ?? '')
  const [about, setAbout] = useState(dashboard?.description ?? '')
  const [chosen, setProduct] = useState(dashboard?.product)
  const [panels, setPanels] = useState<readonly Placed[]>(dashboard?.panels.map(({ product, query, width, view }) => ({ product, query, width, view })) ?? [])
  const product = chosen ?? panels[0]?.product ?? products.data?.products[0]?.name ?? ''
  const name = dashboard?.name ?? slugOf(title)
  const titleOf = ({ product: of, query }: Placed): string => saved.data?.queries.find((one) => one.product === of && one.name === query)?.title ?? `${of}.${query}`
  const change = (at: number, part: Partial<Placed>): void => setPanels(panels.map((panel, i) => (i === at ? { ...panel, ...part } : panel)))
  const move = (at: number, by: 1 | -1): void => {
    const next = [...panels]
    const [taken] = next.splice(at, 1)
    if (taken !== undefined) next.splice(at + by, 0, taken)
    setPanels(next)
  }
  const keep = useMutation({
    mutationFn: () => valueOrThrow(client.saveDashboard({ product, name, title: title.trim(), panels: [...panels], ...(about.trim() !== '' && { description: about.trim() }), ...(dashboard !== undefined && { version: dashboard.version }) })),
    onSuccess: async (kept) => {
      queryClient.setQueryData(queries.dashboard(kept.product, kept.name).queryKey, kept)
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
      onDone(kept)
    },
  })
  return (
    <Card withBorder component="form" aria-label={dashboard === undefined ? 'A new dashboard' : 'Arrange'} onSubmit={(event) => { event.preventDefault(); if (name !== '') keep.mutate() }}>
      <Stack gap="sm">
        <Group grow align="start" preventGrowOverflow={false}>
          <TextInput label="Title" required maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
          <Select label="Product" description="Beside which it is kept" disabled={dashboard !== undefined} data={products.data?.products.map((one) => ({ value: one.name, label: one.title })) ?? []} value={product} onChange={(value) => setProduct(value ?? undefined)} searchable allowDeselect={false} />
        </Group>
        <Textarea label="About" maxLength={2000} autosize minRows={1} value={about} onChange={(event) => setAbout(event.currentTarget.value)} />
        <Stack gap={6} component="ol" className="panel-list" aria-label="Panels">
          {panels.map((panel, at) => (
            <Group key={`${panel.product}.${panel.query} ${at + 1}`} component="li" gap="xs" wrap="wrap">
              <Text size="sm" fw={600} flex="1 1 160px">{titleOf(panel)}</Text>
              <SegmentedControl size="xs" aria-label={`Show ${titleOf(panel)} as`} value={panel.view} data={[{ value: 'chart', label: 'Chart' }, { value: 'table', label: 'Table' }]} onChange={(view) => change(at, { view: view === 'table' ? 'table' : 'chart' })} />
              <SegmentedControl size="xs" aria-label={`Width of ${titleOf(panel)}`} value={String(panel.width)} data={[{ value: '1', label: '⅓' }, { value: '2', label: '⅔' }, { value: '3', label: 'Full' }]} onChange={(width) => change(at, { width: Number(width) })} />
              <Group gap={2} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" aria-label={`${titleOf(panel)} earlier`} disabled={at === 0} onClick={() => move(at, -1)}><IconArrowUp size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`${titleOf(panel)} later`} disabled={at === panels.length - 1} onClick={() => move(at, 1)}><IconArrowDown size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="red" aria-label={`Without ${titleOf(panel)}`} onClick={() => setPanels(panels.filter((_, i) => i !== at))}><IconTrash size={16} /></ActionIcon>
              </Group>
            </Group>
          ))}
        </Stack>
        <Select
          label="Add a saved query" leftSection={<IconPlus size={14} aria-hidden />} placeholder={saved.data?.queries.length === 0 ? 'Save one in the workbench first' : 'Choose one'} searchable value={null} disabled={panels.length >= 24}
          data={saved.data?.queries.map((one) => ({ value: `${one.product}.${one.name}`, label: `${one.title} (${one.product})` })) ?? []}
          onChange={(value) => {
            const one = saved.data?.queries.find((each) => `${each.product}.${each.name}` === value)
            if (one !== undefined) setPanels([...panels, { product: one.product, query: one.name, width: 1, view: one.chart === undefined ? 'table' : 'chart' }])
          }}
        />
        <Alert variant="light" color="gray" icon={<IconUsers />} p="xs">Everybody who may see {product} sees this page. Each panel asks under the rights of whoever looks.</Alert>
        {keep.isError && <ProblemAlert error={keep.error} />}
        <Group justify="end">
          <Button variant="default" onClick={() => onDone(undefined)}>Cancel</Button>
          <Button type="submit" loading={keep.isPending} disabled={name === '' || product === ''}>{dashboard === undefined ? 'Make it' : 'Save'}</Button>
        </Group>
      </Stack>
    </Card>
  )
}
