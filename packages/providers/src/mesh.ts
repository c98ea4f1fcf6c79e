// The mesh itself: its purposes, classifications and business keys. Its facts also stand in `mesh_state`, where every
// room that needs them looks.

import { sql } from 'kysely'
import type { Json } from '@tulle/kernel'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

export const meshProvider = recordProvider({
  kind: 'mesh',
  outlivesDeclaration: true,
  desire: {
    of: 'mesh',
    list: (mesh) => [
      resourceOf({
        kind: 'mesh',
        // One mesh per control database, so its address needs no name of its own and survives a renaming.
        name: 'mesh',
        facts: {
          name: mesh.name,
          title: mesh.title,
          purposes: mesh.purposes.map((purpose) => ({ ...purpose })),
          classifications: mesh.classifications,
          businessKeys: [...mesh.businessKeys.values()].map((key) => ({ ...key })),
          environments: mesh.environments,
          usage: mesh.usage,
          erasure: mesh.erasure === undefined ? undefined : { ...mesh.erasure },
          maintenance: mesh.maintenance === undefined ? undefined : { ...mesh.maintenance },
          exports: mesh.exports === undefined ? undefined : { ...mesh.exports },
          runs: mesh.runs as Json | undefined,
          alerts: mesh.alerts as unknown as Json | undefined,
          certification: mesh.certification as unknown as Json | undefined,
        },
      }),
    ],
  },
  also: async (tx, desired) => {
    await sql`insert into mesh_state (one, generation, mesh) values (true, 1, ${JSON.stringify(desired.spec)}::jsonb)
              on conflict (one) do update set mesh = excluded.mesh`.execute(tx)
  },
})
