// A schedule as people say it, where it is one of those that they say; what is rarer stays as it is written. Pure.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** `0 5 * * *` → `every day at 05:00`; undefined for what has no short words. Times are UTC, as schedules are. */
export function scheduleWords(schedule: string): string | undefined {
  const [minute = '', hour = '', day, month, weekday = '', ...more] = schedule.trim().split(/\s+/u)
  if (more.length > 0 || day !== '*' || month !== '*') return undefined
  const isAnyDay = weekday === '*'
  const step = /^\*\/([1-9]\d?)$/u
  // Steps that do not divide the whole begin anew within it, so "every" would not be true.
  const every = (field: string, whole: number, unit: string): string | undefined => {
    const count = field === '*' ? 1 : Number(step.exec(field)?.[1] ?? 0)
    return count === 0 || whole % count !== 0 ? undefined : count === 1 ? `every ${unit}` : `every ${count} ${unit}s`
  }
  if (hour === '*') return !isAnyDay ? undefined : minute === '0' ? 'every hour' : every(minute, 60, 'minute')
  if (minute === '0' && step.test(hour)) return isAnyDay ? every(hour, 24, 'hour') : undefined
  if (!/^[0-5]?\d$/u.test(minute) || !/^(?:1?\d|2[0-3])$/u.test(hour)) return undefined
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (isAnyDay) return `every day ${at}`
  if (weekday === '1-5') return `Monday to Friday ${at}`
  return /^[0-6]$/u.test(weekday) ? `every ${DAYS[Number(weekday)] ?? ''} ${at}` : undefined
}
