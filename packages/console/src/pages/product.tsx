// A data product: what it is, how to use it, what it holds, how it came to be, who may read it. The tab is in the address.

import { Badge, Button, Group, Menu, Stack, Tabs } from '@mantine/core'
import { IconChevronDown, IconPlayerPlay, IconRosetteDiscountCheck } from '@tabler/icons-react'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Product } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import { useEffect, useRef } from 'react'
import type { ComponentType } from 'react'
import type { ProductTab } from '../addresses.ts'
import { PRODUCT_TABS } from '../addresses.ts'
import { client, queries } from '../api.ts'
import { AccessTab } from '../product/access.tsx'
import { ChangelogTab } from '../product/changelog.tsx'
import { ChangesTab } from '../product/changes.tsx'
import { DiscussionTab } from '../product/discussion.tsx'
import { LineageTab } from '../product/lineage.tsx'
import { Overview } from '../product/overview.tsx'
import { Ports } from '../product/ports.tsx'
import { ProfileTab } from '../product/profile.tsx'
import { QuarantineTab } from '../product/quarantine.tsx'
import { RetentionTab } from '../product/retention.tsx'
import { ProductRuns } from '../product/runs.tsx'
import { SampleRows } from '../product/sample.tsx'
import { SchemaTables } from '../product/schema.tsx'
import { StatusTab } from '../product/status.tsx'
import { UsageTab } from '../product/usage.tsx'
import { Versions } from '../product/versions.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { ProductMark } from '../shell/product-mark.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

const TABS: Readonly<Record<ProductTab, readonly [label: string, Body: ComponentType<{ product: Product }>]>> = {
  overview: ['Overview', Overview],
  ports: ['Ports', Ports],
  schema: ['Schema', SchemaTables],
  profile: ['Profile', ProfileTab],
  sample: ['Sample rows', SampleRows],
  runs: ['Runs', ProductRuns],
  status: ['Status', StatusTab],
  quarantine: ['Quarantine', QuarantineTab],
  versions: ['Versions', Versions],
  retention: ['Retention', RetentionTab],
  changelog: ['Changelog', ChangelogTab],
  lineage: ['Lineage', LineageTab],
  changes: ['Changes', ChangesTab],
  access: ['Access', AccessTab],
  usage: ['Usage', UsageTab],
  discussion: ['Discussion', DiscussionTab],
}

export function ProductPage() {
  const { product: name } = useParams({ from: '/signed-in/products/$product' })
  const { tab = 'overview' } = useSearch({ from: '/signed-in/products/$product' })
  const navigate = useNavigate({ from: '/products/$product' })
  const { data: product } = useSuspenseQuery({ ...queries.product(name), refetchInterval: 3_000 })
  const [label] = TABS[tab]
  const tabs = useTabInSight(tab)
  const open = (value: string | null): void => {
    const next = PRODUCT_TABS.find((known) => known === value)
    void navigate({ search: next === undefined || next === 'overview' ? {} : { tab: next }, resetScroll: false })
  }
  return (
    <Stack gap="lg">
      <PageHead
        title={product.title}
        tab={tab === 'overview' ? product.title : `${product.title}: ${label}`}
        mark={<ProductMark title={product.title} domain={product.domain} size={52} />}
        above={<><AnchorLink to="/" inherit>Catalogue</AnchorLink> / <AnchorLink to="/" search={{ domain: product.domain }} inherit>{product.domain}</AnchorLink> · <AnchorLink to="/map" search={{ product: product.name }} inherit>On the map</AnchorLink></>}
        beside={product.certified && <Badge color="teal" variant="light" tt="none" leftSection={<IconRosetteDiscountCheck size={14} aria-hidden />}>certified</Badge>}
        about={product.description}
        actions={<RunButtons product={product} />}
      />
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List mb="lg" className="tabs" ref={tabs}>
          {PRODUCT_TABS.map((id) => <Tabs.Tab key={id} value={id}>{TABS[id][0]}</Tabs.Tab>)}
        </Tabs.List>
        {PRODUCT_TABS.map((id) => {
          const [, Body] = TABS[id]
          return <Tabs.Panel key={id} value={id}><Body product={product} /></Tabs.Panel>
        })}
      </Tabs>
    </Stack>
  )
}

// On a narrow screen the tabs are wider than it.
function useTabInSight(tab: ProductTab) {
  const tabs = useRef<HTMLDivElement>(null)
  useEffect(() => {
    tabs.current?.querySelector(`[role=tab]:nth-child(${PRODUCT_TABS.indexOf(tab) + 1})`)?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [tab])
  return tabs
}

function RunButtons({ product }: { readonly product: Product }) {
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: (force: boolean) => valueOrThrow(client.startRun({ product: product.name, force })),
    onSuccess: ({ runId }) => navigate({ to: '/runs/$run', params: { run: runId } }),
  })
  return (
    <Stack gap="xs" align="end" maw={360}>
      <Group gap={4} wrap="nowrap">
        <ReasonedButton permission={product.can.run} hint="Run the workflow; nothing is rebuilt where no input has changed" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={start.isPending} onPress={() => start.mutate(false)}>Run</ReasonedButton>
        {product.can.run.allowed && (
          <Menu position="bottom-end">
            <Menu.Target><Button px={8} aria-label="More ways to run"><IconChevronDown size={16} aria-hidden /></Button></Menu.Target>
            <Menu.Dropdown><Menu.Item onClick={() => start.mutate(true)}>Run even if nothing has changed</Menu.Item></Menu.Dropdown>
          </Menu>
        )}
      </Group>
      {start.isError && <ProblemAlert error={start.error} />}
    </Stack>
  )
}
