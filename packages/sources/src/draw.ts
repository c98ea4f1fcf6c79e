// A connected input port's settings to the files that are drawn for it, by the system that it names.

import type { Result } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { Draw, Drawn, DrawRequest, SourceRoom } from './types.ts'
import { drawPostgresQuery } from './postgres/draw-query.ts'

const SYSTEMS: Readonly<Record<string, Draw>> = {
  postgres: drawPostgresQuery,
}

/** Draws what is new, or everything where `before` is absent. Nothing of the system is changed by it. */
export function draw(room: SourceRoom, system: string, request: DrawRequest): Promise<Result<Drawn>> {
  const by = SYSTEMS[system]
  if (by === undefined) throw new Bug(`no system "${system}" is drawn from.`)
  return by(room, request)
}
