// How long to wait after a failure: longer each time, never quite as long as the others.

const SECOND = 1_000
const MINUTE = 60 * SECOND
export const WAITS: readonly number[] = [SECOND, 3 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE]
const LONGEST_ASKED = 60 * MINUTE

/** `failures` in a row so far, at least one; what the target asks for is kept, up to an hour. */
export function waitAfter(failures: number, random: () => number, asked = 0): number {
  const usual = WAITS[Math.min(failures, WAITS.length) - 1] ?? SECOND
  return Math.max(Math.round(usual * (0.75 + random() / 2)), Math.min(asked, LONGEST_ASKED))
}
