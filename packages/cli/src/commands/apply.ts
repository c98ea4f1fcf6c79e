// `tulle plan` and `tulle apply`: what a folder's files would change, and the change.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Apply, Client, Plan } from '@tulle/api'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, fail, ok, systemClock } from '@tulle/kernel'
import { z } from 'zod'
import { act, report, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { askConsent } from '../ask.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatDuration, formatStatus } from '../format.ts'
import { homeOf, readServerFile, reasonOf } from '../home.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import { followSteps } from '../progress.ts'
import { printable } from '../terminal.ts'
import type { OutputFormat, World } from '../types.ts'

interface PlanOptions extends RemoteOptions {
  readonly output: OutputFormat
  readonly prune?: boolean
  readonly allowDestroy?: boolean
  readonly allowBreaking?: boolean
  readonly out?: string
}

interface ApplyOptions extends PlanOptions { readonly plan?: string; readonly dryRun?: boolean; readonly yes?: boolean }

export function registerApply(program: Command, world: World): void {
  withPlanning(withServer(program.command('plan').argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')))
    .description('say what apply would change; changes nothing')
    .option('--out <file>', 'keep the plan, for "apply --plan <file>"')
    .action(act(world, (options: PlanOptions, folder: string | undefined) => plan(world, options, folder)))
  withPlanning(withServer(program.command('apply').argument('[folder]', 'the mesh folder; this one, or the one that the server serves, where none is named')))
    .description('make the mesh what its folder says')
    .option('--plan <file>', 'carry out a plan that was kept; refused when the mesh has moved since')
    .option('--dry-run', 'only say what it would do')
    .option('-y, --yes', 'do not ask')
    .action(act(world, (options: ApplyOptions, folder: string | undefined) => apply(world, options, folder)))
}

const withPlanning = (command: Command): Command => command
  .option('--prune', 'archive what the folder no longer has')
  .option('--allow-destroy', 'destroy data where the plan says so')
  .option('--allow-breaking', 'let changes through that break consumers')

const plan = (world: World, options: PlanOptions, folder: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const planned = await makePlan(world, client, options, folder)
  if (!planned.ok) return planned
  if (options.out !== undefined) {
    const kept = keepPlan(resolve(world.folder, options.out), planned.value)
    if (!kept.ok) return kept
  }
  return showPlan(planned.value)
})

const apply = (world: World, options: ApplyOptions, folder: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const planned = options.plan === undefined ? await makePlan(world, client, options, folder) : readPlan(resolve(world.folder, options.plan))
  if (!planned.ok) return planned
  if (options.dryRun === true || !planned.value.applyable || isEmpty(planned.value)) return showPlan(planned.value)
  report(world.terminal, unsaid(planned.value))
  if (options.output !== 'json') world.terminal.out(printable(planned.value.text))
  // Who may not apply is told so by the server; nobody should be asked for consent first.
  const agreed = await askConsent(world, 'Apply these changes?', options.yes === true || !planned.value.can.apply.allowed)
  if (!agreed.ok) return agreed
  const started = await client.applyPlan({ plan: planned.value.plan }, { signal: world.signal })
  if (!started.ok) return started
  world.signal.addEventListener('abort', () => world.terminal.say('The apply goes on without you; "tulle plan" shows when it is through.'), { once: true })
  const finished = await followApply(world, client, started.value)
  if (!finished.ok) return finished
  const { status, diagnostics, startedAt, finishedAt } = finished.value
  return ok({
    json: finished.value,
    text: () => `${formatStatus(world.terminal, status)}  ${counted(finished.value.stages.length, 'stage')}  ${formatDuration(startedAt, finishedAt)}`,
    exit: status === 'succeeded' ? 0 : 1,
  }, diagnostics)
})

async function makePlan(world: World, client: Client, options: PlanOptions, given: string | undefined): Promise<Result<Plan>> {
  const { readMeshFolder } = await import('@tulle/model')
  const found = meshFolderOf(world, given)
  if (!found.ok) return found
  const folder = found.value
  const files = await readMeshFolder(folder)
  if (!files.ok) return files
  world.terminal.status('planning …')
  const planned = await client.createPlan({
    files: Object.fromEntries(files.value),
    prune: options.prune === true,
    allowDestroy: options.allowDestroy === true,
    allowBreaking: options.allowBreaking === true,
  }, { signal: world.signal })
  return planned.ok ? ok({ ...planned.value, diagnostics: [...planned.value.diagnostics, ...strayData(world, folder, files.value)] }) : planned
}

/** Only texts travel with a plan: data files are read where the server stands, and that may be in another folder. */
function strayData(world: World, folder: string, files: ReadonlyMap<string, string>): readonly Diagnostic[] {
  const server = world.environment['TULLE_URL'] ? undefined : readServerFile(homeOf(world))
  if (server === undefined || resolve(server.mesh) === folder) return []
  const paths = [...files].filter(([file]) => /(^|\/)product\.ya?ml$/.test(file)).flatMap(([, text]) => [...text.matchAll(/^\s*path:\s*['"]?(?!npm:)([^\s'"#{]+)/gm)].map((match) => match[1] ?? ''))
  const missing = paths.find((path) => !path.includes('*') && !existsSync(join(server.mesh, path)))
  return missing === undefined ? [] : [messages['other-mesh-folder']({ folder, mesh: server.mesh, path: missing })]
}

const isEmpty = (planned: Plan): boolean => Object.values(planned.summary).every((count) => count === 0)

/** A plan that cannot be applied is a failure, unless there is nothing to apply. */
const showPlan = (planned: Plan): Result<Answer> =>
  ok({ json: planned, text: () => printable(planned.text), exit: planned.applyable || isEmpty(planned) ? 0 : 1 }, unsaid(planned))

/** The findings that the plan's own text does not show. */
const unsaid = (planned: Plan): readonly Diagnostic[] => planned.diagnostics.filter((diagnostic) => !planned.text.includes(diagnostic.message))

/** How long a server may be away while an apply is followed: a restarted one goes on with it. */
const AWAY = 60_000

async function followApply(world: World, client: Client, started: Apply): Promise<Result<Apply>> {
  const show = followSteps(world.terminal)
  let [state, lastSeen] = [started, systemClock.now()]
  for (;;) {
    show(state.stages.map((stage) => ({ ...stage, name: stage.title, note: stage.message })))
    if (state.status !== 'running') return ok(state)
    await systemClock.sleep(200, world.signal)
    const asked = await client.getApply({ apply: started.id }, { signal: world.signal })
    if (asked.ok) [state, lastSeen] = [asked.value, systemClock.now()]
    else if ((asked.status !== 0 && asked.status < 500) || systemClock.now() - lastSeen > AWAY) return asked
  }
}

// A kept plan is what the server answered, so the server recognises its own; only the frame around it is ours.
const keptPlan = z.object({ kind: z.literal('tulle-plan'), plan: z.unknown(), fingerprint: z.string(), text: z.string(), summary: z.record(z.string(), z.number()), applyable: z.boolean() })

function keepPlan(file: string, planned: Plan): Result<void> {
  const { plan: itself, fingerprint, text, summary, applyable } = planned
  try {
    writeFileSync(file, `${JSON.stringify({ kind: 'tulle-plan', plan: itself, fingerprint, text, summary, applyable })}\n`)
    return ok(undefined)
  } catch (cause) {
    return fail(messages['file-unwritable']({ file, reason: reasonOf(cause) }))
  }
}

function readPlan(file: string): Result<Plan> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
  }
  try {
    const { plan: itself, kind: _, ...rest } = keptPlan.parse(JSON.parse(text))
    return ok({ plan: itself as Json, ...rest, diagnostics: [], can: { apply: { allowed: true } } })
  } catch {
    return fail(messages['plan-file-broken']({ file }))
  }
}
