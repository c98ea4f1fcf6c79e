// A connected input port's settings to the files that are drawn for it, by the system that it names.

import type { Json, Result } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { Draw, Drawn, DrawRequest, SourceRoom } from './types.ts'
import { drawFiles } from './files/draw-files.ts'
import { drawPostgresChanges, settlePostgresChanges } from './postgres/draw-changes.ts'
import { drawTopic } from './kafka/draw-topic.ts'
import { drawMesh } from './mesh/draw-mesh.ts'
import { drawMysql } from './mysql/draw-query.ts'
import { drawRest } from './rest/draw-rest.ts'
import { drawEvents } from './sse/draw-events.ts'
import { drawPostgresQuery } from './postgres/draw-query.ts'

const SYSTEMS: Readonly<Record<string, Draw>> = {
  postgres: (room, request) => (request.settings['changes'] === true ? drawPostgresChanges : drawPostgresQuery)(room, request),
  mysql: drawMysql,
  rest: drawRest,
  files: drawFiles,
  mesh: drawMesh,
  kafka: drawTopic,
  sse: drawEvents,
}

/** Draws what is new, or everything where `before` is absent. Nothing of the system is changed by it. */
export function draw(room: SourceRoom, system: string, request: DrawRequest): Promise<Result<Drawn>> {
  const by = SYSTEMS[system]
  if (by === undefined) throw new Bug(`no system "${system}" is drawn from.`)
  return by(room, request)
}

/** Tells the system that everything up to a state is published, where it waits for that. Never fails: the next draw says it again. */
export async function settle(room: SourceRoom, system: string, request: Pick<DrawRequest, 'owner' | 'port' | 'settings'>, state: Json): Promise<void> {
  if (system === 'postgres' && request.settings['changes'] === true) await settlePostgresChanges(room, request, state)
}
