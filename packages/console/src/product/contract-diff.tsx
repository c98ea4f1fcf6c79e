// Two versions of a contract beside one another: what that means for readers, and the lines that differ.

import { Card, Group, NativeSelect, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Changelog, ContractDifference, Product } from '@tulle/api'
import { diffLines } from 'diff'
import { queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ChangesOfContract, Severity } from './contract-changes.tsx'

interface Props { readonly product: Product; readonly versions: Changelog['versions'] }

/** Named in the address: the data set and the version that is compared with what is applied, or with another. */
export function CompareContracts({ product, versions }: Props) {
  const { of, at, to } = useSearch({ from: '/signed-in/products/$product' })
  const navigate = useNavigate({ from: '/products/$product' })
  const dataSet = product.dataSets.find(({ name, contract }) => name === of && contract !== undefined) ?? product.dataSets.find(({ contract }) => contract !== undefined)
  if (dataSet === undefined) return null
  const kept = versions.flatMap(({ snapshots, publishedAt }) => {
    const id = Object.hasOwn(snapshots, dataSet.name) ? snapshots[dataSet.name] : undefined
    return id === undefined ? [] : [{ value: id, label: `published ${new Date(publishedAt).toLocaleString()}` }]
  })
  // The version before the newest one, where there is one: what the last change was.
  const from = kept.find(({ value }) => value === at)?.value ?? kept[1]?.value ?? kept[0]?.value
  if (from === undefined) return null
  const choose = (change: { readonly of?: string; readonly at?: string; readonly to?: string | undefined }): void => void navigate({ search: { tab: 'changelog', of: dataSet.name, at: from, to, ...change }, replace: true, resetScroll: false })
  return (
    <Card withBorder component="section" aria-label="Compare contracts">
      <Title order={2} mb="sm">Compare contracts</Title>
      <Group gap="sm" align="end" mb="md">
        {product.dataSets.length > 1 && <NativeSelect label="Data set" value={dataSet.name} onChange={(event) => choose({ of: event.currentTarget.value })} data={product.dataSets.filter(({ contract }) => contract !== undefined).map(({ name }) => name)} />}
        <NativeSelect label="From" value={from} onChange={(event) => choose({ at: event.currentTarget.value })} data={kept} />
        <NativeSelect label="To" value={to ?? ''} onChange={(event) => choose({ to: event.currentTarget.value === '' ? undefined : event.currentTarget.value })} data={[{ value: '', label: 'what is applied now' }, ...kept]} />
      </Group>
      <Compared product={product.name} dataSet={dataSet.name} from={from} to={to} />
    </Card>
  )
}

function Compared({ product, dataSet, from, to }: { readonly product: string; readonly dataSet: string; readonly from: string; readonly to: string | undefined }) {
  const compared = useQuery(queries.contractDifference(product, dataSet, from, to))
  if (compared.isError) return <ProblemAlert error={compared.error} />
  if (compared.isPending) return <Skeleton h={60} role="status" aria-label="Comparing" />
  const { changes } = compared.data
  return (
    <Stack gap="sm">
      <Group gap={8} role="status"><Severity severity={changes?.severity ?? 'none'} /></Group>
      {changes !== undefined && <ChangesOfContract changes={changes} />}
      <Lines difference={compared.data} />
    </Stack>
  )
}

/** Lines around a change that stay for the reader to know where it is. */
const AROUND = 3

function Lines({ difference: { before, after } }: { readonly difference: ContractDifference }) {
  const parts = diffLines(before, after)
  if (parts.every(({ added, removed }) => !added && !removed)) return <Text size="sm" c="dimmed">Both say the same, word for word.</Text>
  return (
    <pre className="contract-diff" role="group" tabIndex={0} aria-label="Lines that differ">
      {parts.map(({ value, added, removed }, i) => {
        const lines = value.replace(/\n$/u, '').split('\n')
        const sign = added ? '+' : removed ? '-' : ' '
        const shown = added || removed || lines.length <= 2 * AROUND + 1 ? lines : [...(i === 0 ? [] : lines.slice(0, AROUND)), '…', ...(i === parts.length - 1 ? [] : lines.slice(-AROUND))]
        const text = shown.map((line) => `${sign} ${line}\n`).join('')
        // The parts have no name of their own but their place.
        return added ? <ins key={`part ${i + 1}`}>{text}</ins> : removed ? <del key={`part ${i + 1}`}>{text}</del> : <span key={`part ${i + 1}`}>{text}</span>
      })}
    </pre>
  )
}
