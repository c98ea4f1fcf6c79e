// What waits for the viewer, and what is new: what a person looks for first in the morning.

import { Badge, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconCalendarDue, IconCircleCheck, IconInbox, IconSparkles } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Notice } from '@tulle/api'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ProductMark } from '../shell/product-mark.tsx'

const MOST = 4
const NEWEST = 3

export function Needs() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <NeedsYou />
      <WhatIsNew />
    </SimpleGrid>
  )
}

function NeedsYou() {
  const inbox = useQuery({ ...queries.requests('inbox'), refetchInterval: 15_000 })
  const notices = useQuery(queries.notices())
  const waiting = inbox.data?.requests ?? []
  const lines: readonly ReactNode[] = [
    ...waiting.map((request) => (
      <Line key={request.id} icon={IconInbox} colour="blue">
        <AnchorLink to="/access/requests/$request" params={{ request: request.id }} inherit fw={600}>{request.requestedBy} asks for {request.product}</AnchorLink>
        <Text size="xs" c="dimmed">for {request.purpose} · <Ago at={request.requestedAt} /></Text>
      </Line>
    )),
    ...latestOf(notices.data?.notices ?? []).map((notice) => (
      <Line key={notice.id} icon={notice.reason === 'retirement' ? IconCalendarDue : IconAlertTriangle} colour={notice.reason === 'retirement' || notice.reason === 'burn' ? 'orange' : 'red'}>
        {notice.runId === undefined
          ? <AnchorLink to="/products/$product" params={{ product: notice.product }} search={{ tab: notice.reason === 'retirement' ? 'versions' : 'status' }} inherit fw={600}>{notice.sentence}</AnchorLink>
          : <AnchorLink to="/runs/$run" params={{ run: notice.runId }} inherit fw={600}>{notice.sentence}</AnchorLink>}
        <Text size="xs" c="dimmed">{notice.product} · <Ago at={notice.at} /></Text>
      </Line>
    )),
  ]
  const isSettled = !inbox.isPending && !notices.isPending
  return (
    <Card withBorder component="section" aria-label="Needs you">
      <Title order={2} mb="sm">Needs you {lines.length > 0 && <Badge variant="light" color="red" size="sm" className="numbers">{lines.length}</Badge>}</Title>
      <Stack gap="sm">
        {lines.slice(0, MOST)}
        {isSettled && lines.length === 0 && <Line icon={IconCircleCheck} colour="teal"><Text size="sm">Nothing. No request waits for you, and nothing you keep or read is broken or about to go.</Text></Line>}
        {lines.length > MOST && waiting.length > 0 && <AnchorLink to="/inbox" size="sm">All in the inbox</AnchorLink>}
      </Stack>
    </Card>
  )
}

/** Of each product and reason the newest: what was told ten times needs one look. */
const latestOf = (notices: readonly Notice[]): readonly Notice[] =>
  [...Map.groupBy(notices, ({ product, reason }) => `${product} ${reason}`).values()].flatMap(([newest]) => newest ?? [])

function WhatIsNew() {
  const { data } = useQuery({ ...queries.products({}), refetchInterval: 30_000 })
  const newest = (data?.products ?? []).filter(({ lastPublished }) => lastPublished !== undefined).toSorted((a, b) => ((a.lastPublished ?? '') < (b.lastPublished ?? '') ? 1 : -1)).slice(0, NEWEST)
  return (
    <Card withBorder component="section" aria-label="New">
      <Title order={2} mb="sm">New</Title>
      <Stack gap="sm">
        {newest.map((product) => (
          <div className="line" key={product.id}>
            <ProductMark title={product.title} domain={product.domain} size={30} />
            <div className="line-text">
              <AnchorLink to="/products/$product" params={{ product: product.name }} search={{ tab: 'versions' }} size="sm" fw={600}>{product.title}</AnchorLink>
              <Text size="xs" c="dimmed">published <Ago at={product.lastPublished ?? ''} /></Text>
            </div>
          </div>
        ))}
        {data !== undefined && newest.length === 0 && <Line icon={IconSparkles} colour="gray"><Text size="sm">Nothing is published yet.</Text></Line>}
      </Stack>
    </Card>
  )
}

function Line({ icon: Picture, colour, children }: { readonly icon: Icon; readonly colour: string; readonly children: ReactNode }) {
  return (
    <div className="line">
      <span className="line-sign" style={{ color: `light-dark(var(--mantine-color-${colour}-8), var(--mantine-color-${colour}-4))`, background: `light-dark(var(--mantine-color-${colour}-0), color-mix(in srgb, var(--mantine-color-${colour}-9) 30%, transparent))` }}><Picture size={17} aria-hidden /></span>
      <Text component="div" size="sm" className="line-text">{children}</Text>
    </div>
  )
}
