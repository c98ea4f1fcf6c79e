// Opens what is frozen: a way that was closed after an export, or a grant that somebody stopped.

import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Freeze } from '@tulle/api'
import { valueOrThrow } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

export function Thaw({ freeze: { id, kind, subject, product, why, can } }: { readonly freeze: Freeze }) {
  const [isAsking, setIsAsking] = useState(false)
  const [note, setNote] = useState('')
  const thaw = useMutation({
    mutationFn: () => valueOrThrow(client.thawFreeze({ freeze: id, ...(note.trim() !== '' && { note: note.trim() }) })),
    onSuccess: async () => {
      setIsAsking(false)
      await Promise.all([queries.freezes(), queries.notices(), queries.grants(product), queries.myGrants()].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })))
    },
  })
  return (
    <>
      <ReasonedButton permission={can.thaw} hint={kind === 'export' ? 'Open the way again' : 'Let the grant give again'} size="compact-sm" variant="light" aria-label={`Open again: ${product} to ${subject}`} onPress={() => setIsAsking(true)}>Open again</ReasonedButton>
      <Modal opened={isAsking} onClose={() => setIsAsking(false)} title={`Open ${product} to ${subject} again?`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">It was closed for this: {why}. {kind === 'export' ? 'What was taken until now counts no more; the same limits hold from here on.' : 'The grant gives again what it gave.'}</Text>
          <Textarea label="Why" description="Stands in the history of the grant." autosize minRows={2} maxLength={3_900} data-autofocus value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          {thaw.isError && <ProblemAlert error={thaw.error} />}
          <Group justify="end">
            <Button variant="default" onClick={() => setIsAsking(false)}>Keep it closed</Button>
            <Button loading={thaw.isPending} onClick={() => thaw.mutate()}>Open again</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
