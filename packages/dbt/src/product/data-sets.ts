// Which nodes of a project are data sets of its product, and all that a run of them does.

import type { Node, Project } from '../types.ts'

/** By data set: the node of that name, else the one that is built under it. Of versions, the latest. */
export function nodesOfDataSets(project: Project, dataSets: Iterable<string>): ReadonlyMap<string, Node> {
  const built = [...project.nodes.values()].filter(({ type }) => type === 'model' || type === 'seed' || type === 'snapshot')
  const found = new Map<string, Node>()
  for (const name of dataSets) {
    const node = built.find((one) => one.name === name && one.version === one.latestVersion) ?? built.find((one) => one.alias === name)
    if (node !== undefined) found.set(name, node)
  }
  return found
}

export interface Work {
  /** What is built, with its unit tests, and the tests of what lives only in the run. */
  readonly build: ReadonlySet<string>
  /** Tests that read a data set of the product. */
  readonly checks: ReadonlySet<string>
}

/** The data sets' nodes, whatever they need, and the tests of all of them. `left` are data sets that are there as they have to be. */
export function workOf(project: Project, dataSets: ReadonlyMap<string, Node>, left: ReadonlySet<string> = new Set()): Work {
  const own = new Set([...dataSets.values()].map((node) => node.id))
  const done = new Set([...dataSets].flatMap(([name, node]) => (left.has(name) ? [node.id] : [])))
  const all = neededBy(project, own, new Set())
  const tests = [...project.nodes.values()].filter((node) => node.type === 'test' && node.needs.length > 0 && node.needs.every((id) => all.has(id) || !project.nodes.has(id)))
  const checks = tests.filter((test) => test.needs.some((id) => own.has(id)))
  const build = neededBy(project, [...own, ...checks.flatMap((test) => test.needs)], done)
  for (const test of tests) if (!checks.includes(test) && test.needs.every((id) => build.has(id) || !project.nodes.has(id))) build.add(test.id)
  for (const test of project.unitTests.values()) if (build.has(test.model)) build.add(test.id)
  return { build, checks: new Set(checks.map((test) => test.id)) }
}

/** They and all that they need, but for what is done and what only that needs. */
function neededBy(project: Project, wanted: Iterable<string>, done: ReadonlySet<string>): Set<string> {
  const needed = new Set<string>()
  const queue = [...wanted]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = project.nodes.get(id)
    if (node === undefined || needed.has(id) || done.has(id)) continue
    needed.add(id)
    queue.push(...node.needs)
  }
  return needed
}
