// Versions of one data set beside each other: each another major version, and one of them with the plain name.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { sharedName } from '../product/data-set-versions.ts'
import type { DataProduct, DataSet } from '../types.ts'

export const checkVersions = (products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] =>
  [...products.values()].flatMap(({ dataSets }) => (dataSets.every(({ versionOf }) => versionOf === undefined) ? [] : [...Map.groupBy(dataSets, sharedName).entries()].flatMap(([name, family]) => checkFamily(name, family, dataSets))))

function checkFamily(shared: string, family: readonly DataSet[], all: readonly DataSet[]): readonly Diagnostic[] {
  if (family.every(({ versionOf }) => versionOf === undefined)) return []
  const above = all.find(({ name }) => name === shared)
  if (above?.versionOf !== undefined) return family.map(({ name, place }) => messages['version-of-version']({ name, of: shared }, { place }))
  const found: Diagnostic[] = []
  const majors = new Map<number, DataSet>()
  let plain: DataSet | undefined
  for (const dataSet of family) {
    const { name, contract, plainName, place } = dataSet
    if (contract === undefined) {
      found.push(messages['version-not-stored']({ name, of: shared }, { place }))
      continue
    }
    const same = majors.get(contract.major)
    if (same !== undefined) found.push(messages['same-major']({ name, of: same.name, major: contract.major }, { place }))
    majors.set(contract.major, dataSet)
    if (plainName !== true) continue
    if (plain !== undefined) found.push(messages['two-plain-names']({ name, of: plain.name }, { place }))
    plain = dataSet
  }
  return found
}
