// Two definitions of a product to what changed between them: its contracts by what that means for readers, its code by name alone.
// Pure.

import { canonicalJson } from '@tulle/kernel'
import { compareContracts, portKindsOf, worstSeverity } from '@tulle/contracts'
import type { ChangeSeverity, ContractChange, PortKind } from '@tulle/contracts'
import type { DataProduct, DataSet } from '@tulle/model'
import { codeOfPort } from './code-fingerprint.ts'

/** What a change of a contract means for those who read by one kind of port: they read new rows by the old version. */
export interface PortChanges { readonly port: PortKind; readonly severity: ChangeSeverity; readonly changes: readonly ContractChange[] }

export interface DataSetChanges {
  readonly dataSet: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Versions of its contract. */
  readonly from?: string
  readonly to?: string
  /** The worst of all ports. */
  readonly severity: ChangeSeverity
  readonly ports: readonly PortChanges[]
}

/** `code` of what makes the rows: texts are not told, as not everybody may read them. */
export interface DefinitionChanges {
  readonly severity: ChangeSeverity
  readonly dataSets: readonly DataSetChanges[]
  readonly code: readonly { readonly what: 'model' | 'input-port' | 'dbt-project'; readonly name: string; readonly kind: DataSetChanges['kind'] }[]
}

type Compared = Pick<DataProduct, 'dataSets' | 'inputPorts' | 'outputPorts' | 'dbt'>

export function compareDefinitions(before: Compared, after: Compared): DefinitionChanges {
  const dataSets = pairsOf(before.dataSets, after.dataSets).flatMap(([was, is]): readonly DataSetChanges[] => {
    // Who reads by a port that is closed by now read by it all the same.
    const [ports] = [[...before.outputPorts, ...after.outputPorts]]
    if (was === undefined) return is === undefined ? [] : [{ dataSet: is.name, kind: 'added', severity: 'minor', ports: [], ...versionsOf(undefined, is) }]
    if (is === undefined) return [{ dataSet: was.name, kind: 'removed', severity: 'breaking', ports: [], ...versionsOf(was, undefined) }]
    const changed = compareDataSets(was, is, ports)
    return changed === undefined ? [] : [changed]
  })
  const code = [
    ...pairsOf(before.dataSets, after.dataSets).flatMap(([was, is]) => codeChange('model', (is ?? was)?.name, was?.model?.fingerprint, is?.model?.fingerprint)),
    ...pairsOf(before.inputPorts, after.inputPorts).flatMap(([was, is]) => codeChange('input-port', (is ?? was)?.name, was && canonicalJson(codeOfPort(was)), is && canonicalJson(codeOfPort(is)))),
    ...codeChange('dbt-project', 'dbt', before.dbt?.fingerprint, after.dbt?.fingerprint),
  ]
  return { severity: worstSeverity(dataSets.map(({ severity }) => severity)), dataSets, code }
}

/** Undefined where neither the contract's version nor anything of it changed. */
export function compareDataSets(was: DataSet, is: DataSet, outputPorts: DataProduct['outputPorts']): DataSetChanges | undefined {
  const [before, after] = [was.contract?.document, is.contract?.document]
  if (before === undefined || after === undefined) {
    if (before === after) return undefined
    return { dataSet: is.name, kind: 'changed', severity: after === undefined ? 'breaking' : 'minor', ports: [], ...versionsOf(was, is) }
  }
  const kinds = portKindsOf(outputPorts, is.name)
  const ports = (kinds.length === 0 ? (['sql'] as const) : kinds).map((port) => {
    const { severity, changes } = compareContracts(before, after, { port, direction: 'forward' })
    return { port, severity, changes }
  })
  const severity = worstSeverity(ports.map((one) => one.severity))
  if (ports.every(({ changes }) => changes.length === 0) && was.contract?.version === is.contract?.version) return undefined
  return { dataSet: is.name, kind: 'changed', severity, ports, ...versionsOf(was, is) }
}

const versionsOf = (was: DataSet | undefined, is: DataSet | undefined): Pick<DataSetChanges, 'from' | 'to'> => ({
  ...(was?.contract !== undefined && { from: was.contract.version }), ...(is?.contract !== undefined && { to: is.contract.version }),
})

function codeChange(what: DefinitionChanges['code'][number]['what'], name: string | undefined, was: string | undefined, is: string | undefined): DefinitionChanges['code'] {
  if (name === undefined || was === is) return []
  return [{ what, name, kind: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }]
}

/** By name, in the order of the newer one; what went comes last. */
function pairsOf<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): readonly (readonly [T | undefined, T | undefined])[] {
  const olds = new Map(before.map((one) => [one.name, one]))
  const news = new Set(after.map(({ name }) => name))
  return [...after.map((one) => [olds.get(one.name), one] as const), ...before.filter(({ name }) => !news.has(name)).map((one) => [one, undefined] as const)]
}
