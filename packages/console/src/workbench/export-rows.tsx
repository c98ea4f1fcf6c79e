// All rows of a statement as a file. The statement is asked anew, so what leaves is decided, masked, watched and written into the
// audit at that moment, whatever stands on the page.

import { Button, Modal } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { problemOf } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { save } from './save-file.ts'

export interface Statement { readonly sql: string; readonly purpose: string | undefined }

const LABELS = { parquet: 'Parquet', arrow: 'Arrow' } as const

export function ExportRows({ asked, format }: { readonly asked: Statement; readonly format: keyof typeof LABELS }) {
  const rows = useMutation({ mutationFn: () => fetchRows(asked, format), onSuccess: (blob) => save(blob, `rows.${format}`) })
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconDownload size={14} aria-hidden />} loading={rows.isPending} onClick={() => rows.mutate()}>{LABELS[format]}</Button>
      {rows.isError && <Modal opened onClose={() => rows.reset()} title="No file" centered closeButtonProps={{ 'aria-label': 'Close' }}><ProblemAlert error={rows.error} /></Modal>}
    </>
  )
}

async function fetchRows({ sql, purpose }: Statement, format: keyof typeof LABELS): Promise<Blob> {
  const answer = await fetch('/data/v1/query', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sql, format, ...(purpose !== undefined && { purpose }) }) })
  if (answer.ok) return answer.blob()
  throw problemOf(await answer.json())
}
