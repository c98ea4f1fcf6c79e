// Inputs → this product → its readers, as boxes that lead to each other's pages.

import { Stack, Text } from '@mantine/core'
import { IconArrowRight, IconFile, IconWorld } from '@tabler/icons-react'
import type { InputPort, Product } from '@tulle/api'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'

export function Flow({ product }: { readonly product: Product }) {
  return (
    <div className="flow">
      <Stack gap={8}>
        <Text size="xs" c="dimmed">Input ports</Text>
        {product.inputPorts.map((port) => <Source key={port.name} port={port} />)}
        {product.inputPorts.length === 0 && <Text size="sm" c="dimmed">none</Text>}
      </Stack>
      <IconArrowRight className="flow-arrow" size={20} aria-hidden />
      <Stack gap={8}>
        <Text size="xs" c="dimmed">This product</Text>
        <div className="flow-box flow-here">
          <Text size="sm" fw={650}>{product.title}</Text>
          <Text size="xs" c="dimmed">{plural(product.dataSets.length, 'data set')}, {plural(product.outputPorts.length, 'output port')}</Text>
        </div>
      </Stack>
      <IconArrowRight className="flow-arrow" size={20} aria-hidden />
      <Stack gap={8}>
        <Text size="xs" c="dimmed">Products that read it</Text>
        {product.downstream.map((other) => (
          <AnchorLink key={other.name} to="/products/$product" params={{ product: other.name }} className="flow-box" underline="never">
            <Text size="sm" fw={600}>{other.title}</Text>
            <Text size="xs" c="dimmed">{other.domain}</Text>
          </AnchorLink>
        ))}
        {product.downstream.length === 0 && <Text size="sm" c="dimmed">none yet</Text>}
      </Stack>
    </div>
  )
}

function Source({ port }: { readonly port: InputPort }) {
  if (port.product !== undefined) {
    return (
      <AnchorLink to="/products/$product" params={{ product: port.product }} className="flow-box" underline="never">
        <Text size="sm" fw={600}>{port.product}</Text>
        <Text size="xs" c="dimmed">{port.dataSet === undefined ? 'data product' : `data set ${port.dataSet}`}</Text>
      </AnchorLink>
    )
  }
  const Picture = port.kind === 'file' ? IconFile : IconWorld
  return (
    <div className="flow-box">
      <Text size="sm" fw={600}><Picture size={14} aria-hidden style={{ verticalAlign: '-2px' }} /> {port.title}</Text>
      <Text size="xs" c="dimmed">{port.path ?? port.table ?? port.description ?? port.kind}</Text>
    </div>
  )
}
