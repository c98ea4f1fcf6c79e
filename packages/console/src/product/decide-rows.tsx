// What becomes of rows that were set aside: sent on through the same checks, or left out for a reason.

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Permission } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ReasonedButton } from '../shell/reasoned-button.tsx'

interface Props {
  readonly product: string
  readonly dataSet: string
  /** Ids of rows; without any, replaying means those that were corrected. */
  readonly chosen: readonly string[]
  readonly repaired: number
  readonly permission: Permission
  readonly onDone: () => void
}

export function DecideRows({ product, dataSet, chosen, repaired, permission, onDone }: Props) {
  const cache = useQueryClient()
  const [isLeavingOut, setLeavingOut] = useState(false)
  const [reason, setReason] = useState('')
  const rows = [...chosen]
  const settle = async (): Promise<void> => {
    setLeavingOut(false)
    setReason('')
    onDone()
    await cache.invalidateQueries({ queryKey: queries.quarantine(product).queryKey })
  }
  const replay = useMutation({ mutationFn: () => valueOrThrow(client.decideQuarantinedRows({ product, dataSet, ...(rows.length > 0 && { rows }), decision: { kind: 'replay', run: true, open: false } })), onSuccess: settle })
  const discard = useMutation({ mutationFn: () => valueOrThrow(client.decideQuarantinedRows({ product, dataSet, rows, decision: { kind: 'discard', reason } })), onSuccess: settle })
  const nothing: Permission = { allowed: false, reason: 'Choose rows, or correct some first.' }
  return (
    <Stack gap={4} align="end">
      <Group gap="xs">
        {replay.data?.runId !== undefined && <Text size="sm" role="status">{plural(replay.data.rows, 'row')} sent on: <AnchorLink to="/runs/$run" params={{ run: replay.data.runId }} inherit>the run</AnchorLink></Text>}
        <ReasonedButton permission={!permission.allowed || chosen.length > 0 ? permission : { allowed: false, reason: 'Choose rows first.' }} hint="Leave them out, for a reason" variant="default" size="sm" onPress={() => setLeavingOut(true)}>Leave out{chosen.length > 0 && ` ${chosen.length}`}</ReasonedButton>
        <ReasonedButton permission={!permission.allowed || chosen.length > 0 || repaired > 0 ? permission : nothing} hint="Through the same checks, into the next version" size="sm" loading={replay.isPending} onPress={() => replay.mutate()}>{chosen.length > 0 ? `Replay ${chosen.length}` : 'Replay what was corrected'}</ReasonedButton>
      </Group>
      {replay.isError && <ProblemAlert error={replay.error} />}
      <Modal opened={isLeavingOut} onClose={() => setLeavingOut(false)} title={`Leave out ${plural(chosen.length, 'row')}?`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <form onSubmit={(event) => { event.preventDefault(); discard.mutate() }}>
          <Stack>
            <TextInput label="Why" description="Kept with your name." required maxLength={500} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            {discard.isError && <ProblemAlert error={discard.error} />}
            <Group justify="end">
              <Button variant="default" onClick={() => setLeavingOut(false)}>Keep them</Button>
              <Button type="submit" color="red" loading={discard.isPending}>Leave out</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Stack>
  )
}
