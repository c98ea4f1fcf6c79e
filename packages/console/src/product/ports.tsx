import { Anchor, Badge, Card, Group, Stack, Tabs, Text, Title } from '@mantine/core'
import { IconPlugOff } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { OutputPort, Product } from '@tulle/api'
import { queries } from '../api.ts'
import { CopyBlock } from '../shell/copy-block.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural, span } from '../shell/format.ts'
import { arrowSnippets, fileSnippets } from './notebook-snippets.ts'
import { kafkaSnippets, productSnippets, restSnippets, sqlSnippets, streamSnippets } from './snippets.ts'
import type { Snippet } from './snippets.ts'

const KINDS: Readonly<Record<OutputPort['kind'], string>> = { sql: 'SQL', rest: 'REST', files: 'Files', stream: 'Changes', kafka: 'Kafka', external: 'elsewhere' }

// What most people connect with comes first.
const ORDER: readonly OutputPort['kind'][] = ['sql', 'rest', 'files', 'stream', 'kafka', 'external']

export function Ports({ product }: { readonly product: Product }) {
  const { data: status } = useSuspenseQuery(queries.status())
  const { data: me } = useSuspenseQuery(queries.me())
  const ports = product.outputPorts.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  if (ports.length === 0) return <Card withBorder><Empty icon={IconPlugOff} title="No output port">Its team offers the data of this product nowhere yet.</Empty></Card>
  return (
    <Stack gap="lg">
      {ports.map((port) => (
        <Card withBorder key={port.name} component="section" aria-label={`Port ${port.name}`}>
          <Group gap="sm" mb={4}>
            <Title order={2}>{port.title === port.name ? `${KINDS[port.kind]} port` : port.title}</Title>
            <Badge variant="default" tt="none">{KINDS[port.kind]}</Badge>
          </Group>
          {port.description !== undefined && <Text size="sm" c="dimmed" mb="sm">{port.description}</Text>}
          {port.addresses.map(({ dataSet, address }) => (
            <Stack gap="xs" key={address} mb="md">
              <Text className="address" fw={600}>{address}</Text>
              {port.kind === 'sql' && <Snippets of={address} snippets={sqlSnippets(status, me.name, address)} />}
              {port.kind === 'files' && <Snippets of={address} snippets={fileSnippets(me.name, { address, reference: `${product.name}.${dataSet ?? ''}` })} />}
              {port.kind === 'stream' && <Snippets of={address} snippets={streamSnippets(status, me.name, { address, product: product.name, dataSet: dataSet ?? '' })} />}
              {port.kafka !== undefined && <Topics kafka={port.kafka} dataSet={dataSet ?? ''} />}
              {port.kafka !== undefined && <Snippets of={address} snippets={kafkaSnippets(status, me.name, port.kafka, address)} />}
              {port.kind === 'rest' && <Snippets of={address} snippets={[...restSnippets(me.name, address), ...arrowSnippets(me.name, address)]} />}
            </Stack>
          ))}
          {(port.kind === 'stream' || port.kind === 'kafka') && <Anchor href={`/streams/v1/${encodeURIComponent(product.name)}/asyncapi.json`} size="sm">AsyncAPI document of what this product tells</Anchor>}
          {port.kind === 'rest' && <Anchor href={`/data/v1/${encodeURIComponent(product.name)}/docs`} size="sm">OpenAPI page of this port: filter, select, order, page</Anchor>}
        </Card>
      ))}
      <Card withBorder component="section" aria-label="For programs and assistants">
        <Title order={2} mb={4}>For programs and assistants</Title>
        <Text size="sm" c="dimmed" mb="sm">What happens to the product, told to an address of yours; and the product for AI clients.</Text>
        <Snippets of={product.name} snippets={productSnippets(status, me.name, product.name)} />
      </Card>
      <Text size="sm" c="dimmed">No snippet holds your password: each tool asks for it. Every port gives the same rows, those that your grants name.</Text>
    </Stack>
  )
}

const STATES = { starting: 'starting', following: 'in step', waiting: 'waiting', stopped: 'stopped' } as const

const behind = ({ entries, milliseconds }: { readonly entries: number; readonly milliseconds: number }): string =>
  entries === 0 ? 'It is up to date.' : `It is behind by ${plural(entries, 'change')}, the oldest for ${span(milliseconds / 1_000)}.`

/** As whom a topic is written, how far it came, and why it does not go on. */
function Topics({ kafka: { application, topics }, dataSet }: { readonly kafka: NonNullable<OutputPort['kafka']>; readonly dataSet: string }) {
  const topic = topics.find((one) => one.dataSet === dataSet)
  return (
    <Stack gap={2}>
      <Text size="sm">Holds what the process domain {application} may see.{topic !== undefined && ` ${plural(topic.written, 'record')} written, ${STATES[topic.status]}.`}{topic?.lag !== undefined && ` ${behind(topic.lag)}`}</Text>
      {topic?.trouble !== undefined && <Text size="sm" c="red" role="status">{topic.trouble.message ?? `Nothing goes on (${topic.trouble.code}).`}</Text>}
    </Stack>
  )
}

function Snippets({ of, snippets }: { readonly of: string; readonly snippets: readonly Snippet[] }) {
  return (
    <Tabs defaultValue={snippets[0]?.tool ?? null} variant="pills" keepMounted={false}>
      <Tabs.List className="tabs" aria-label={`Ways to reach ${of}`}>
        {snippets.map(({ tool }) => <Tabs.Tab key={tool} value={tool} py={5}>{tool}</Tabs.Tab>)}
      </Tabs.List>
      {snippets.map(({ tool, text, note }) => (
        <Tabs.Panel key={tool} value={tool} pt="xs">
          <CopyBlock label={`Copy for ${tool}`} text={text} />
          {note !== undefined && <Text size="xs" c="dimmed" mt={4}>{note}</Text>}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
