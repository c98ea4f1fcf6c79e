// A data set as a port calls it: the plain name where it has it, else that of its major version.

import { dataSetVersions } from '@tulle/model'
import type { DataProduct } from '@tulle/model'

export function servedName({ name: product, dataSets }: Pick<DataProduct, 'name' | 'dataSets'>, dataSet: string): { readonly schema: string; readonly name: string } {
  const version = dataSetVersions(dataSets).find(({ stored }) => stored === dataSet)
  if (version === undefined) return { schema: product, name: dataSet }
  return { schema: version.isPlain || version.major === undefined ? product : `${product}@${version.major}`, name: version.name }
}
