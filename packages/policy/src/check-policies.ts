// What is wrong with the policies of a mesh folder beyond their words: conditions that cannot be read, masks that do not
// fit, rules that concern nothing, that never matter, or that say two things at once.

import type { Diagnostic } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { DataProduct, DataSet, MeshModel, MeshPolicy, PolicyRule } from '@tulle/model'
import { isOfColumns, selectsColumn, selectsDataSet, selectsProduct } from '@tulle/model'
import { compileCondition } from './condition.ts'
import { maskProblem, patternProblem } from './mask-sql.ts'
import { messages } from './messages.ts'
import { comparePolicies } from './compare-rules.ts'
import type { PlacedRule } from './compare-rules.ts'
import { parseSqlTemplate } from './sql-text.ts'

/** Everything, at once. Retired policies are history and not looked at. */
export function checkMeshPolicies(mesh: MeshModel): readonly Diagnostic[] {
  const rules = [...mesh.policies.values()].filter(({ status }) => status !== 'retired')
    .flatMap((policy) => policy.rules.map((rule, i): PlacedRule => ({ policy, rule, id: `${policy.name}.${rule.name}`, at: ['rules', i], data: selectedData(mesh, policy, rule) })))
  return [...rules.flatMap((placed) => checkRule(mesh, placed)), ...comparePolicies(rules)]
}

function selectedData(mesh: MeshModel, policy: MeshPolicy, rule: PolicyRule): PlacedRule['data'] {
  const products = [...mesh.products.values()].filter((product) => (policy.domain === undefined || policy.domain === product.domain) && selectsProduct(rule.on, product))
  return products.flatMap((product) => product.dataSets.filter(({ name }) => selectsDataSet(rule.on, name)).flatMap((dataSet) => {
    const columns = (dataSet.contract?.columns ?? []).filter((column) => selectsColumn(rule.on, column))
    return isOfColumns(rule.on) && columns.length === 0 ? [] : [{ table: `${product.name}.${dataSet.name}`, dataSet, columns }]
  }))
}

function checkRule(mesh: MeshModel, { policy, rule, id, at, data }: PlacedRule): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const place = (...path: readonly (string | number)[]): Diagnostic['place'] => policy.placeOf([...at, ...path])
  const take = (diagnostics: readonly Diagnostic[], ...path: readonly (string | number)[]): void => void found.push(...diagnostics.map((diagnostic) => ({ ...diagnostic, place: place(...path) ?? policy.place })))
  if (rule.condition !== undefined) {
    const condition = compileCondition(rule.condition)
    if (!condition.ok) take(condition.diagnostics, 'when')
  }
  if (data.length === 0) found.push(messages['rule-selects-nothing']({ rule: id }, { place: place('name') }))
  const { effect } = rule
  const checkSql = (text: string, tables: readonly { readonly table: string; readonly dataSet: DataSet }[], ...path: readonly string[]): void => {
    const template = parseSqlTemplate(text)
    if (!template.ok) return take(template.diagnostics, ...path)
    for (const { table, dataSet } of tables) {
      const names = (dataSet.contract?.columns ?? []).map(({ name }) => name)
      for (const column of template.value.columns) {
        if (!names.some((name) => name.toLowerCase() === column.toLowerCase())) found.push(messages['condition-column']({ column, table, suggestion: didYouMean(column, names) }, { place: place(...path) }))
      }
    }
  }
  if (effect.kind === 'rows') {
    if (effect.where !== undefined) checkSql(effect.where, data, 'rows', 'where')
    if (effect.consent !== undefined) {
      const { consent } = effect
      for (const { table, dataSet } of data) {
        const names = (dataSet.contract?.columns ?? []).map(({ name }) => name)
        if (!names.includes(consent.column)) found.push(messages['condition-column']({ column: consent.column, table, suggestion: didYouMean(consent.column, names) }, { place: place('rows', 'consent', 'column') }))
      }
      const kept = consentTable(mesh.products.get(consent.product), consent.dataSet)
      if (consent.where !== undefined && kept !== undefined) checkSql(consent.where, [{ table: `${consent.product}.${consent.dataSet}`, dataSet: kept }], 'rows', 'consent', 'where')
    }
  }
  if (effect.kind === 'mask') {
    const { mask } = effect
    const pattern = mask.kind === 'redact' ? patternProblem(mask.pattern) : undefined
    if (pattern !== undefined) found.push(messages['pattern-refused']({ reason: pattern }, { place: place('mask', 'pattern') }))
    else if (mask.kind === 'custom') checkSql(mask.sql, data, 'mask', 'sql')
    for (const { table, columns } of found.length > 0 ? [] : data) {
      for (const { name, type, place: declared } of columns) {
        const reason = maskProblem(mask, type)
        if (reason !== undefined) found.push(messages['mask-type']({ rule: id, column: `${table}.${name}`, type, mask: mask.kind, reason }, { place: place('mask'), related: [{ place: declared, message: 'The column is here.' }] }))
      }
    }
  }
  return found
}

const consentTable = (product: DataProduct | undefined, name: string): DataSet | undefined => product?.dataSets.find((dataSet) => dataSet.name === name)
