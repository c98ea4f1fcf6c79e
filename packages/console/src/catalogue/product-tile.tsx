// One product among others: enough to decide whether to open it.

import { Badge, Card, Group, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconLock, IconRosetteDiscountCheck } from '@tabler/icons-react'
import type { SearchHit } from '@tulle/api'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { Marked } from '../shell/marked.tsx'
import { ProductMark } from '../shell/product-mark.tsx'

const FIELDS: Readonly<Record<SearchHit['matches'][number]['field'], string>> = { name: 'name', tag: 'tag', column: 'column', term: 'term', people: 'kept by', description: 'described' }

export function ProductTile({ hit: { product, matches }, onTag }: { readonly hit: SearchHit; readonly onTag: (tag: string) => void }) {
  const granted = product.access === 'granted'
  const wordsIn = (text: string | undefined): readonly string[] => matches.find((match) => match.text === text)?.words ?? []
  // What the tile shows anyway is marked where it stands.
  const elsewhere = matches.filter(({ field, text }) => text !== product.title && text !== product.description && field !== 'tag' && !(field === 'name')).slice(0, 2)
  return (
    <Card component="article" withBorder padding="lg" className="tile">
      <Stack gap="sm" h="100%" justify="space-between">
        <Group gap="sm" wrap="nowrap" align="start">
          <ProductMark title={product.title} domain={product.domain} />
          <div style={{ minWidth: 0 }}>
            <Group gap={6} wrap="nowrap">
              <Title order={2} lineClamp={2}>
                <AnchorLink to="/products/$product" params={{ product: product.name }} className="cover" c="inherit" underline="never" inherit><Marked text={product.title} words={wordsIn(product.title)} /></AnchorLink>
              </Title>
              {product.certified && <IconRosetteDiscountCheck size={19} color="light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-4))" role="img" aria-label="certified" style={{ flex: 'none' }} />}
            </Group>
            <Text size="xs" c="dimmed">{product.domain} · {product.team}</Text>
          </div>
        </Group>
        <Text size="sm" lineClamp={3} flex={1}>{product.description === undefined ? <Text span inherit c="dimmed">No description yet.</Text> : <Marked text={product.description} words={wordsIn(product.description)} />}</Text>
        {elsewhere.length > 0 && (
          <div>
            {elsewhere.map(({ field, text, words }) => <Text key={`${field} ${text}`} size="xs" c="dimmed" lineClamp={1}>{FIELDS[field]} <Text span inherit c="var(--mantine-color-text)"><Marked text={text} words={words} /></Text></Text>)}
          </div>
        )}
        {product.tags.length > 0 && (
          <Group gap={6}>
            {product.tags.slice(0, 4).map((tag) => (
              <Badge key={tag} component="button" type="button" variant="default" tt="none" fw={500} className="above" style={{ cursor: 'pointer' }} onClick={() => onTag(tag)}>{tag}</Badge>
            ))}
          </Group>
        )}
        <Group justify="space-between" gap={6}>
          {granted
            ? <Badge variant="light" color="teal" tt="none" leftSection={<IconCircleCheck size={13} aria-hidden />}>you may read it</Badge>
            : <Badge variant="light" color="gray" tt="none" leftSection={<IconLock size={12} aria-hidden />}>ask for access</Badge>}
          <Text size="xs" c="dimmed">{plural(product.dataSets, 'data set')} · {product.lastPublished === undefined ? 'not published yet' : <Ago at={product.lastPublished} />}</Text>
        </Group>
      </Stack>
    </Card>
  )
}
