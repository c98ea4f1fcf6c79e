// Lineage in words: of each data set on one side, which column goes where and how. On a phone it is all there is.

import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { useState } from 'react'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { keyOfPlace } from './layout.ts'
import type { Edge, Place } from './layout.ts'
import { columnLabel, decides, HOW_WORDS } from './words.ts'

interface Props {
  readonly title: string
  readonly side: 'upstream' | 'downstream'
  readonly edges: readonly Edge[]
  /** Steps from the middle, by key of place. */
  readonly layers: ReadonlyMap<string, number>
  /** What is said where there is nothing. */
  readonly nothing: string
}

export function InWords({ title, side, edges, layers, nothing }: Props) {
  const groups = groupsOf(edges, layers, side)
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} mb="sm">{title}</Title>
      {groups.length === 0 && <Text size="sm" c="dimmed">{nothing}</Text>}
      <Stack gap="md">
        {groups.map(({ place, steps, own }) => <GroupOf key={keyOfPlace(place)} place={place} steps={steps} edges={own} layers={layers} />)}
      </Stack>
    </Card>
  )
}

interface Told { readonly place: Place; readonly steps: number; readonly own: readonly Edge[] }

/** By the data set at the far end, the nearest first; what flows stands before what decides. */
function groupsOf(edges: readonly Edge[], layers: Props['layers'], side: Props['side']): readonly Told[] {
  const groups = new Map<string, { place: Place; steps: number; own: Edge[] }>()
  for (const edge of edges) {
    const [far, near] = side === 'upstream' ? [edge.from, edge.to] : [edge.to, edge.from]
    const [steps, nearer] = [layers.get(keyOfPlace(far)), layers.get(keyOfPlace(near))]
    // What does not hang together with the middle is no part of its story.
    if (steps === undefined || nearer === undefined || (side === 'upstream' ? steps >= 0 : steps <= 0)) continue
    const group = groups.get(keyOfPlace(far)) ?? { place: far, steps: Math.abs(steps), own: [] }
    group.own.push(edge)
    groups.set(keyOfPlace(far), group)
  }
  return [...groups.values()]
    .map((group) => ({ ...group, own: group.own.toSorted((a, b) => Number(a.how === undefined) - Number(b.how === undefined)) }))
    .toSorted((a, b) => a.steps - b.steps || (keyOfPlace(a.place) < keyOfPlace(b.place) ? -1 : 1))
}

const AT_FIRST = 8

function GroupOf({ place: { product, kind, name, snapshot }, steps, edges, layers }: { readonly place: Place; readonly steps: number; readonly edges: readonly Edge[]; readonly layers: Props['layers'] }) {
  const [isAll, showAll] = useState(false)
  const title = kind === 'foreign' ? `${product}/${name}` : `${product}${kind === 'port' ? ':' : '.'}${name}`
  const shown = isAll ? edges : edges.slice(0, AT_FIRST)
  return (
    <div role="group" aria-label={title}>
      <Group gap={8} mb={4}>
        {kind === 'foreign' ? <Text span fw={600} size="sm" className="address">{title}</Text> : <AnchorLink to="/products/$product" params={{ product }} search={kind === 'port' ? { tab: 'ports' } : { tab: 'lineage', of: name }} fw={600} size="sm" className="address">{title}</AnchorLink>}
        <Text size="xs" c="dimmed">{kind === 'port' ? 'input port' : kind === 'foreign' ? 'elsewhere, as others tell' : 'data set'}{steps > 1 && `, ${steps} steps away`}{snapshot !== undefined && `, at ${snapshot}`}</Text>
      </Group>
      <ul className="lineage-list">
        {shown.map((edge) => (
          <li key={JSON.stringify([edge.from, edge.to])}>
            <span className="lineage-way">
              <End at={edge.from} layers={layers} far={edge.from.product === product && edge.from.name === name && edge.from.kind === kind} />
              <IconArrowRight size={13} role="img" aria-label="goes to" />
              <End at={edge.to} layers={layers} far={edge.to.product === product && edge.to.name === name && edge.to.kind === kind} />
            </span>
            {edge.how !== undefined && <Badge size="sm" variant="light" tt="none">{HOW_WORDS[edge.how]}</Badge>}
            {edge.by.length > 0 && <Badge size="sm" variant="outline" color="gray" tt="none" className="lineage-by">{decides(edge)}</Badge>}
          </li>
        ))}
      </ul>
      {shown.length < edges.length && <Button size="compact-xs" variant="subtle" onClick={() => showAll(true)}>Show all {edges.length}</Button>}
    </div>
  )
}

/** Within the group and in the middle a column needs no more than its name. */
function End({ at: { product, kind, name, column, snapshot }, layers, far }: { readonly at: Edge['from']; readonly layers: Props['layers']; readonly far: boolean }) {
  const isMiddle = layers.get(keyOfPlace({ product, kind, name, ...(snapshot !== undefined && { snapshot }) })) === 0
  const label = far || isMiddle ? columnLabel(column) : `${product}.${name}: ${columnLabel(column)}`
  if (column === '*' || kind !== 'data-set' || isMiddle) return <span className="address" data-all={column === '*' || undefined}>{label}</span>
  return <AnchorLink to="/products/$product" params={{ product }} search={{ tab: 'lineage', of: name, column }} className="address">{label}</AnchorLink>
}
