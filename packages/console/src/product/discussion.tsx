// What people say about a product. Text is shown as text, whatever it looks like.

import { ActionIcon, Button, Card, Group, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconMessage, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Discussion, Product } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'

export function DiscussionTab({ product: { name, title } }: { readonly product: Product }) {
  const { data, isPending, error } = useQuery({ ...queries.discussion(name), refetchInterval: 10_000 })
  return (
    <Stack>
      <Card withBorder><Say product={name} label={`Say something about ${title}`} /></Card>
      {isPending && <Loading />}
      {error !== null && <ProblemAlert error={error} />}
      {data?.threads.map((thread) => <Thread key={thread.id} product={name} thread={thread} />)}
      {data?.threads.length === 0 && <Empty icon={IconMessage} title="Nobody has said anything yet">Questions to those who keep it, findings, thanks: everybody who may see the product reads them.</Empty>}
    </Stack>
  )
}

type OneThread = Discussion['threads'][number]

function Thread({ product, thread: { id, entries } }: { readonly product: string; readonly thread: OneThread }) {
  const [isAnswering, setAnswering] = useState(false)
  const withdraw = useMutation({ mutationFn: (entry: string) => valueOrThrow(client.withdraw({ product, entry })), onSuccess: (now) => queryClient.setQueryData(queries.discussion(product).queryKey, now) })
  const [first] = entries
  return (
    <Card withBorder component="section" aria-label={`Thread of ${first?.by ?? ''}`}>
      <Stack gap="sm">
        {entries.map((entry, i) => (
          <div key={entry.id} className={i === 0 ? undefined : 'said'}>
            <Group justify="space-between" wrap="nowrap">
              <Title order={2} size="h6">{entry.by} <Text span inherit fw={400} c="dimmed"><Ago at={entry.at} /></Text></Title>
              {entry.can.withdraw.allowed && <ActionIcon variant="subtle" color="gray" aria-label={`Withdraw what ${entry.by} said`} onClick={() => withdraw.mutate(entry.id)}><IconTrash size={15} /></ActionIcon>}
            </Group>
            {entry.text === undefined ? <Text size="sm" c="dimmed" fs="italic">withdrawn</Text> : <Text size="sm" className="said-text">{entry.text}</Text>}
          </div>
        ))}
        {withdraw.isError && <ProblemAlert error={withdraw.error} />}
        {isAnswering ? <Say product={product} thread={id} label="Your answer" onDone={() => setAnswering(false)} /> : <Group><Button size="xs" variant="subtle" onClick={() => setAnswering(true)}>Answer</Button></Group>}
      </Stack>
    </Card>
  )
}

function Say({ product, thread, label, onDone }: { readonly product: string; readonly thread?: string; readonly label: string; readonly onDone?: () => void }) {
  const [text, setText] = useState('')
  const say = useMutation({
    mutationFn: () => valueOrThrow(client.say({ product, text: text.trim(), ...(thread !== undefined && { thread }) })),
    onSuccess: (now) => {
      queryClient.setQueryData(queries.discussion(product).queryKey, now)
      setText('')
      onDone?.()
    },
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (text.trim() !== '') say.mutate() }}>
      <Stack gap="xs">
        <Textarea label={label} autosize minRows={2} maxLength={4_000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        {say.isError && <ProblemAlert error={say.error} />}
        <Group justify="end"><Button size="xs" type="submit" loading={say.isPending} disabled={text.trim() === ''}>Say it</Button></Group>
      </Stack>
    </form>
  )
}
