// Workflows that run other workflows of the mesh: each finds those that it names, none comes back to itself, and no chain of
// them is too long.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { platformWorkflows } from './platform-workflows.ts'
import type { ReadWorkflow, WorkflowRun } from './read-workflows.ts'

/** Workflows that run workflows that run workflows. */
const DEEPEST = 10

/** What is wrong with the runs of these workflows. Those that they name are the mesh's templates, or the platform's. */
export function checkLinks(workflows: readonly ReadWorkflow[], templates: readonly ReadWorkflow[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const depths = new Map<ReadWorkflow, number>()
  const visit = (one: ReadWorkflow, path: readonly ReadWorkflow[]): number => {
    const known = depths.get(one)
    if (known !== undefined || path.length > DEEPEST + 1) return known ?? 0
    let deepest = 0
    for (const run of one.runs) {
      const found = findRun(run, templates)
      if (found === undefined) {
        diagnostics.push(messages['unknown-sub-workflow']({ name: shown(run), known: [...templates, ...platformWorkflows()].map(shown) }, { place: run.place }))
        continue
      }
      const round = path.indexOf(found)
      if (round !== -1) {
        diagnostics.push(messages['workflow-circle']({ names: [...path.slice(round), found].map(({ name }) => name) }, { place: run.place }))
        continue
      }
      const depth = 1 + visit(found, [...path, found])
      if (depth === DEEPEST + 1) diagnostics.push(messages['workflow-deep']({ most: DEEPEST }, { place: run.place }))
      deepest = Math.max(deepest, depth)
    }
    depths.set(one, deepest)
    return deepest
  }
  for (const one of workflows) visit(one, [one])
  return diagnostics
}

/** All that a workflow may run, and they in turn. */
export function reachedFrom(workflow: ReadWorkflow, templates: readonly ReadWorkflow[]): readonly ReadWorkflow[] {
  const reached = new Set<ReadWorkflow>()
  const open = [workflow]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const run of one.runs) {
      const found = findRun(run, templates)
      if (found === undefined || reached.has(found)) continue
      reached.add(found)
      open.push(found)
    }
  }
  return [...reached]
}

/** `1` is the newest of that major version, `1.2.0` that very one, `latest` the newest of all. */
export function newestFitting<Version extends { readonly version: string }>(offered: readonly Version[], wanted: string): Version | undefined {
  const fitting = offered.filter(({ version }) => wanted === 'latest' || version === wanted || version.split('.', 1)[0] === wanted)
  return fitting.toSorted((a, b) => compareVersions(b.version, a.version))[0]
}

/** The mesh's go before the platform's. */
function findRun({ namespace, name, version }: WorkflowRun, templates: readonly ReadWorkflow[]): ReadWorkflow | undefined {
  const of = (offered: readonly ReadWorkflow[]): ReadWorkflow | undefined => newestFitting(offered.filter((one) => one.name === name && one.namespace === namespace), version)
  return of(templates) ?? of(platformWorkflows())
}

const shown = ({ namespace, name, version }: Pick<ReadWorkflow, 'namespace' | 'name' | 'version'>): string => `${namespace}/${name}@${version}`

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]]
  return left.map((part, i) => part - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0
}
