// `tulle validate`: everything that is wrong in a mesh folder, at once, without a server.

import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import { seenFrom } from '../seen-from.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerValidate(program: Command, world: World): void {
  withOutput(program.command('validate'))
    .description('say everything that is wrong in a mesh folder; needs no server')
    .argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')
    .action(act(world, (options: { output?: OutputFormat }, folder: string | undefined) => validate(world, options, folder)))
}

async function validate(world: World, options: { readonly output?: OutputFormat }, given: string | undefined): Promise<Result<Answer>> {
  const found = meshFolderOf(world, given)
  if (!found.ok) return found
  const folder = found.value
  const read = await readCheckedMesh(folder)
  if (!read.ok) return read
  const loaded = read.value
  const diagnostics = loaded.diagnostics
  const errors = diagnostics.filter((d) => d.severity === 'error').length
  const warnings = diagnostics.filter((d) => d.severity === 'warning').length
  if (options.output !== 'json') report(world.terminal, diagnostics.map((d) => seenFrom(world.folder, folder, d)))
  const counts = [errors === 0 ? 'no errors' : counted(errors, 'error'), ...(warnings === 0 ? [] : [counted(warnings, 'warning')])].join(', ')
  return ok({
    json: { ok: loaded.ok, errors, warnings, diagnostics },
    text: () => (loaded.ok ? `${loaded.value.name}: ${counted(loaded.value.products.size, 'product')} in ${counted(loaded.value.domains.size, 'domain')}, ${counts}.` : `${counts}.`),
    exit: loaded.ok ? 0 : 1,
  })
}
