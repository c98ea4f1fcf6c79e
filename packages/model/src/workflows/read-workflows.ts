// Reads workflow documents as far as the mesh must know them: what they are called, what they take, and when they start. What
// their tasks say is another room's to judge.

import type { Diagnostic, Json, Place } from '@tulle/kernel'
import type { TextFile } from '../file-roles.ts'
import { messages } from '../messages.ts'
import { checkCron } from '../product/check-cron.ts'
import type { WorkflowEvent, WorkflowTemplate } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import { startOf } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { runsIn } from './runs-in.ts'

/** A task `run: {workflow: …}`. */
export interface WorkflowRun { readonly namespace: string; readonly name: string; readonly version: string; readonly place: Place }

export interface ReadWorkflow extends WorkflowTemplate {
  readonly namespace: string
  /** Workflows that it runs as a part of itself. */
  readonly runs: readonly WorkflowRun[]
  /** When it starts by itself. */
  readonly schedule?: string
  readonly events?: readonly WorkflowEvent[]
  /** The JSON Schema of its parameters. */
  readonly parameters?: Json
}

type Members = { readonly [member: string]: Json | undefined }

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/u
const VERSION = /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})$/u
const TASKS = 1_000

export function readWorkflow({ path: file, text }: TextFile, from: WorkflowTemplate['from']): { readonly workflow?: ReadWorkflow; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return { diagnostics: parsed.diagnostics }
  const yaml = parsed.value
  const fault = faultIn(yaml)
  if (fault !== undefined) return { diagnostics: [messages['bad-workflow']({ what: fault.what }, { place: fault.at.length === 0 ? startOf(file) : yaml.place(fault.at) })] }
  const definition = yaml.value as Members
  const { name, version, namespace } = definition['document'] as { name: string; version: string; namespace?: Json }
  const runs = runsIn(yaml.value).map(({ path, ...named }): WorkflowRun => ({ ...named, place: yaml.place(path) }))
  const schema = members(members(definition['input'])?.['schema'])?.['document']
  const when = scheduleOf(yaml)
  return {
    workflow: { namespace: typeof namespace === 'string' ? namespace : '', runs, name, version, from, file, text, definition: yaml.value, ...when.found, ...(schema !== undefined && { parameters: schema }) },
    diagnostics: when.diagnostics,
  }
}

function faultIn({ value }: YamlDocument): { readonly what: string; readonly at: Path } | undefined {
  const top = members(value)
  const head = members(top?.['document'])
  if (top === undefined || head === undefined) return { what: 'it has no member "document"', at: [] }
  if (typeof head['name'] !== 'string' || !NAME.test(head['name'])) return { what: 'its name may have letters, digits and hyphens, at most 63', at: ['document', 'name'] }
  if (typeof head['version'] !== 'string' || !VERSION.test(head['version'])) return { what: 'its version is three numbers in quotes, such as \'1.0.0\'', at: ['document', 'version'] }
  const tasks = top['do']
  if (!Array.isArray(tasks) || tasks.length === 0 || tasks.length > TASKS) return { what: `it needs 1 to ${TASKS} tasks in "do"`, at: ['do'] }
  const odd = tasks.findIndex((task) => Object.keys(members(task as Json) ?? {}).length !== 1)
  return odd === -1 ? undefined : { what: 'each item of "do" is one task by its name', at: ['do', odd] }
}

interface When { readonly found: Pick<ReadWorkflow, 'schedule' | 'events'>; readonly diagnostics: readonly Diagnostic[] }

function scheduleOf(yaml: YamlDocument): When {
  const schedule = members((yaml.value as Members)['schedule'])
  if (schedule === undefined) return { found: {}, diagnostics: [] }
  const refuse = (at: string, why: string): When => ({ found: {}, diagnostics: [messages['workflow-schedule']({ why }, { place: yaml.place(['schedule', at]) })] })
  const { cron, every, on, after } = schedule
  if (typeof cron === 'string') {
    const reason = checkCron(cron)
    return reason === undefined ? { found: { schedule: cron }, diagnostics: [] } : { found: {}, diagnostics: [messages['bad-cron']({ text: cron, reason }, { place: yaml.place(['schedule', 'cron']) })] }
  }
  for (const [kind, duration] of Object.entries({ every, after })) {
    if (duration === undefined) continue
    const seconds = secondsOf(duration)
    return seconds === undefined || seconds < 1 ? refuse(kind, 'it is no time of at least a second') : { found: { schedule: `${kind} ${seconds} s` }, diagnostics: [] }
  }
  if (on === undefined) return { found: {}, diagnostics: [] }
  const strategy = members(on)
  const filters = strategy?.['one'] !== undefined ? [strategy['one']] : Array.isArray(strategy?.['any']) ? strategy['any'] as readonly Json[] : []
  const events = filters.map((filter) => members(members(filter)?.['with']))
  if (events.length === 0 || events.length > 50) return refuse('on', 'it names no events of one or any, or more than 50')
  const plain = events.flatMap((one) => (typeof one?.['type'] === 'string' && typeof one['subject'] === 'string' && Object.keys(one).length === 2 && !`${one['type']}${one['subject']}`.includes('${') ? [{ type: one['type'], subject: one['subject'] }] : []))
  return plain.length === events.length ? { found: { events: plain }, diagnostics: [] } : refuse('on', 'each event has exactly a type and a subject, written out')
}

const UNITS: Readonly<Record<string, number>> = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1, milliseconds: 0.001 }

/** Whole seconds of `{minutes: 5}` or `PT5M`. */
function secondsOf(duration: Json): number | undefined {
  if (typeof duration === 'string') {
    const [, days = 0, hours = 0, minutes = 0, seconds = 0] = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/u.exec(duration) ?? []
    return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
  }
  const parts = Object.entries(members(duration) ?? {})
  if (parts.some(([unit, count]) => UNITS[unit] === undefined || typeof count !== 'number' || !(count >= 0 && count < 1e9))) return undefined
  return Math.floor(parts.reduce((sum, [unit, count]) => sum + (UNITS[unit] as number) * (count as number), 0))
}

const members = (value: Json | undefined): Members | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Members : undefined)
