import { afterEach, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { CronTrigger, RunRequest } from './types.ts'
import { cronTriggers } from './cron-triggers.ts'

const HOUR = 3_600_000
const daily = (subject: string, schedule = '0 4 * * *', catchUp?: CronTrigger['catchUp']): CronTrigger => ({ schedule, catchUp, request: { workflow: 'run', subject, input: {}, requestedBy: 'schedule' } })

describe('cron triggers', () => {
  let watching: Awaited<ReturnType<typeof cronTriggers>> | undefined
  afterEach(async () => {
    await watching?.close()
    watching = undefined
  })

  const watch = async (options: { declared: CronTrigger[]; clock: FakeClock; served?: Record<string, string>; ended?: () => number | 'goes' | undefined; refuse?: () => boolean }) => {
    const started: string[] = []
    const warnings: string[] = []
    watching = await cronTriggers({
      clock: options.clock,
      triggers: async () => options.declared,
      servedUntil: async (subject) => (options.served?.[subject] === undefined ? undefined : Date.parse(options.served[subject])),
      endedAt: async () => options.ended?.(),
      start: async (request: RunRequest) => {
        if (options.refuse?.() === true) throw new Error('the database is away')
        started.push(`${request.subject} ${String(request.trigger['at'])}${request.input['due'] === undefined ? '' : ` given ${String(request.input['due'])}`}`)
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

  it('a schedule after the last run starts the next one so long after its end, however long it goes, and none while one goes', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    let ended: number | 'goes' | undefined
    const { started, watching } = await watch({ clock, declared: [daily('flights', 'after 600 s')], ended: () => ended })
    await clock.advance(599_000)
    expect(started).toEqual([])
    ended = 'goes'
    await clock.advance(1_000)
    expect(started).toEqual(['flights 2026-01-01T00:10:00.000Z'])
    await clock.advance(5 * HOUR)
    expect(started).toHaveLength(1)
    ended = clock.now()
    watching.look()
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(599_000)
    expect(started).toHaveLength(1)
    ended = 'goes'
    await clock.advance(1_000)
    expect(started.at(-1)).toBe('flights 2026-01-01T05:20:00.000Z')
  })

  it('a schedule after the last run that ended long ago starts one run at once, by its end', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 2))
    let ended: number | 'goes' = Date.UTC(2026, 0, 1)
    const { started } = await watch({ clock, declared: [daily('flights', 'after 3600 s', 'all')], ended: () => ended })
    ended = 'goes'
    await clock.advance(24 * HOUR)
    expect(started).toEqual(['flights 2026-01-01T01:00:00.000Z'])
  })

  describe('ten days when no server was up', () => {
    const at = (day: string, time = '04:00') => `2026-01-${day}T${time}:00.000Z`
    const after = async (catchUp?: CronTrigger['catchUp'], schedule?: string) => {
      const clock = fakeClock(Date.parse(at('11', '12:00')))
      const { started, warnings } = await watch({ clock, declared: [daily('flights', schedule, catchUp)], served: { flights: at('01') } })
      /** One start after the other, however many there are. */
      const settle = async (): Promise<void> => {
        for (let before = -1; before !== started.length;) {
          before = started.length
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      await clock.advance(60_000)
      await settle()
      const madeUp = [...started]
      await clock.advance(16 * HOUR)
      await settle()
      return { madeUp, next: started.slice(madeUp.length), warnings }
    }

    it.each<[string, CronTrigger['catchUp']]>([['without a word', undefined], ['by the last', 'last']])('%s, one run makes up for all of them, for the time that was the last', async (_, catchUp) => {
      expect(await after(catchUp)).toEqual({ madeUp: [`flights ${at('11')}`], next: [`flights ${at('12')}`], warnings: [] })
    })

    it('with none, nothing makes up for them, which is said, and the next time has its run', async () => {
      expect(await after('none')).toEqual({ madeUp: [], next: [`flights ${at('12')}`], warnings: [`flights: what was due since ${at('02')} is not made up for, as catch-up says.`] })
    })

    it('with all, each has its run, oldest first, and is given its time', async () => {
      const days = Array.from({ length: 10 }, (_, i) => at(String(i + 2).padStart(2, '0')))
      expect(await after('all')).toEqual({ madeUp: days.map((day) => `flights ${day} given ${day}`), next: [`flights ${at('12')} given ${at('12')}`], warnings: [] })
    })

    it('with all, of very many the last hundred have their runs, which is said', async () => {
      const { madeUp, warnings } = await after('all', '*/5 * * * *')
      expect(madeUp).toHaveLength(100)
      expect(madeUp[99]).toContain(at('11', '12:00'))
      expect(warnings[0]).toContain('the last 100 are made up for (limit "MOST_MADE_UP")')
    })
  })

  it('with none, a start that fails while a server is up is tried again', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1))
    let away = true
    const { started } = await watch({ clock, declared: [daily('flights', undefined, 'none')], refuse: () => away })
    await clock.advance(4 * HOUR + 3_000)
    away = false
    await clock.advance(2_000)
    expect(started).toEqual(['flights 2026-01-01T04:00:00.000Z'])
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
