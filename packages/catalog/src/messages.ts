// What the catalogue protocol refuses, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'catalog-route-missing': {
    severity: 'error',
    message: (p: { method: string; path: string }) => `This catalogue has no ${p.method} ${p.path}.`,
    help: () => 'GET /v1/config lists the endpoints.',
  },
  'catalog-request-invalid': {
    severity: 'error',
    message: (p: { problem: string }) => `${p.problem}`,
    help: () => 'Nothing was changed. Send what the protocol’s description asks for.',
  },
  'catalog-name-invalid': {
    severity: 'error',
    message: (p: { name: string }) => `${JSON.stringify(p.name.slice(0, 100))} cannot be a name here.`,
    help: () => 'A name has letters, digits, underscores and hyphens, at most 63, and begins with none of the last.',
  },
  'warehouse-unknown': {
    severity: 'error',
    message: (p: { warehouse: string; known: string }) => `There is no warehouse "${p.warehouse.slice(0, 100)}" here.`,
    help: (p: { known: string }) => `Ask for "${p.known}", or for none.`,
  },
  'namespace-missing': { severity: 'error', message: (p: { namespace: string }) => `There is no namespace ${p.namespace}.`, help: () => 'List the namespaces that you may see.' },
  'namespace-exists': { severity: 'error', message: (p: { namespace: string }) => `There is a namespace ${p.namespace} already.`, help: () => 'Choose another name.' },
  'namespace-not-empty': { severity: 'error', message: (p: { namespace: string }) => `The namespace ${p.namespace} is not empty.`, help: () => 'Drop its tables, views and namespaces first.' },
  'namespace-properties-overlap': {
    severity: 'error',
    message: (p: { key: string }) => `The property "${p.key}" is both set and removed.`,
    help: () => 'Name it once.',
  },
  'table-not-there': { severity: 'error', message: (p: { table: string }) => `There is no table ${p.table}.`, help: () => 'List the tables of the namespace.' },
  'view-missing': { severity: 'error', message: (p: { view: string }) => `There is no view ${p.view}.`, help: () => 'List the views of the namespace.' },
  'catalog-name-taken': {
    severity: 'error',
    message: (p: { name: string }) => `There is a table or a view ${p.name} already.`,
    help: () => 'Use that one, or choose another name.',
  },
  'catalog-forbidden': { severity: 'error', message: (p: { reason: string }) => p.reason },
  'declared-elsewhere': {
    severity: 'error',
    message: (p: { what: string }) => `${p.what} is declared in a data product's folder, and this catalogue may only read it and commit data to it.`,
    help: () => 'Change it in the folder, then plan and apply.',
  },
  'location-refused': {
    severity: 'error',
    message: (p: { location: string; problem: string }) => `The location "${p.location.slice(0, 300)}" cannot be used: ${p.problem}.`,
    help: () => 'Leave the location out: the catalogue then chooses one.',
  },
  'requirement-failed': {
    severity: 'error',
    message: (p: { table: string; requirement: string; found: string }) => `${p.table} is not as the commit requires (${p.requirement}): ${p.found}.`,
    help: () => 'Load the table again and repeat the change on what is there now.',
  },
  'update-refused': {
    severity: 'error',
    message: (p: { at: number; action: string; problem: string }) => `The update ${p.at} (${p.action}) is refused: ${p.problem}.`,
    help: () => 'Nothing was changed.',
  },
})
