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

/** The data sets' nodes, whatever they need, and the tests of all of them. */
export function workOf(project: Project, dataSets: ReadonlyMap<string, Node>): Work {
  const own = new Set([...dataSets.values()].map((node) => node.id))
  const build = new Set<string>()
  const queue = [...own]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (build.has(id)) continue
    const node = project.nodes.get(id)
    if (node === undefined) continue
    build.add(id)
    queue.push(...node.needs)
  }
  const checks = new Set<string>()
  for (const node of project.nodes.values()) {
    const read = node.needs.filter((id) => project.nodes.has(id))
    if (node.type !== 'test' || node.needs.length === 0 || !read.every((id) => build.has(id))) continue
    if (read.some((id) => own.has(id))) checks.add(node.id)
    else build.add(node.id)
  }
  for (const test of project.unitTests.values()) if (build.has(test.model)) build.add(test.id)
  return { build, checks }
}
