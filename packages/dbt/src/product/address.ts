// Where what a project reads lies in a mesh: ports of its product, and data sets of its own and of others.

import type { Address } from '../run/warehouse.ts'
import type { ProjectSettings, Target } from '../types.ts'

export interface MeshNames {
  readonly product: string
  /** The relation of a data set that no node of the project makes; `product` is absent where only the data set was named. */
  readonly dataSet: (product: string | undefined, name: string) => Address | undefined
  /** The relation of an input port. */
  readonly port: (name: string) => Address | undefined
  readonly now: Date
  readonly plain?: boolean
}

/** A source's table is the port of that name, else of the name with the source's before it. */
export function portOf(source: string, table: string, isPort: (name: string) => boolean): string | undefined {
  return [table, `${source}_${table}`].find(isPort)
}

export function meshSettings({ product, dataSet, port, now, plain = false }: MeshNames): ProjectSettings {
  const target: Target = { name: 'tulle', schema: product, database: 'tulle', profile: 'tulle', threads: 1 }
  return {
    target, now, vars: {}, environment: {},
    plain,
    foreign: (project, name, version) => (version === undefined ? dataSet(project, name) : undefined),
    sourceAddress: (source, table) => {
      const name = portOf(source, table, (one) => port(one) !== undefined)
      return name === undefined ? undefined : port(name)
    },
  }
}
