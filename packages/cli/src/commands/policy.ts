// `tulle policy test`: the cases that are kept beside policies, without a server.

import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { fail, ok, renderPlace } from '@tulle/kernel'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { counted } from '../format.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import { placeFrom, seenFrom } from '../seen-from.ts'
import { printable } from '../terminal.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerPolicy(program: Command, world: World): void {
  const family = program.command('policy').description('the rules that hold wherever data is read')
  withOutput(family.command('test'))
    .description('ask the cases that are kept beside the policies of a mesh folder; needs no server')
    .argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')
    .action(act(world, (options: { output?: OutputFormat }, folder: string | undefined) => test(world, options, folder)))
}

async function test(world: World, options: { readonly output?: OutputFormat }, given: string | undefined): Promise<Result<Answer>> {
  const found = meshFolderOf(world, given)
  if (!found.ok) return found
  const folder = found.value
  const read = await readCheckedMesh(folder)
  if (!read.ok) return read
  const mesh = read.value
  if (!mesh.ok) {
    if (options.output !== 'json') report(world.terminal, mesh.diagnostics.map((d) => seenFrom(world.folder, folder, d)))
    return ok({ json: { ok: false, diagnostics: mesh.diagnostics }, text: () => 'Nothing was asked: the mesh folder has errors.', exit: 2 })
  }
  // What is not tried is not passed.
  if (mesh.value.policyCases.length === 0) return fail(messages['no-policy-cases']({ folder }))
  const { tryPolicyCases } = await import('@tulle/policy')
  const tried = tryPolicyCases(mesh.value)
  const failed = tried.filter(({ passed }) => !passed)
  return ok({
    json: { ok: failed.length === 0, cases: tried.length, failed: failed.length, results: tried },
    text: () => [
      ...failed.flatMap(({ name, differences, place }) => [`❌ ${renderPlace(placeFrom(world.folder, folder, place))} ${printable(name)}`, ...differences.map((difference) => `    ${printable(difference)}`)]),
      `${counted(tried.length, 'case')}, ${failed.length === 0 ? 'all as they should be' : `${failed.length} not as they should be`}.`,
    ].join('\n'),
    exit: failed.length === 0 ? 0 : 1,
  })
}
