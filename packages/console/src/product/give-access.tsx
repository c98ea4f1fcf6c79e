// The form that gives access: to whom, to what, for which purposes, until when. The server decides and says what is wrong.

import { Autocomplete, Button, Checkbox, Group, Modal, MultiSelect, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Product } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

export function GiveAccess({ product }: { readonly product: Product }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <ReasonedButton permission={product.can.grant} hint="Let a user or a team read this product" size="sm" leftSection={<IconUserPlus size={16} aria-hidden />} onPress={() => setOpen(true)}>Give access</ReasonedButton>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Give access to ${product.title}`} size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
        <GrantForm product={product} onDone={() => setOpen(false)} />
      </Modal>
    </>
  )
}

interface Wish {
  readonly subjectKind: 'user' | 'team'
  readonly subject: string
  /** Empty: every data set. */
  readonly dataSet: string
  /** Empty: every column. */
  readonly columns: readonly string[]
  readonly purposes: readonly string[]
  /** A day as the browser's field gives it; empty: until it is revoked. */
  readonly lastDay: string
}

const NOTHING: Wish = { subjectKind: 'user', subject: '', dataSet: '', columns: [], purposes: [], lastDay: '' }

function GrantForm({ product, onDone }: { readonly product: Product; readonly onDone: () => void }) {
  const [wish, setWish] = useState<Wish>(NOTHING)
  const change = (part: Partial<Wish>): void => setWish({ ...wish, ...part })
  const { data: status } = useSuspenseQuery(queries.status())
  const { data: teams } = useSuspenseQuery(queries.teams())
  const { data: purposes } = useSuspenseQuery(queries.purposes())
  const cache = useQueryClient()
  const give = useMutation({
    mutationFn: () => valueOrThrow(client.createGrant(toRequest(product.name, wish))),
    onSuccess: async () => {
      onDone()
      await Promise.all([cache.invalidateQueries({ queryKey: queries.grants(product.name).queryKey }), cache.invalidateQueries({ queryKey: queries.product(product.name).queryKey })])
    },
  })
  const columns = product.dataSets.find(({ name }) => name === wish.dataSet)?.columns ?? []
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        give.mutate()
      }}
    >
      <Stack>
        <SegmentedControl aria-label="Kind of subject" value={wish.subjectKind} onChange={(kind) => change({ subjectKind: kind === 'team' ? 'team' : 'user', subject: '' })} data={[{ value: 'user', label: 'A user' }, { value: 'team', label: 'A team' }]} />
        <Autocomplete
          label={wish.subjectKind === 'user' ? 'User' : 'Team'} required withAsterisk={false} data-autofocus value={wish.subject} onChange={(subject) => change({ subject })}
          data={wish.subjectKind === 'user' ? status.users.map(({ name }) => name) : teams.teams.map(({ name }) => name)}
        />
        <Checkbox.Group label="Purposes" description="What the data may be used for. The reader must hold one of them." value={[...wish.purposes]} onChange={(chosen) => change({ purposes: chosen })}>
          <Stack gap={6} mt={6}>
            {purposes.purposes.map(({ name, title, description }) => <Checkbox key={name} value={name} label={title} description={description} />)}
          </Stack>
        </Checkbox.Group>
        <Select label="Data set" allowDeselect={false} value={wish.dataSet} onChange={(dataSet) => change({ dataSet: dataSet ?? '', columns: [] })} data={[{ value: '', label: 'Every data set' }, ...product.dataSets.map(({ name }) => ({ value: name, label: name }))]} />
        {columns.length > 0 && <MultiSelect label="Columns" placeholder={wish.columns.length === 0 ? 'Every column' : ''} value={[...wish.columns]} onChange={(chosen) => change({ columns: chosen })} data={columns.map(({ name }) => name)} clearable clearButtonProps={{ 'aria-label': 'Every column' }} />}
        <TextInput type="date" label="Last day" description="Left empty, it holds until it is revoked." value={wish.lastDay} onChange={(event) => change({ lastDay: event.currentTarget.value })} />
        {give.isError && <ProblemAlert error={give.error} />}
        <Group justify="space-between">
          <Text size="xs" c="dimmed">It takes effect at once.</Text>
          <Button type="submit" loading={give.isPending} disabled={wish.subject.trim() === '' || wish.purposes.length === 0}>Give access</Button>
        </Group>
      </Stack>
    </form>
  )
}

const toRequest = (product: string, wish: Wish) => ({
  subjectKind: wish.subjectKind,
  subject: wish.subject.trim(),
  product,
  purposes: [...wish.purposes],
  ...(wish.dataSet !== '' && { dataSet: wish.dataSet }),
  ...(wish.columns.length > 0 && { columns: [...wish.columns] }),
  ...(wish.lastDay !== '' && { expiresAt: endOf(wish.lastDay) }),
})

/** The last moment of a day where the viewer is. */
const endOf = (day: string): string => new Date(`${day}T23:59:59.999`).toISOString()
