import { afterEach, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { CronTrigger, RunRequest, Triggers } from './types.ts'
import { cronTriggers } from './cron-triggers.ts'

const HOUR = 3_600_000
const daily = (subject: string, schedule = '0 4 * * *'): CronTrigger => ({ schedule, request: { workflow: 'run', subject, input: {}, requestedBy: 'schedule' } })

describe('cron triggers', () => {
  let watching: Triggers | undefined
  afterEach(async () => {
    await watching?.close()
    watching = undefined
  })

  const watch = async (options: { declared: CronTrigger[]; clock: FakeClock; served?: Record<string, string>; refuse?: () => boolean }) => {
    const started: string[] = []
    const warnings: string[] = []
    watching = await cronTriggers({
      clock: options.clock,
      triggers: async () => options.declared,
      servedUntil: async (subject) => (options.served?.[subject] === undefined ? undefined : Date.parse(options.served[subject])),
      start: async (request: RunRequest) => {
        if (options.refuse?.() === true) throw new Error('the database is away')
        started.push(`${request.subject} ${String(request.trigger['at'])}`)
        return ok({ runId: 'r', shared: false })
      },
      warn: (message) => warnings.push(message),
    })
    return { started, warnings, watching }
  }

  it('a schedule starts its run when due, once each time', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    const { started } = await watch({ clock, declared: [daily('flights')] })
    await clock.advance(3.9 * HOUR)
    expect(started).toEqual([])
    await clock.advance(48 * HOUR)
    expect(started).toEqual(['flights 2026-01-01T04:00:00.000Z', 'flights 2026-01-02T04:00:00.000Z'])
  })

  it('ten missed days are made up for by one run', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 11, 12))
    const { started } = await watch({ clock, declared: [daily('flights')], served: { flights: '2026-01-01T04:00:00Z' } })
    await clock.advance(HOUR)
    expect(started).toEqual(['flights 2026-01-02T04:00:00.000Z'])
    await clock.advance(16 * HOUR)
    expect(started).toEqual(['flights 2026-01-02T04:00:00.000Z', 'flights 2026-01-12T04:00:00.000Z'])
  })

  it('a start that fails is tried again, and is not lost', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    let away = true
    const { started, warnings } = await watch({ clock, declared: [daily('flights')], refuse: () => away })
    await clock.advance(4 * HOUR + 3_000)
    expect(started).toEqual([])
    expect(warnings[0]).toBe('flights: Error: the database is away')
    away = false
    await clock.advance(2_000)
    expect(started).toEqual(['flights 2026-01-01T04:00:00.000Z'])
  })

  it('a refresh takes up new schedules and drops the ones that are gone', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    const declared = [daily('flights')]
    const live = await watch({ clock, declared })
    declared.splice(0, 1, daily('airports', '0 1 * * *'))
    await live.watching.refresh()
    await clock.advance(5 * HOUR)
    expect(live.started).toEqual(['airports 2026-01-01T01:00:00.000Z'])
  })

  it('a schedule that cannot be read is told and stops no other', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    const { started, warnings } = await watch({ clock, declared: [daily('broken', '99 * * * *'), daily('flights')] })
    await clock.advance(5 * HOUR)
    expect(warnings).toEqual(['broken: "99 * * * *" is not a schedule: invalid value for minute: 99.'])
    expect(started).toEqual(['flights 2026-01-01T04:00:00.000Z'])
  })
})
