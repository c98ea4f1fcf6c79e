// The points in time at which an indicator is measured: whole multiples of its period since 1970, so that every process, and every
// start of one, means the same points.

/** The last point that is not after `now`. */
export const pointAt = (now: number, every: number): number => Math.floor(now / every) * every

/** The points of `(from, to]`, oldest first. */
export function pointsBetween(from: number, to: number, every: number): readonly number[] {
  const points: number[] = []
  for (let at = pointAt(from, every) + every; at <= to; at += every) points.push(at)
  return points
}

/** How many points a window has, wherever it ends. */
export const pointsIn = (window: number, every: number): number => Math.max(1, Math.floor(window / every))
