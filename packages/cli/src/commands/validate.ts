// `tulle validate`: everything that is wrong in a mesh folder, at once, without a server.

import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { counted } from '../format.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerValidate(program: Command, world: World): void {
  withOutput(program.command('validate'))
    .description('say everything that is wrong in a mesh folder; needs no server')
    .argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')
    .action(act(world, (options: { output?: OutputFormat }, folder: string | undefined) => validate(world, options, folder)))
}

async function validate(world: World, options: { readonly output?: OutputFormat }, given: string | undefined): Promise<Result<Answer>> {
  // Loaded here, because most commands do without: they should not wait for it.
  const [{ loadMesh, readMeshFolder }, { findModelReads }] = await Promise.all([import('@tulle/model'), import('@tulle/sql')])
  const found = meshFolderOf(world, given)
  if (!found.ok) return found
  const folder = found.value
  const files = await readMeshFolder(folder)
  if (!files.ok) return files
  const loaded = loadMesh(files.value, { modelReads: findModelReads })
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

/** Places as paths from where the reader stands, so that terminals and editors make links of them. */
function seenFrom(here: string, folder: string, diagnostic: Diagnostic): Diagnostic {
  const seen = (place: Place): Place => ({ ...place, file: relative(here, join(folder, place.file)) })
  return {
    ...diagnostic,
    ...(diagnostic.place !== undefined && { place: seen(diagnostic.place) }),
    ...(diagnostic.related !== undefined && { related: diagnostic.related.map((r) => ({ ...r, place: seen(r.place) })) }),
  }
}
