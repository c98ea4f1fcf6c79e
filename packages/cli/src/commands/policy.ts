// `tulle policy list|explain|test`: the rules that hold wherever data is read, what they say, and whether they say it.

import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok, renderPlace } from '@tulle/kernel'
import type { PolicyExplanation } from '@tulle/api'
import { act, report, withOutput, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { productOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatBytes, formatCount } from '../format.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { readCheckedMesh } from '../read-checked-mesh.ts'
import { placeFrom, seenFrom } from '../seen-from.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerPolicy(program: Command, world: World): void {
  const family = program.command('policy').description('the rules that hold wherever data is read')
  withServer(family.command('list'))
    .description('list the applied ones with their rules')
    .action(act(world, (options: RemoteOptions) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listPolicies()
      if (!listed.ok) return listed
      const { policies } = listed.value
      return ok({
        json: policies,
        text: () => renderTable([{ title: 'policy' }, { title: 'of' }, { title: 'status' }, { title: 'rules' }], policies.map((p) => [
          p.name, p.domain ?? 'the mesh', p.status, [...p.rules.map(({ name, effect }) => `${name}: ${effect}`), ...p.standards.map((standard) => `${standard}: standard`)].join(', '),
        ])),
      })
    })))
  withServer(family.command('explain'))
    .description('say what a user may read of a product, and why, rule by rule')
    .argument('<user>', 'an account')
    .argument('<product>', 'a product, or one data set of it: flights.flights')
    .option('--purpose <purpose>', 'what it would be read for; where just one is open, that one')
    .action(act(world, (options: ExplainOptions, user: string, product: string) => explain(world, options, user, product)))
  withOutput(family.command('test'))
    .description('ask the cases that are kept beside the policies of a mesh folder; needs no server')
    .argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')
    .action(act(world, (options: { output?: OutputFormat }, folder: string | undefined) => test(world, options, folder)))
}

interface ExplainOptions extends RemoteOptions { readonly purpose?: string }

async function explain(world: World, options: ExplainOptions, user: string, what: string): Promise<Result<Answer>> {
  const ref = productOf(what)
  if (!ref.ok) return ref
  return withClient<Answer>(world, options, async (client) => {
    const { product, dataSet } = ref.value
    const asked = await client.explainPolicy({ user, product, ...(dataSet !== undefined && { dataSet }), ...(options.purpose !== undefined && { purpose: options.purpose }) })
    if (!asked.ok) return asked
    const { dataSets, purpose, openPurposes, exports: { rows, bytes, statements } } = asked.value
    const intent = purpose === undefined ? 'without a purpose' : `for ${purpose}`
    return ok({
      json: asked.value,
      text: () => [
        ...dataSets.flatMap((one) => [`${printable(user)} ${one.effect === 'allow' ? 'may read' : 'may not read'} ${product}.${one.dataSet} ${printable(intent)}.`, '', ...explained(one), '']),
        `Within an hour at most ${formatCount(rows.amount)} rows (${rows.by}), ${formatBytes(bytes.amount)} (${bytes.by}) and ${formatCount(statements.amount)} statements (${statements.by}).`,
        `Open purposes: ${openPurposes.length === 0 ? 'none' : printable(openPurposes.join(', '))}.`,
      ].join('\n'),
    })
  })
}

function explained({ effect, columns, masked, filtered, limits = {}, reasons, rules }: PolicyExplanation): readonly string[] {
  const facts = renderFacts([
    ['columns', effect === 'allow' ? columns.join(', ') : undefined], ['masked', masked.length > 0 ? masked.join(', ') : undefined], ['rows', effect === 'deny' ? undefined : filtered ? 'some' : 'all'],
    ['limits', Object.keys(limits).length > 0 ? Object.entries(limits).map(([name, value]) => `${name} ${value}`).join(', ') : undefined],
  ])
  return [
    ...(facts === '' ? [] : [facts, '']),
    ...reasons.map(({ text }) => `- ${printable(text)}`),
    ...(rules.length === 0 ? [] : ['', renderTable([{ title: 'rule' }, { title: 'status' }, { title: 'effect' }, { title: 'fits' }, { title: 'because' }], rules.map((r) => [`${r.policy}.${r.rule}`, r.status, r.effect, r.fits ? 'yes' : 'no', r.why]))]),
  ]
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
