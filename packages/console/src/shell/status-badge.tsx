import { Badge, Loader } from '@mantine/core'
import type { RunStatus, RunStep } from '@tulle/api'

const COLOUR: Record<RunStatus | RunStep['status'], string> = {
  queued: 'gray', pending: 'gray', running: 'blue', succeeded: 'teal', skipped: 'yellow', failed: 'red', cancelled: 'orange',
}

export function StatusBadge({ status }: { readonly status: RunStatus | RunStep['status'] }) {
  return (
    <Badge color={COLOUR[status]} variant="light" leftSection={status === 'running' ? <Loader size={10} /> : undefined}>
      {status}
    </Badge>
  )
}
