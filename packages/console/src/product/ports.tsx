import { ActionIcon, Anchor, Badge, Card, Code, CopyButton, Group, Stack, Tabs, Text, Title } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { restSnippets, sqlSnippets } from './snippets.ts'
import type { Snippet } from './snippets.ts'

export function Ports({ product }: { readonly product: Product }) {
  const { data: status } = useSuspenseQuery(queries.status())
  const { data: me } = useSuspenseQuery(queries.me())
  return (
    <Stack>
      {product.outputPorts.map((port) => (
        <Card withBorder key={port.name}>
          <Group mb="xs">
            <Title order={4}>{port.title}</Title>
            <Badge>{port.kind}</Badge>
          </Group>
          <Text size="sm" c="dimmed" mb="sm">{port.description}</Text>
          {port.addresses.map(({ dataSet, address }) => (
            <Stack gap="xs" key={address} mb="md">
              <Code>{address}</Code>
              {port.kind === 'sql' && <Snippets snippets={sqlSnippets(status, me.name, address)} />}
              {port.kind === 'rest' && <Snippets snippets={restSnippets(status, me.name, product.name, dataSet ?? '')} />}
            </Stack>
          ))}
          {port.kind === 'rest' && (
            <Anchor href={`/data/v1/${product.name}/docs`} size="sm">Its OpenAPI page</Anchor>
          )}
        </Card>
      ))}
    </Stack>
  )
}

function Snippets({ snippets }: { readonly snippets: readonly Snippet[] }) {
  return (
    <Tabs defaultValue={snippets[0]?.tool ?? null} variant="pills">
      <Tabs.List>
        {snippets.map(({ tool }) => <Tabs.Tab key={tool} value={tool}>{tool}</Tabs.Tab>)}
      </Tabs.List>
      {snippets.map(({ tool, text }) => (
        <Tabs.Panel key={tool} value={tool} pt="xs">
          <Group align="start" wrap="nowrap" gap="xs">
            <Code block flex={1} style={{ overflowX: 'auto' }}>{text}</Code>
            <CopyButton value={text}>
              {({ copied, copy }) => (
                <ActionIcon variant="light" onClick={copy} aria-label={copied ? 'Copied' : `Copy for ${tool}`}>
                  {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                </ActionIcon>
              )}
            </CopyButton>
          </Group>
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
