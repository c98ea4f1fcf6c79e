// Wanting to be told. The secret that signs is shown once.

import { Alert, Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { MadeWebhook, Product } from '@tulle/api'
import { useState } from 'react'
import { client } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { CopyBlock } from '../shell/copy-block.tsx'
import { ProblemAlert } from '../shell/problem.tsx'

const KINDS = ['published', 'schema-changed', 'quarantined', 'incident', 'deprecated', 'erased'] as const
const ROW_KINDS = ['insert', 'update', 'delete'] as const

export function NewWebhook({ product }: { readonly product: Product }) {
  const [open, setOpen] = useState(false)
  return (
    <Group px="md" pb="md">
      <Button variant="default" size="xs" leftSection={<IconWebhook size={15} aria-hidden />} onClick={() => setOpen(true)}>New webhook</Button>
      {open && <Form product={product} onDone={() => setOpen(false)} />}
    </Group>
  )
}

function Form({ product, onDone }: { readonly product: Product; readonly onDone: () => void }) {
  const cache = useQueryClient()
  const purposes = [...new Set(product.grants.flatMap((grant) => grant.purposes))]
  const [url, setUrl] = useState('')
  const [kinds, setKinds] = useState<string[]>(['published'])
  const [dataSet, setDataSet] = useState('')
  const [purpose, setPurpose] = useState(purposes[0])
  const [note, setNote] = useState('')
  const make = useMutation({
    mutationFn: () => valueOrThrow(client.createWebhook({ product: product.name, url, kinds, ...(dataSet !== '' && { dataSet }), ...(purposes.length > 1 && purpose !== undefined && { purpose }), ...(note !== '' && { note }) })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  return (
    <Modal opened onClose={onDone} title={`Be told of ${product.title}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {make.data === undefined
        ? (
          <Stack component="form" gap="md" onSubmit={(event: React.FormEvent) => { event.preventDefault(); make.mutate() }}>
            <TextInput label="Address" required type="url" maxLength={2000} placeholder="https://app.example.com/hook" value={url} onChange={(event) => setUrl(event.currentTarget.value)} data-autofocus />
            <Checkbox.Group label="Of what" value={kinds} onChange={setKinds}>
              <Group gap="md" mt={6}>{[...KINDS, ...ROW_KINDS].map((kind) => <Checkbox key={kind} value={kind} label={kind} />)}</Group>
            </Checkbox.Group>
            <NativeSelect label="Data set" description="Changes of rows are of one." value={dataSet} onChange={(event) => setDataSet(event.currentTarget.value)} data={[{ value: '', label: 'all of the product' }, ...product.dataSets.map(({ name }) => ({ value: name, label: name }))]} />
            {purposes.length > 1 && <NativeSelect label="Purpose" value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)} data={purposes} />}
            <TextInput label="Note" maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
            {make.isError && <ProblemAlert error={make.error} />}
            <Group justify="end">
              <Button variant="default" onClick={onDone}>Leave it</Button>
              <Button type="submit" loading={make.isPending} disabled={url.trim() === '' || kinds.length === 0}>Make it</Button>
            </Group>
          </Stack>
        )
        : <Secret made={make.data} onDone={onDone} />}
    </Modal>
  )
}

export function Secret({ made: { secret, webhook }, onDone }: { readonly made: MadeWebhook; readonly onDone: () => void }) {
  return (
    <Stack>
      <Alert color="teal" title="What it is sent is signed with this secret">It is shown now and never again.</Alert>
      <CopyBlock label="Copy the secret" text={secret} />
      <Text size="sm">Test it, and see what becomes of each request, at <AnchorLink to="/webhooks/$webhook" params={{ webhook: webhook.id }} inherit>{webhook.id}</AnchorLink>.</Text>
      <Group justify="end"><Button onClick={onDone}>I have it</Button></Group>
    </Stack>
  )
}
