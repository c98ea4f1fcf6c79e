// The steps of a run on its own time line: what took how long, what came out, and why a step was skipped or failed.

import { Loader, Text } from '@mantine/core'
import { IconArrowRight, IconCircle, IconCircleCheckFilled, IconCircleDashed, IconCircleMinus, IconCircleXFilled } from '@tabler/icons-react'
import type { Run, RunStep } from '@tulle/api'
import { useEffect, useState } from 'react'
import type { ComponentType, ReactNode } from 'react'
import { count, duration, plural } from '../shell/format.ts'
import { STATUS_COLOUR } from '../shell/status-badge.tsx'

const TICK_MILLISECONDS = 100

interface StepsProps {
  readonly run: Run
  /** What is beside a step that the run can be run again from. */
  readonly again?: ComponentType<{ readonly run: Run; readonly step: string }> | undefined
}

export function Steps({ run, again: Again }: StepsProps) {
  const now = useTicking(run.finishedAt === undefined)
  const began = Date.parse(run.startedAt ?? run.requestedAt)
  const whole = Math.max(1, (run.finishedAt === undefined ? now : Date.parse(run.finishedAt)) - began)
  return (
    <ol className="steps numbers">
      {run.steps.map((step) => <Step key={step.name} step={step} began={began} whole={whole} now={now} again={Again !== undefined && step.status !== 'pending' ? <Again run={run} step={step.name} /> : null} />)}
      {run.steps.length === 0 && <li className="step"><IconCircleDashed size={20} aria-hidden /><Text size="sm" c="dimmed">Waiting for its turn.</Text></li>}
    </ol>
  )
}

interface StepProps {
  readonly step: RunStep
  readonly began: number
  readonly whole: number
  readonly now: number
  readonly again: ReactNode
}

function Step({ step, began, whole, now, again }: StepProps) {
  const from = step.startedAt === undefined ? undefined : Date.parse(step.startedAt)
  const to = step.finishedAt === undefined ? now : Date.parse(step.finishedAt)
  return (
    <li className="step" aria-label={`${step.name}: ${step.status}`}>
      <StepIcon status={step.status} />
      <Text fw={600} size="sm">{step.name}{step.attempt > 1 && <Text span inherit c="dimmed" fw={400}> attempt {step.attempt}</Text>}</Text>
      <div className="step-track" aria-hidden>
        {from !== undefined && step.status !== 'skipped' && (
          <div className="step-bar" style={{ left: percent((from - began) / whole), width: percent((to - from) / whole), background: `var(--mantine-color-${STATUS_COLOUR[step.status]}-5)` }} />
        )}
      </div>
      <Text size="sm" ta="right">{step.status === 'pending' ? '' : step.status === 'skipped' ? 'skipped' : duration(step.startedAt, step.finishedAt, now)}</Text>
      <Text size="sm" c="dimmed" ta="right" component="div" className="step-rows"><Rows step={step} /></Text>
      {again !== null && <div className="step-again">{again}</div>}
      {step.reason !== undefined && <Text size="sm" className="step-why" c={step.status === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>{step.reason}</Text>}
    </li>
  )
}

function Rows({ step: { rowsRead, rowsWritten } }: { readonly step: RunStep }) {
  const [read, written] = [rowsRead ?? 0, rowsWritten ?? 0]
  if (read === 0 && written === 0) return null
  if (read === 0 || read === written) return <>{plural(written, 'row')}</>
  return <>{count(read)} <IconArrowRight size={13} role="img" aria-label="became" style={{ verticalAlign: '-2px' }} /> {plural(written, 'row')}</>
}

function StepIcon({ status }: { readonly status: RunStep['status'] }) {
  const colour = `light-dark(var(--mantine-color-${STATUS_COLOUR[status]}-7), var(--mantine-color-${STATUS_COLOUR[status]}-5))`
  switch (status) {
    case 'running': return <Loader size={18} aria-hidden />
    case 'succeeded': return <IconCircleCheckFilled size={20} color={colour} aria-hidden />
    case 'failed': return <IconCircleXFilled size={20} color={colour} aria-hidden />
    case 'skipped': return <IconCircleMinus size={20} color={colour} aria-hidden />
    case 'cancelled': return <IconCircleMinus size={20} color={colour} aria-hidden />
    case 'pending': return <IconCircle size={20} color={colour} aria-hidden />
  }
}

const percent = (share: number): string => `${Math.min(100, Math.max(0, share * 100)).toFixed(2)}%`

function useTicking(on: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!on) return undefined
    const ticking = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
    return () => clearInterval(ticking)
  }, [on])
  return now
}
