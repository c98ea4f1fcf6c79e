// Takes the files of a recipe out of keeping, into a run's folder.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { keptFile } from '@tulle/providers'
import type { IngestedPort, Session, Workshop } from './types.ts'
import { hasCode } from './fail-step.ts'
import type { Recipe } from './recipe.ts'
import { linkInto } from './sessions.ts'
import { copyName, hashSourceFile } from './source-files.ts'
import { messages } from './messages.ts'

/** Links the kept files into the run's folder, under the names that they had there. */
export async function restoreInputs({ objects }: Pick<Workshop, 'objects'>, { inFolder }: Pick<Session, 'inFolder'>, { definition, ports, withheld }: Recipe): Promise<Result<readonly IngestedPort[]>> {
  const restored: IngestedPort[] = []
  if (withheld === true) return fail(messages['inputs-withheld']({ product: definition.product.name }))
  for (const { port, files, drawn } of ports) {
    const name = `${definition.product.name}.${port}`
    const copies: string[] = []
    for (const [i, { sha256, shown }] of files.entries()) {
      const local = await objects.localFile(objects.address(keptFile(definition.id, sha256)))
      if (!local.ok) return hasCode(local.diagnostics, 'object-missing') ? fail(messages['input-lost']({ port: name, path: shown, why: 'its copy is gone' })) : local
      const copy = copyName(port, i, shown)
      const path = await linkInto(inFolder, copy, local.value)
      const hashed = await hashSourceFile({ path, shown }, name)
      if (!hashed.ok) return hashed
      if (hashed.value.sha256 !== sha256) return fail(messages['input-lost']({ port: name, path: shown, why: 'its copy was changed' }))
      copies.push(copy)
    }
    restored.push({ port, copies, shown: files.map((file) => file.shown), bytes: files.reduce((sum, file) => sum + file.bytes, 0), ...(drawn !== undefined && { drawn }) })
  }
  return ok(restored)
}
