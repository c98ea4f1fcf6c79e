// The form that keeps a statement beside a product. The server decides and says what is wrong.

import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { SavedQuery } from '@tulle/api'
import { useState } from 'react'
import type { ChartChoice } from '../addresses.ts'
import { client, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { slugOf } from './slug.ts'

interface Draft { readonly sql: string; readonly purpose: string | undefined; readonly chart: ChartChoice | undefined }

interface Props {
  readonly draft: Draft
  readonly products: readonly string[]
  /** The one that is open, which may be changed or kept under another name. */
  readonly open: SavedQuery | undefined
  readonly onDone: (saved: SavedQuery | undefined) => void
}

export function SaveQuery(props: Props) {
  return <Modal opened onClose={() => props.onDone(undefined)} title="Save this query" size="md" closeButtonProps={{ 'aria-label': 'Close' }}><SaveForm {...props} /></Modal>
}

function SaveForm({ draft, products, open, onDone }: Props) {
  const [product, setProduct] = useState(open?.product ?? products.find((name) => mentions(draft.sql, name)) ?? products[0] ?? '')
  const [title, setTitle] = useState(open?.title ?? '')
  const [about, setAbout] = useState(open?.description ?? '')
  const isChange = open !== undefined && open.can.change.allowed && open.product === product && slugOf(title) !== '' && (title === open.title || slugOf(title) === open.name)
  const name = isChange ? open.name : slugOf(title)
  const save = useMutation({
    mutationFn: () => valueOrThrow(client.saveQuery({
      product, name, title: title.trim(), sql: draft.sql,
      ...(about.trim() !== '' && { description: about.trim() }), ...(draft.purpose !== undefined && { purpose: draft.purpose }),
      ...(draft.chart !== undefined && { chart: draft.chart }), ...(isChange && { version: open.version }),
    })),
    onSuccess: async (saved) => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['saved-queries'] }), queryClient.invalidateQueries({ queryKey: ['dashboard'] })])
      onDone(saved)
    },
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (name !== '') save.mutate() }}>
      <Stack gap="sm">
        <TextInput label="Title" description="What it answers" required maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <Select label="Product" description="Beside which it is kept" data={[...new Set([...products, ...(open === undefined ? [] : [open.product])])]} value={product} onChange={(value) => setProduct(value ?? product)} allowDeselect={false} searchable />
        <Textarea label="About" maxLength={2000} autosize minRows={2} value={about} onChange={(event) => setAbout(event.currentTarget.value)} />
        <Alert variant="light" color="gray" icon={<IconUsers />} p="xs">Everybody who may see {product} sees this text. Rows each asks for under their own rights.</Alert>
        {title !== '' && name === '' && <Text size="sm" c="red">A title needs a letter.</Text>}
        {name !== '' && <Text size="xs" c="dimmed">{isChange ? 'Changes' : 'Becomes'} <code>{product}.{name}</code></Text>}
        {save.isError && <ProblemAlert error={save.error} />}
        <Group justify="end">
          <Button variant="default" onClick={() => onDone(undefined)}>Cancel</Button>
          <Button type="submit" loading={save.isPending} disabled={name === '' || product === ''}>{isChange ? 'Save the change' : 'Save'}</Button>
        </Group>
      </Stack>
    </form>
  )
}

const mentions = (sql: string, product: string): boolean => new RegExp(`(?<![\\w"])"?${product}"?\\s*\\.`, 'iu').test(sql)
