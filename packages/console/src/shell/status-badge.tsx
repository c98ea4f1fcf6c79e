import { Badge, Loader } from '@mantine/core'
import type { RunStatus, RunStep } from '@tulle/api'

export const STATUS_COLOUR: Record<RunStatus | RunStep['status'], string> = {
  queued: 'gray', pending: 'gray', running: 'blue', succeeded: 'teal', skipped: 'yellow', failed: 'red', cancelled: 'orange',
}

export function StatusBadge({ status }: { readonly status: RunStatus | RunStep['status'] }) {
  return (
    <Badge color={STATUS_COLOUR[status]} variant="light" tt="none" leftSection={status === 'running' ? <Loader size={10} aria-hidden /> : undefined}>
      {status}
    </Badge>
  )
}
