// A button that the server allows or not. What is not allowed stays in sight and can be reached, with its reason.

import { Button, Tooltip } from '@mantine/core'
import type { ButtonProps } from '@mantine/core'
import type { Permission } from '@tulle/api'

interface Props extends ButtonProps {
  readonly permission: Permission
  /** What it does, said on hover where it is allowed. */
  readonly hint: string
  readonly onPress: () => void
}

export function ReasonedButton({ permission: { allowed, reason }, hint, onPress, ...button }: Props) {
  return (
    <Tooltip label={allowed ? hint : (reason ?? 'You may not do this.')} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Button {...button} {...(!allowed && { 'data-disabled': true })} aria-disabled={!allowed} onClick={() => allowed && onPress()} />
    </Tooltip>
  )
}
