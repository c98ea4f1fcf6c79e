// The house's standards, held against every product that they mean. An enforced one stops the plan, one in grace warns.

import { RE2JS } from '@bufbuild/re2'
import type { Diagnostic, Json, Place } from '@tulle/kernel'
import type { MeshPolicy, PolicyRule, Standard } from '../governance.ts'
import { messages } from '../messages.ts'
import { selectsColumn, selectsDataSet, selectsProduct } from '../select-data.ts'
import type { ContractColumn, DataProduct, DataSet } from '../types.ts'
import { findPersonalText } from './personal-text.ts'

interface Broken { readonly what: string; readonly place: Place }

export function checkStandards(policies: ReadonlyMap<string, MeshPolicy>, products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] {
  return [...policies.values()].filter(({ status }) => status === 'enforced' || status === 'grace').flatMap((policy) => policy.standards.flatMap((standard, i) => {
    const meant = [...products.values()].filter((product) => (policy.domain === undefined || policy.domain === product.domain) && selectsProduct(standard.on, product))
    const make = messages[policy.status === 'enforced' ? 'standard-not-met' : 'standard-in-grace']
    const at = ['standards', i]
    if (standard.require === 'names' && patternOf(standard.matching) === undefined) return [messages['bad-pattern']({ pattern: standard.matching }, { place: policy.placeOf([...at, 'matching']) })]
    return meant.flatMap((product) => brokenIn(standard, product, policies)).map(({ what, place }) =>
      make({ standard: `${policy.name}.${standard.name}`, what, because: standard.because === undefined ? '' : ` ${standard.because}` }, { place, related: [{ place: policy.placeOf([...at, 'name']), message: 'The standard is here.' }] }))
  }))
}

function brokenIn(standard: Standard, product: DataProduct, policies: ReadonlyMap<string, MeshPolicy>): readonly Broken[] {
  const dataSets = product.dataSets.filter(({ name }) => selectsDataSet(standard.on, name))
  const columns = dataSets.flatMap((dataSet) => (dataSet.contract?.columns ?? []).filter((column) => selectsColumn(standard.on, column)).map((column) => ({ dataSet, column, path: `${product.name}.${dataSet.name}.${column.name}` })))
  switch (standard.require) {
    case 'owner':
      return product.owner === undefined || product.team === '' ? [{ what: `The product ${product.name} has no ${product.team === '' ? 'team' : 'data_product_owner'}`, place: product.place }] : []
    case 'description':
      return [
        ...(product.description === undefined ? [{ what: `The product ${product.name} has no description`, place: product.place }] : []),
        ...dataSets.filter(({ description }) => description === undefined).map((dataSet) => ({ what: `The data set ${product.name}.${dataSet.name} has no description`, place: dataSet.place })),
      ]
    case 'classification':
      return columns.filter(({ column }) => column.classification === undefined).map(({ path, column }) => ({ what: `The column ${path} has no classification`, place: column.place }))
    case 'mask':
      return columns.filter(({ column }) => column.classification !== undefined && standard.classifications.includes(column.classification))
        .filter(({ dataSet, column }) => !isCovered(product, dataSet, column, policies))
        .map(({ path, column }) => ({ what: `The column ${path} is ${column.classification}, but no enforced rule masks or hides it for everybody`, place: column.place }))
    case 'names': {
      const pattern = patternOf(standard.matching)
      const named = standard.of === 'products' ? [{ what: `The product ${product.name}`, name: product.name, place: product.place }]
        : standard.of === 'data-sets' ? dataSets.map((dataSet) => ({ what: `The data set ${product.name}.${dataSet.name}`, name: dataSet.name, place: dataSet.place }))
          : columns.map(({ path, column }) => ({ what: `The column ${path}`, name: column.name, place: column.place }))
      return named.filter(({ name }) => pattern?.matches(name) !== true).map(({ what, place }) => ({ what: `${what} is not called as ${standard.matching} says`, place }))
    }
    case 'synthetic-examples':
      return columns.flatMap(({ dataSet, path, column }) => {
        const found = examplesOf(dataSet.contract?.document ?? null, column.name).map(findPersonalText).find((kind) => kind !== undefined)
        return found === undefined ? [] : [{ what: `An example of the column ${path} looks like ${found} of a real person`, place: column.place }]
      })
  }
}

/** Covered is what every purpose and everybody but named exceptions sees masked or not at all. */
function isCovered(product: DataProduct, dataSet: DataSet, column: ContractColumn, policies: ReadonlyMap<string, MeshPolicy>): boolean {
  return [...policies.values()].some((policy) => policy.status === 'enforced' && (policy.domain === undefined || policy.domain === product.domain)
    && policy.rules.some((rule) => isForEverybody(rule) && (rule.effect.kind === 'mask' || rule.effect.kind === 'deny') && selectsProduct(rule.on, product) && selectsDataSet(rule.on, dataSet.name) && selectsColumn(rule.on, column)))
}

const isForEverybody = ({ to, purposes, condition, environments }: PolicyRule): boolean =>
  purposes === undefined && condition === undefined && environments === undefined && Object.keys(to).every((key) => key === 'ownTeam' && to.ownTeam === false)

function patternOf(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text)
  } catch {
    return undefined
  }
}

/** The examples of a column, wherever the contract's standard keeps them. */
function examplesOf(document: Json, column: string): readonly string[] {
  if (Array.isArray(document)) return (document as readonly Json[]).flatMap((item) => examplesOf(item, column))
  if (document === null || typeof document !== 'object') return []
  const { name, column: oldName, examples, sampleValues, ...rest } = document as Readonly<Record<string, Json>>
  const own = (name ?? oldName) === column ? [examples, sampleValues].flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : [])).map(String) : []
  return [...own, ...Object.values(rest).flatMap((value) => examplesOf(value, column))]
}
