// What the platform counts of its own use, whole each time: days that are counted do not change, so what is unchanged is the same file.

import type { Result } from '@tulle/kernel'
import { counted, fail } from '@tulle/kernel'
import type { Drawn, DrawRequest } from '@tulle/sources'
import { RowFile } from '@tulle/sources'
import { messages } from './messages.ts'
import type { Workshop } from './types.ts'

/** Asked again at each run: a product that the mesh no longer names reads no more. */
export async function drawUsage({ store, sources, usage }: Pick<Workshop, 'store' | 'sources' | 'usage'>, { port, settings, folder, name }: DrawRequest): Promise<Result<Drawn>> {
  const state = await store.db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
  const readers = (state?.mesh as { readonly usage?: readonly string[] } | null | undefined)?.usage ?? []
  if (!readers.includes(port.slice(0, port.indexOf('.')))) return fail(messages['usage-not-for']({ port }))
  const report = settings['report'] === 'products' ? 'products' : 'days'
  const file = await RowFile.open({ folder, name }, sources.limits)
  const rows = await usage(report)
  for (const row of rows) await file.write(JSON.stringify(row))
  const written = await file.finish(port, `use of the mesh (${report})`)
  return written.ok ? { ...written, value: { files: [written.value], mode: 'replace', told: `Took in ${counted(rows.length, 'row')} of what the platform counts.` } } : written
}
