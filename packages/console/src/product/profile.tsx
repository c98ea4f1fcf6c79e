// What the columns of the published snapshots hold, and how that changed since the version before.

import { Alert, Badge, Button, Card, Group, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconChartHistogram, IconEyeOff, IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ColumnDrift, ColumnProfile, DataSet, DataSetProfile, Product } from '@tulle/api'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { AskForAccess } from './ask-for-access.tsx'

export function ProfileTab({ product }: { readonly product: Product }) {
  return <Stack gap="xl">{product.dataSets.map((dataSet) => <ProfileOf key={dataSet.name} product={product} dataSet={dataSet} />)}</Stack>
}

function ProfileOf({ product, dataSet }: { readonly product: Product; readonly dataSet: DataSet }) {
  const [snapshot, choose] = useState<string>()
  const found = useQuery(queries.profile(product.name, dataSet, snapshot))
  return (
    <Stack gap="sm" component="section" aria-label={`Profile of ${dataSet.name}`}>
      {found.isError && (
        <>
          <Title order={2} className="address">{product.name}.{dataSet.name}</Title>
          {dataSet.access.effect === 'deny'
            ? <Alert color="orange" icon={<IconLock aria-hidden />} title={found.error.message} role="alert"><AskForAccess product={product} /></Alert>
            : <ProblemAlert error={found.error} />}
        </>
      )}
      {found.data === undefined && !found.isError && <Loading />}
      {found.data !== undefined && <Found found={found.data} onChoose={choose} />}
    </Stack>
  )
}

function Found({ found: { product, dataSet, closed, profile, drift, snapshots }, onChoose }: { readonly found: DataSetProfile; readonly onChoose: (snapshot: string | undefined) => void }) {
  const title = <Title order={2} className="address">{product}.{dataSet}</Title>
  if (closed !== undefined) return <>{title}<Alert color="gray" icon={<IconEyeOff />}>{closed}</Alert></>
  if (profile === undefined) return <>{title}<Card withBorder><Empty icon={IconChartHistogram} title="No profile yet">The next run that publishes makes one.</Empty></Card></>
  const changes = new Map(drift?.columns.map((one) => [one.name, one]))
  const removed = drift?.columns.filter(({ change }) => change === 'removed') ?? []
  return (
    <>
      <Group justify="space-between" align="end" gap="sm">
        <div>
          {title}
          <Text size="sm" c="dimmed">
            {plural(profile.rows, 'row')}, profiled <Ago at={profile.at} />
            {drift !== undefined && <>; compared with the version of <Ago at={drift.at} />, which had {count(drift.rows.before)}</>}
          </Text>
        </div>
        <Select size="xs" w={270} aria-label={`Version of ${dataSet}`} value={profile.snapshot} allowDeselect={false} onChange={(value) => onChoose(value ?? undefined)}
          data={snapshots.map((one, i) => ({ value: one.snapshot, label: `${new Date(one.at).toLocaleString('en')}${i === 0 ? ' (newest)' : ''}` }))} />
      </Group>
      {removed.length > 0 && <Alert color="orange">{removed.map(({ name }) => name).join(', ')}: not there any more.</Alert>}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {profile.columns.map((column) => <ColumnCard key={column.name} column={column} rows={profile.rows} drift={changes.get(column.name)} />)}
      </SimpleGrid>
    </>
  )
}

const MARK = { none: undefined, some: ['orange', 'drifted'], much: ['red', 'drifted much'] } as const

function ColumnCard({ column, rows, drift }: { readonly column: ColumnProfile; readonly rows: number; readonly drift: ColumnDrift | undefined }) {
  const mark = drift === undefined || drift.change === 'added' ? undefined : MARK[drift.level]
  const { name, type, masked, trouble, histogram } = column
  return (
    <Card withBorder padding="md" component="article" aria-label={`Profile of the column ${name}`}>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb={6}>
        <Text fw={600} truncate title={name}>{name} <Text span size="xs" c="dimmed" ff="monospace">{type}</Text></Text>
        {drift?.change === 'added' && <Badge size="sm" variant="light" tt="none" color="blue">new column</Badge>}
        {mark !== undefined && <Badge size="sm" variant="light" tt="none" color={mark[0]}>{mark[1]}</Badge>}
      </Group>
      <Filled nulls={column.nulls} rows={rows} name={name} />
      <Text size="xs" c="dimmed" mt={4} className="numbers">
        {column.distinct !== undefined && `${column.isEstimate === true ? 'about ' : ''}${count(column.distinct)} distinct`}{column.distinct !== undefined && ', '}{share(column.nulls, rows)} empty
      </Text>
      {mark !== undefined && <Text size="xs" mt={6} c={`${mark[0]}.7`} className="drift-why">{drift?.why.join(' ')}<Named label="New" values={drift?.appeared} /><Named label="Gone" values={drift?.vanished} /></Text>}
      {masked === true && <Group gap={6} mt="sm" c="dimmed"><IconEyeOff size={14} aria-hidden /><Text size="sm">Masked for you: no values are shown.</Text></Group>}
      {trouble !== undefined && <Text size="sm" c="red" mt="sm">It could not be read: {trouble}</Text>}
      {histogram !== undefined && <Histogram column={column} histogram={histogram} />}
      {(histogram === undefined || column.isComplete === true) && <Top column={column} rows={rows} />}
      <Facts column={column} />
    </Card>
  )
}

const Named = ({ label, values }: { readonly label: string; readonly values: readonly string[] | undefined }): ReactNode =>
  (values === undefined || values.length === 0 ? null : <> {label}: {values.slice(0, 6).join(', ')}{values.length > 6 ? ' …' : ''}.</>)

const share = (part: number, of: number): string => (of === 0 ? '0 %' : part > 0 && part / of < 0.001 ? '< 0.1 %' : `${Number(((part / of) * 100).toFixed(1))} %`)

function Filled({ nulls, rows, name }: { readonly nulls: number; readonly rows: number; readonly name: string }) {
  const filled = rows === 0 ? 0 : ((rows - nulls) / rows) * 100
  return <div className="filled" role="img" aria-label={`${name}: ${share(nulls, rows)} empty`}><div style={{ width: `${filled}%` }} /></div>
}

const [WIDTH, HEIGHT] = [240, 64]

/** Bars of equal width; a value that is rare is still seen. The box spans the middle half, its line is the median. */
function Histogram({ column, histogram: { low, high, counts } }: { readonly column: ColumnProfile; readonly histogram: NonNullable<ColumnProfile['histogram']> }) {
  const most = Math.max(...counts, 1)
  const step = WIDTH / counts.length
  const at = (value: number): number => (high === low ? WIDTH / 2 : ((value - low) / (high - low)) * WIDTH)
  const [q25, q50, q75] = [0.25, 0.5, 0.75].map((one) => quantile(column, one))
  return (
    <div className="histogram">
      <svg role="img" aria-label={`How ${column.name} is spread: half of its values lie between ${shown(column, q25)} and ${shown(column, q75)}`} viewBox={`0 0 ${WIDTH} ${HEIGHT + 10}`} preserveAspectRatio="none" width="100%" height={HEIGHT + 10}>
        {counts.map((n, i) => {
          const height = n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT)
          const [from, to] = [low + ((high - low) * i) / counts.length, low + ((high - low) * (i + 1)) / counts.length]
          return <rect key={from} className="histogram-bar" x={i * step + 0.5} width={Math.max(1, step - 1)} y={HEIGHT - height} height={height} rx={1}><title>{`${shown(column, from)} to ${shown(column, to)}: ${plural(n, 'row')}`}</title></rect>
        })}
        {q25 !== undefined && q50 !== undefined && q75 !== undefined && (
          <g>
            <rect className="histogram-box" x={at(q25)} width={Math.max(2, at(q75) - at(q25))} y={HEIGHT + 3} height={5} rx={2} />
            <rect className="histogram-median" x={at(q50) - 1} width={2} y={HEIGHT + 1} height={9} />
          </g>
        )}
      </svg>
      <Group justify="space-between" gap={4} wrap="nowrap"><Text size="xs" c="dimmed" className="numbers">{shown(column, low)}</Text><Text size="xs" c="dimmed" className="numbers">median {shown(column, q50)}</Text><Text size="xs" c="dimmed" className="numbers">{shown(column, high)}</Text></Group>
    </div>
  )
}

const quantile = ({ quantiles }: ColumnProfile, at: number): number | undefined => quantiles?.[Math.round(at * (quantiles.length - 1))]

function shown({ kind, type }: ColumnProfile, value: number | undefined): string {
  if (value === undefined) return '–'
  if (kind !== 'time') return new Intl.NumberFormat('en', { maximumSignificantDigits: 4, notation: Math.abs(value) >= 1e6 ? 'compact' : 'standard' }).format(value)
  if (type === 'time') return new Date(value * 1_000).toISOString().slice(11, 16)
  const date = new Date(value * 1_000)
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString().slice(0, type === 'date' ? 10 : 16).replace('T', ' ')
}

const FEW = 6

function Top({ column: { name, top = [], isComplete }, rows }: { readonly column: ColumnProfile; readonly rows: number }) {
  const [all, setAll] = useState(false)
  if (top.length === 0) return null
  const most = top[0]?.count ?? 1
  return (
    <div className="top" aria-label={`Common values of ${name}`} role="group">
      {(all ? top : top.slice(0, FEW)).map(({ value, count: n }) => (
        <div key={value} className="top-row" title={`${value}: ${plural(n, 'row')}`}>
          <div className="top-bar" style={{ width: `${(n / most) * 100}%` }} />
          <span className="top-value">{value === '' ? <i>empty text</i> : value}</span>
          <span className="top-share numbers">{share(n, rows)}</span>
        </div>
      ))}
      {top.length > FEW && <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>{all ? 'Fewer' : `${top.length - FEW} more${isComplete === true ? '' : ' of the most common'}`}</Button>}
    </div>
  )
}

function Facts({ column: { kind, masked, min, max, mean, length, shapes, quantiles, ...column } }: { readonly column: ColumnProfile }) {
  if (masked === true) return null
  const whole = { kind, min, max, mean, length, shapes, quantiles, ...column } as ColumnProfile
  const facts: (readonly [string, string])[] = [
    ...(kind === 'text' && min !== undefined && max !== undefined ? [['from … to', `${min} … ${max}`] as const] : []),
    ...(mean === undefined ? [] : [['mean', shown(whole, mean)] as const]),
    ...(quantiles === undefined ? [] : [['5 % … 95 %', `${shown(whole, quantile(whole, 0.05))} … ${shown(whole, quantile(whole, 0.95))}`] as const]),
    ...(length === undefined ? [] : [['length', length.min === length.max ? `${length.min}` : `${length.min} to ${length.max}`] as const]),
    ...(shapes === undefined || shapes.length === 0 ? [] : [['shape', shapes.slice(0, 2).map(({ value }) => value).join(', ')] as const]),
  ]
  return facts.length === 0 ? null : <dl className="column-facts">{facts.map(([label, value]) => <div key={label}><dt>{label}</dt><dd title={value}>{value}</dd></div>)}</dl>
}
