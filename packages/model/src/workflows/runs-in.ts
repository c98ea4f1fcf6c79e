// The workflows that a document names in tasks `run: {workflow: …}`, wherever tasks may stand. Data that only looks like a task is none.

import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'

export interface NamedRun { readonly namespace: string; readonly name: string; readonly version: string; readonly path: Path }

type Members = { readonly [member: string]: Json | undefined }

/** Deeper ones are refused elsewhere. */
const DEPTH = 40

export function runsIn(definition: Json): readonly NamedRun[] {
  const found: NamedRun[] = []
  const top = members(definition)
  inList(top?.['do'], ['do'], 0)
  const use = members(top?.['use'])
  for (const [name, task] of Object.entries(members(use?.['functions']) ?? {})) inTask(task, ['use', 'functions', name], 0)
  for (const [i, item] of listOf(use?.['extensions']).entries()) {
    for (const [name, extension] of Object.entries(members(item) ?? {})) for (const when of ['before', 'after']) inList(members(extension)?.[when], ['use', 'extensions', i, name, when], 0)
  }
  return found

  function inList(list: Json | undefined, path: Path, depth: number): void {
    if (depth > DEPTH) return
    for (const [i, item] of listOf(list).entries()) for (const [name, task] of Object.entries(members(item) ?? {})) inTask(task, [...path, i, name], depth)
  }

  function inTask(value: Json | undefined, path: Path, depth: number): void {
    const task = members(value)
    if (task === undefined) return
    const run = members(members(task['run'])?.['workflow'])
    const { namespace, name, version } = run ?? {}
    if (typeof namespace === 'string' && typeof name === 'string' && typeof version === 'string') found.push({ namespace, name, version, path: [...path, 'run', 'workflow'] })
    inList(task['do'], [...path, 'do'], depth + 1)
    inList(task['try'], [...path, 'try'], depth + 1)
    inList(members(task['fork'])?.['branches'], [...path, 'fork', 'branches'], depth + 1)
    inList(members(task['catch'])?.['do'], [...path, 'catch', 'do'], depth + 1)
    inList(members(task['foreach'])?.['do'], [...path, 'foreach', 'do'], depth + 1)
  }
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value as readonly Json[] : [])
const members = (value: Json | undefined): Members | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Members : undefined)
