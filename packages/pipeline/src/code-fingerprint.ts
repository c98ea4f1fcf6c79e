// What a product's run would do, as one fingerprint: equal code over equal inputs gives equal data, so it is not run again.

import type { Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { DataProduct, DataSet, FileInputPort, IcebergInputPort, InputPort } from '@tulle/model'

// Raised when the platform itself would build other data from the same files.
const FORMAT = 1

/** Of contracts, models and input ports. Titles, descriptions, schedules and places change no row, so they are left out. */
export function codeFingerprint(product: Pick<DataProduct, 'dataSets' | 'inputPorts' | 'dbt'>): string {
  return fingerprintOf({
    format: FORMAT,
    dataSets: product.dataSets.map(codeOfDataSet).toSorted(byName),
    dbt: product.dbt?.fingerprint,
    ports: product.inputPorts.map(codeOfPort).toSorted(byName),
  })
}

/** Of what makes rows: unlike the code of a run it leaves out what only judges them. Without `models`: of what comes straight from input ports. */
export function rowsFingerprint(product: Pick<DataProduct, 'dataSets' | 'inputPorts' | 'dbt'>, { models }: { readonly models: boolean }): string {
  const made = product.dataSets.filter(({ model }) => models || model === undefined)
  return fingerprintOf({
    dataSets: made.map((dataSet) => {
      const { version: _version, quality: _quality, ...code } = codeOfDataSet(dataSet)
      return { ...code, columns: dataSet.contract?.columns.map((column) => [column.name, column.type, column.required, column.primaryKey ?? null]) }
    }).toSorted(byName),
    dbt: models ? product.dbt?.fingerprint : undefined,
    ports: product.inputPorts.map(codeOfPort).toSorted(byName),
  })
}

export function codeOfDataSet({ name, contract, model, from, refresh }: DataSet): Named {
  return {
    name,
    // The version names the promise in the snapshot, so another version is another snapshot.
    version: contract?.version,
    columns: contract?.columns.map((column) => [column.name, column.type, column.required, column.unique, column.primaryKey ?? null, column.quality.map((rule) => rule.rule), ...(column.narrowed === undefined ? [] : [{ ...column.narrowed }]), ...(column.onFailure === undefined ? [] : [{ ...column.onFailure }])]),
    quality: contract?.quality.map((rule) => rule.rule),
    // Rows that are set aside are none of the data set.
    ...(contract?.onFailure !== undefined && { onFailure: { ...contract.onFailure } }),
    // The same rows in other files: whoever asks for another layout wants it without waiting for other data.
    layout: contract?.layout as Json | undefined,
    // As it means: a comment or another line break changes nothing.
    model: model?.fingerprint,
    from,
    // What was built as a whole says nothing of what it was kept in step with.
    ...(refresh !== undefined && { refresh }),
  }
}

export function codeOfPort(port: InputPort): Named {
  switch (port.kind) {
    case 'file': return { name: port.name, kind: port.kind, path: port.path, format: port.format, options: optionsOf(port) }
    case 'product': return { name: port.name, kind: port.kind, product: port.product, dataSet: port.dataSet }
    case 'iceberg': return { name: port.name, kind: port.kind, source: sourceOf(port) }
    case 'connected': return { name: port.name, kind: port.kind, system: port.system, settings: withoutSecrets(port.settings) }
    case 'external': return { name: port.name, kind: port.kind }
  }
}

const optionsOf = ({ options }: FileInputPort): Json => {
  const { description: _description, ...rest } = options
  return rest
}

/** Who asks, how it proves that, and how much is taken at once change no row. */
export const withoutSecrets = (settings: Readonly<Record<string, Json>>): Json =>
  Object.fromEntries(Object.entries(settings).filter(([name, value]) => name !== 'user' && name !== 'tls' && name !== 'auth' && name !== 'batch_rows' && name !== 'batch_seconds' && (value as { secret?: Json } | null)?.secret === undefined))

/** Without the secret: who asks changes no row. */
const sourceOf = ({ uri, warehouse, namespace, table, ref, snapshot }: IcebergInputPort): Json => [uri, warehouse ?? null, namespace, table, ref ?? null, snapshot ?? null]

interface Named { readonly name: string; readonly [member: string]: Json | undefined }
const byName = (a: Named, b: Named): number => (a.name < b.name ? -1 : 1)
