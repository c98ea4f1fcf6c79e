import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'

/** A text to paste elsewhere. `label` says what the button copies; a long one scrolls within its place. */
export function CopyBlock({ text, label, isLong = false }: { readonly text: string; readonly label: string; readonly isLong?: boolean }) {
  return (
    <div className="code">
      <pre {...(isLong && { tabIndex: 0, 'data-long': true })}>{text}</pre>
      <CopyButton value={text} timeout={1_600}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : label} position="left">
            <ActionIcon variant="light" color={copied ? 'teal' : 'gray'} onClick={copy} aria-label={copied ? 'Copied' : label}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  )
}
