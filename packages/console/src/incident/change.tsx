// Somebody takes an incident, or says that it is over, with a note.

import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { IncidentDetail } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

const DEEDS = {
  acknowledge: { button: 'I look after it', title: 'Look after it?', about: 'Others see that you do. It stays open until its cause is gone, or somebody resolves it.' },
  resolve: { button: 'Resolve', title: 'Is it over?', about: 'Where its cause still holds, the next look opens another.' },
} as const

export function ChangeIncident({ incident, deed }: { readonly incident: IncidentDetail; readonly deed: keyof typeof DEEDS }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const [note, setNote] = useState('')
  const { button, title, about } = DEEDS[deed]
  const change = useMutation({
    mutationFn: () => valueOrThrow((deed === 'resolve' ? client.resolveIncident : client.acknowledgeIncident)({ incident: incident.id, ...(note !== '' && { note }) })),
    onSuccess: (changed) => {
      setAsking(false)
      cache.setQueryData(queries.incident(incident.id).queryKey, changed)
    },
  })
  return (
    <>
      <ReasonedButton permission={incident.can.change} hint={about} variant={deed === 'resolve' ? 'filled' : 'default'} onPress={() => setAsking(true)}>{button}</ReasonedButton>
      <Modal opened={asking} onClose={() => setAsking(false)} title={title} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <form onSubmit={(event) => { event.preventDefault(); change.mutate() }}>
          <Stack>
            <Text size="sm">{about}</Text>
            <Textarea label="Note" maxLength={2000} autosize minRows={2} data-autofocus value={note} onChange={(event) => setNote(event.currentTarget.value)} />
            {change.isError && <ProblemAlert error={change.error} />}
            <Group justify="end">
              <Button variant="default" onClick={() => setAsking(false)}>Not now</Button>
              <Button type="submit" loading={change.isPending}>{button}</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
