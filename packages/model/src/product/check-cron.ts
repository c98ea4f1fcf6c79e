// Says whether a text is a five-field cron schedule, and if not, why.

const FIELDS = [
  { name: 'minute', from: 0, to: 59, words: [] },
  { name: 'hour', from: 0, to: 23, words: [] },
  { name: 'day of month', from: 1, to: 31, words: [] },
  { name: 'month', from: 1, to: 12, words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of week', from: 0, to: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const

/** What is wrong with a schedule, as the end of a sentence; undefined where it is one. */
export function checkCron(text: string): string | undefined {
  const parts = text.trim().split(/\s+/u)
  if (parts.length !== FIELDS.length) return `it has ${parts.length} ${parts.length === 1 ? 'field' : 'fields'} instead of five`
  for (const [i, field] of FIELDS.entries()) {
    for (const item of (parts[i] ?? '').split(',')) {
      const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/u.exec(item) ?? []
      if (first === undefined || (first === '*' && last !== undefined)) return `"${item}" is no ${field.name}`
      if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) return `the step ${step} of the ${field.name} is out of range`
      if (first === '*') continue
      const low = numberOf(first, field)
      const high = last === undefined ? low : numberOf(last, field)
      if (low === undefined || high === undefined) return `the ${field.name} "${item}" is not within ${field.from}-${field.to}`
      if (low > high) return `the ${field.name} "${item}" runs backwards`
    }
  }
  return undefined
}

function numberOf(text: string, field: (typeof FIELDS)[number]): number | undefined {
  const word = (field.words as readonly string[]).indexOf(text.toLowerCase())
  const number = word >= 0 ? word + (field.name === 'month' ? 1 : 0) : /^\d{1,2}$/u.test(text) ? Number(text) : Number.NaN
  return number >= field.from && number <= field.to ? number : undefined
}
