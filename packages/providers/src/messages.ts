// What can go wrong while something is made real, in sentences that say what to do.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'grant-subject-missing': { severity: 'error', message: (p: { kind: string; name: string }) => `There is no ${p.kind === 'application' ? 'application process domain' : p.kind} "${p.name}" to give access to.`, help: () => 'Make it first, then apply again.' },
  'unknown-product': {
    severity: 'error',
    message: (p: { name: string; suggestion: string }) => `There is no data product "${p.name}" in the mesh.${p.suggestion}`,
    help: () => 'Products appear with tulle apply.',
  },
  'product-archived': {
    severity: 'error',
    message: (p: { name: string }) => `The data product "${p.name}" is archived: its files left the mesh folder and were pruned.`,
    help: () => 'Put its files back and apply: it returns with its id, its data and its grants.',
  },
  'product-row-missing': {
    severity: 'error',
    message: (p: { ref: string; product: string }) => `${p.ref} cannot be made, because its data product "${p.product}" does not exist yet.`,
    help: () => 'Plan and apply again: the product is created first.',
  },
  'bad-table-name': {
    severity: 'error',
    message: (p: { product: string; dataSet: string }) => `"${p.product}.${p.dataSet}" cannot name a table.`,
    help: () => 'Products and data sets are named with a-z, 0-9 and _, starting with a letter, at most 63 characters.',
  },
  'table-busy': {
    severity: 'error',
    message: (p: { table: string }) => `The table ${p.table} was published to again and again while its schema was being changed.`,
    help: () => 'Apply again when its runs have finished.',
  },
  'table-name-taken': {
    severity: 'error',
    message: (p: { table: string }) => `A table ${p.table} exists already and belongs to no data set of this mesh.`,
    help: () => 'Drop or rename it with the client that made it, then apply again.',
  },
})
