// Beside the map: the product that was chosen with its ports and neighbours, or a list of what stands out. Everything that the picture
// shows can be reached here by keyboard and by ear.

import { Button, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconArrowNarrowLeft, IconArrowNarrowRight, IconX } from '@tabler/icons-react'
import type { MeshGraph } from '@tulle/api'
import type { ReactNode } from 'react'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ProductMark } from '../shell/product-mark.tsx'
import { STATE_WORDS } from './product-box.tsx'
import type { MapProduct } from './product-box.tsx'

const MOST_LISTED = 60

interface Choosing {
  readonly onChoose: (product: string | undefined) => void
  /** Lets a product stand out without choosing it. */
  readonly onPoint: (product: string | undefined) => void
}

export function Chosen({ product, graph, onChoose, onPoint }: Choosing & { readonly product: MapProduct; readonly graph: MeshGraph }) {
  const near = (names: readonly string[]): readonly MapProduct[] => graph.products.filter(({ name }) => names.includes(name))
  const inputs = near(graph.reads.filter(({ to }) => to === product.name).map(({ from }) => from))
  const outputs = near(graph.reads.filter(({ from }) => from === product.name).map(({ to }) => to))
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap" align="start" gap="xs">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <ProductMark title={product.title} domain={product.domain} size={36} />
          <div style={{ minWidth: 0 }}>
            <Title order={2}><AnchorLink to="/products/$product" params={{ product: product.name }} inherit>{product.title}</AnchorLink></Title>
            <Text size="xs" c="dimmed">{product.domain} · {STATE_WORDS[product.state]}{product.certified && ' · certified'}{product.access === 'none' && ' · you may not read it yet'}</Text>
          </div>
        </Group>
        <Button variant="subtle" color="gray" size="compact-xs" flex="none" aria-label="Choose none" onClick={() => onChoose(undefined)}><IconX size={16} aria-hidden /></Button>
      </Group>
      <Ports title="Input ports" ports={product.inputPorts} />
      <Ports title="Output ports" ports={product.outputPorts} />
      <Listed title="Reads" products={inputs} none="no other product" onChoose={onChoose} onPoint={onPoint} sign={<IconArrowNarrowLeft size={16} aria-hidden />} />
      <Listed title="Read by" products={outputs} none="no other product yet" onChoose={onChoose} onPoint={onPoint} sign={<IconArrowNarrowRight size={16} aria-hidden />} />
    </Stack>
  )
}

function Ports({ title, ports }: { readonly title: string; readonly ports: readonly { readonly name: string; readonly kind: string }[] }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600}>{title}</Text>
      <Text size="sm">{ports.length === 0 ? 'none' : ports.map(({ name, kind }) => `${name} (${kind})`).join(', ')}</Text>
    </div>
  )
}

interface ListedProps extends Choosing {
  readonly title: string
  readonly products: readonly MapProduct[]
  readonly none: string
  readonly sign?: ReactNode
}

export function Listed({ title, products, none, sign, onChoose, onPoint }: ListedProps) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600} mb={4}>{title}</Text>
      {products.length === 0 && <Text size="sm">{none}</Text>}
      <ul className="map-list" aria-label={title}>
        {products.slice(0, MOST_LISTED).map(({ name, title: called, domain }) => (
          <li key={name}>
            <UnstyledButton className="map-choice" onClick={() => onChoose(name)} onFocus={() => onPoint(name)} onBlur={() => onPoint(undefined)} onMouseMove={() => onPoint(name)} onMouseLeave={() => onPoint(undefined)}>
              {sign}
              <span className="map-choice-title">{called}</span>
              <span className="map-choice-domain">{domain}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {products.length > MOST_LISTED && <Text size="xs" c="dimmed" mt={4}>and {products.length - MOST_LISTED} more: letters above show fewer.</Text>}
    </div>
  )
}
