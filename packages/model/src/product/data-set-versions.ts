// Data sets that are versions of each other → how ports call them. A data set that has no other version has one name, that of its
// own; of several, each is `product@major`, and one of them has the plain name too. Pure.

import type { DataSet } from '../types.ts'

/** One data set under the name that its versions share. */
export interface DataSetVersion {
  /** What ports call it. */
  readonly name: string
  /** The data set that holds its rows. */
  readonly stored: string
  /** Of its contract; absent where it has no other version. */
  readonly major?: number
  /** Whether the plain name is its own. */
  readonly isPlain: boolean
  readonly retires?: string
  /** The major version that takes its place, where it retires. */
  readonly next?: number
}

type Versioned = Pick<DataSet, 'name' | 'versionOf' | 'plainName' | 'retires'> & { readonly contract?: { readonly major: number } }

/** The name that its versions share: grants and policies of that name mean all of them. */
export const sharedName = ({ name, versionOf }: Pick<DataSet, 'name' | 'versionOf'>): string => versionOf ?? name

/** Every data set once, in their order. */
export function dataSetVersions(dataSets: readonly Versioned[]): readonly DataSetVersion[] {
  const families = Map.groupBy(dataSets, sharedName)
  return dataSets.map((dataSet): DataSetVersion => {
    const name = sharedName(dataSet)
    const family = families.get(name) ?? []
    if (dataSet.versionOf === undefined && family.length === 1) return { name, stored: name, isPlain: true, ...(dataSet.retires !== undefined && { retires: dataSet.retires }) }
    const major = dataSet.contract?.major
    const next = family.flatMap(({ contract }) => (contract !== undefined && major !== undefined && contract.major > major ? [contract.major] : [])).toSorted((a, b) => a - b)[0]
    return {
      name, stored: dataSet.name, isPlain: plainOf(family) === dataSet,
      ...(major !== undefined && { major }),
      ...(dataSet.retires !== undefined && { retires: dataSet.retires }),
      ...(next !== undefined && { next }),
    }
  })
}

/** The one that says so, else the one that is no version of another, else the oldest. */
function plainOf(family: readonly Versioned[]): Versioned | undefined {
  return family.find(({ plainName }) => plainName === true) ?? family.find(({ versionOf }) => versionOf === undefined)
    ?? family.toSorted((a, b) => (a.contract?.major ?? 0) - (b.contract?.major ?? 0))[0]
}
