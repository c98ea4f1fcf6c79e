import { Card, Text, Title } from '@mantine/core'
import type { Run } from '@tulle/api'
import { useEffect, useRef } from 'react'

/** The log, which follows its end while the run goes and nobody scrolls back. */
export function RunLog({ log, unfinished }: { readonly log: Run['log']; readonly unfinished: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  const lines = log.length
  useEffect(() => {
    const { current } = place
    if (unfinished && lines > 0 && current !== null && current.scrollHeight - current.scrollTop - current.clientHeight < 120) current.scrollTop = current.scrollHeight
  }, [lines, unfinished])
  return (
    <Card withBorder padding={0} component="section" aria-label="Log">
      <Title order={2} px="md" py="sm">Log</Title>
      <div className="log" role="log" ref={place} tabIndex={0}>
        {log.map((line) => (
          <div key={line.seq}>
            <Text span inherit c="dimmed">{line.time.slice(11, 23)}</Text>{' '}
            {line.step !== undefined && <Text span inherit c="var(--mantine-color-anchor)">{line.step} </Text>}
            <Text span inherit {...(line.level !== 'info' && { c: 'var(--mantine-color-error)' })}>{line.message}</Text>
          </div>
        ))}
        {lines === 0 && <Text size="sm" c="dimmed">{unfinished ? 'Nothing yet.' : 'This run wrote no line.'}</Text>}
      </div>
    </Card>
  )
}
