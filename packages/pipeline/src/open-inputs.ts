// Everything that models read from outside their product: pinned data sets, tables of others, and ports as `source.<port>`.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Ingested, Session, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { foreignRelation } from './foreign-tables.ts'
import { openInput } from './input-rights.ts'
import { readPort } from './read-port.ts'

/** Of the ports only those that are named; they are relations of the process already. */
export async function openInputs(workshop: Workshop, session: Session, plan: ReadPlan, ingested: Ingested, ports: ReadonlySet<string>): Promise<Result<readonly Relation[]>> {
  const relations: Relation[] = []
  for (const input of ingested.pinned) {
    const relation = await openInput(workshop, plan, input, session.inFolder)
    if (!relation.ok) return relation
    relations.push(relation.value)
  }
  for (const { port } of ingested.foreign) relations.push(await foreignRelation(session, port))
  for (const port of [...plan.ports, ...plan.connected].filter((one) => ports.has(one.name))) {
    const copies = ingested.ports.find((one) => one.port === port.name)
    const opened = copies === undefined ? ok(undefined) : await readPort(session, port, copies)
    if (!opened.ok) return opened
  }
  return ok(relations)
}
