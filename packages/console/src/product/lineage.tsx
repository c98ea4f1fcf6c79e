// Where the columns of a data set come from and where they go, in a picture and in words. Data set, column, version and steps are in the address.

import { Alert, Card, Chip, Group, SegmentedControl, Select, SimpleGrid, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconHistory, IconInfoCircle, IconSitemap } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { DataSet, Lineage, Product, Snapshot } from '@tulle/api'
import { useMemo, useState } from 'react'
import { LINEAGE_STEPS } from '../addresses.ts'
import type { ProductSearch } from '../addresses.ts'
import { queries } from '../api.ts'
import { InWords } from '../lineage/in-words.tsx'
import { layersOf, layOut } from '../lineage/layout.ts'
import type { Place } from '../lineage/layout.ts'
import { Picture } from '../lineage/picture.tsx'
import { Empty } from '../shell/empty.tsx'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'

type Steps = (typeof LINEAGE_STEPS)[number]

const DEPTHS: Readonly<Record<Steps, readonly [depth: number, label: string]>> = { one: [1, '1 step'], two: [2, '2 steps'], all: [20, 'All steps'] }

/** Columns that a box shows. */
const AT_FIRST = 14

export function LineageTab({ product }: { readonly product: Product }) {
  const { of } = useSearch({ from: '/signed-in/products/$product' })
  const dataSet = product.dataSets.find(({ name }) => name === of) ?? product.dataSets[0]
  if (dataSet === undefined) return <Card withBorder><Empty icon={IconSitemap} title="It has no data set">Lineage is of the columns of data sets.</Empty></Card>
  return <LineageOf key={dataSet.name} product={product} dataSet={dataSet} />
}

function LineageOf({ product, dataSet }: { readonly product: Product; readonly dataSet: DataSet }) {
  const { column, at, steps = 'two' } = useSearch({ from: '/signed-in/products/$product' })
  const navigate = useNavigate({ from: '/products/$product' })
  const lineage = useQuery({ ...queries.lineage(product.name, dataSet, { column, at, depth: DEPTHS[steps][0] }), placeholderData: keepPreviousData })
  const here: ProductSearch = { tab: 'lineage', of: dataSet.name, column, at, steps: steps === 'two' ? undefined : steps }
  const refine = (change: ProductSearch): void => void navigate({ search: { ...here, ...change }, resetScroll: false })
  return (
    <Stack gap="lg">
      {product.dataSets.length > 1 && (
        <Group gap={8} role="group" aria-label="Data set">
          {product.dataSets.map(({ name }) => <Chip key={name} variant="outline" size="sm" checked={name === dataSet.name} onChange={() => refine({ of: name, column: undefined, at: undefined })}>{name}</Chip>)}
        </Group>
      )}
      <Group gap="sm" align="end">
        <Select size="xs" w={230} label="Column" placeholder="every column" searchable clearable value={column ?? null} data={[...new Set(dataSet.columns.map(({ name }) => name))]} onChange={(value) => refine({ column: value ?? undefined })} clearButtonProps={{ 'aria-label': 'Every column' }} />
        <VersionSelect product={product.name} dataSet={dataSet.name} at={at} onChoose={(value) => refine({ at: value })} />
        <div>
          <VisuallyHidden id="lineage-steps">Steps away</VisuallyHidden>
          <SegmentedControl size="xs" aria-labelledby="lineage-steps" value={steps} onChange={(value) => refine({ steps: value === 'two' ? undefined : LINEAGE_STEPS.find((one) => one === value) })} data={LINEAGE_STEPS.map((value) => ({ value, label: DEPTHS[value][1] }))} />
        </div>
      </Group>
      {lineage.isError && <ProblemAlert error={lineage.error} />}
      {lineage.isPending && <Loading />}
      {lineage.data !== undefined && !lineage.isError && <Found product={product.name} dataSet={dataSet} lineage={lineage.data} here={here} />}
    </Stack>
  )
}

function VersionSelect({ product, dataSet, at, onChoose }: { readonly product: string; readonly dataSet: string; readonly at: string | undefined; readonly onChoose: (at: string | undefined) => void }) {
  const history = useQuery(queries.snapshots(product, dataSet))
  const known = (history.data?.snapshots ?? []).map(({ id, publishedAt, time, state }: Snapshot) => ({ value: id, label: `${new Date(publishedAt ?? time).toLocaleString('en')}${state === 'current' ? ' (served)' : ''}` }))
  const versions = at === undefined || known.some(({ value }) => value === at) ? known : [...known, { value: at, label: at }]
  return (
    <Select size="xs" w={230} label="As of" value={at ?? 'now'} allowDeselect={false} onChange={(value) => onChoose(value === null || value === 'now' ? undefined : value)}
      data={[{ value: 'now', label: 'what is published now' }, ...versions]} />
  )
}

function Found({ product, dataSet, lineage, here }: { readonly product: string; readonly dataSet: DataSet; readonly lineage: Lineage; readonly here: ProductSearch }) {
  const { column, at } = here
  const [isAll, showAll] = useState(false)
  const columns = dataSet.columns.map(({ name }) => name)
  // A column that is chosen is shown, however far down it stands.
  const isFar = columns.findIndex((name) => name.toLowerCase() === column?.toLowerCase()) >= AT_FIRST
  const middle = useMemo((): Place => ({ product, kind: 'data-set', name: dataSet.name, ...(at !== undefined && { snapshot: at }) }), [product, dataSet.name, at])
  const layers = useMemo(() => layersOf(lineage.edges, middle), [lineage, middle])
  const layout = layOut({ lineage, middle, columns, isOpen: column !== undefined, most: isAll || isFar ? Number.POSITIVE_INFINITY : AT_FIRST })
  const named = `${product}.${dataSet.name}${column === undefined ? '' : `.${column}`}`
  const words = { edges: lineage.edges, layers }
  return (
    <>
      {at !== undefined && <Alert color="gray" icon={<IconHistory />}>As this version was made. The past knows nothing of what came after it, so this leads upstream only.</Alert>}
      {lineage.guesses.length > 0 && <Alert color="yellow" icon={<IconInfoCircle />} title="Guessed">{lineage.guesses.map((guess) => <Text key={guess} size="sm">{guess}</Text>)}</Alert>}
      <Card withBorder padding={0} className="lineage-card">
        <Picture label={`Lineage of ${named}`} layout={layout} chosen={column} searchOf={(chosen) => ({ ...here, column: chosen })} onShowAll={() => showAll(true)} />
        <Group px="md" py={8} gap="lg" className="lineage-legend">
          <Key flows label="the value flows" />
          <Key flows={false} label="it only decides: which rows, which groups, which order" />
          {column === undefined && <Text size="xs" c="dimmed">Press a column to follow it.</Text>}
        </Group>
      </Card>
      {lineage.cut && <Text size="sm" c="dimmed" role="note">There is more, farther away than is shown.</Text>}
      <SimpleGrid cols={{ base: 1, md: at === undefined ? 2 : 1 }}>
        <InWords title="Where it comes from" side="upstream" {...words} nothing={column === undefined ? 'Nothing is known of where it comes from.' : 'Nothing that is known flows into this column or decides about it.'} />
        {at === undefined && <InWords title="Where it goes" side="downstream" {...words} nothing="No data set that you may know of reads it." />}
      </SimpleGrid>
    </>
  )
}

function Key({ flows, label }: { readonly flows: boolean; readonly label: string }) {
  return (
    <Group gap={8} wrap="nowrap">
      <svg width={34} height={10} aria-hidden className="lineage-key"><path d="M 1 5 H 33" className={flows ? 'lineage-flows' : 'lineage-decides'} /></svg>
      <Text size="xs" c="dimmed">{label}</Text>
    </Group>
  )
}
