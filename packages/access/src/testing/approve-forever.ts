// A process that asks for access and approves it for ever, saying each request whose approval was acknowledged; made to be
// killed at any moment. As `halves` it does it wrongly: the request and the grant in two transactions, in either order.

import { randomUUID } from 'node:crypto'
import { ok, systemClock } from '@tulle/kernel'
import { openStore } from '@tulle/store'
import type { Connection } from '@tulle/store'
import { accessControl } from '../access-control.ts'
import { approveRequest } from '../decide-request.ts'
import { findAccount } from '../find-accounts.ts'
import { submitRequest } from '../submit-request.ts'

const { connection, halves } = JSON.parse(process.argv[2] ?? '{}') as { connection: Connection; halves: boolean }
const opened = await openStore({ connection, poolSize: 4 })
if (!opened.ok) throw new Error(opened.diagnostics[0]?.message)
const store = opened.value
const access = await accessControl(store)
const desk = { access, conditions: { check: async () => ok([]) }, clock: systemClock }
const [bo, olga] = [await findAccount(store, 'bo'), await findAccount(store, 'olga')]
if (bo === undefined || olga === undefined) throw new Error('nobody is there')

for (let round = 0; ; round += 1) {
  const made = await submitRequest(desk, { by: bo.subject, subjectKind: 'user', subject: 'bo', product: 'passengers', purpose: 'care', justification: `Round ${round}.`, agreements: [], seconds: 1000 + round })
  if (!made.ok) throw new Error(made.diagnostics[0]?.message)
  const { id } = made.value
  if (halves) {
    const grant = randomUUID()
    const approve = () => store.pool.query("update access_request set state = 'approved', decided_at = now(), grant_id = $2 where id = $1", [id, grant])
    const give = () => store.pool.query("insert into access_grant (id, subject_kind, subject, product_id, purposes, granted_by, request_id) values ($1, 'user', $2, 'p1', '[\"care\"]', 'olga', $3)", [grant, bo.subject.id, id])
    for (const step of round % 2 === 0 ? [approve, give] : [give, approve]) {
      await step()
      // A machine may take its time between two transactions.
      await new Promise((wake) => setTimeout(wake, 60))
    }
  } else {
    const approved = await approveRequest(desk, { requestId: id, by: olga.subject })
    if (!approved.ok) throw new Error(approved.diagnostics[0]?.message)
  }
  process.stdout.write(`${id}\n`)
}
