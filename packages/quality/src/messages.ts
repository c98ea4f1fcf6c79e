// Everything that quality can have to say.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'check-failed': {
    severity: 'error',
    message: (p: { dataSet: string; check: string; sentence: string }) => `${p.dataSet} breaks its contract, ${p.check}: ${p.sentence}`,
    help: () => 'Mend the source or the model, or change the contract. Nothing was published; readers keep the last good snapshot.',
  },
  'check-warns': {
    severity: 'warning',
    message: (p: { dataSet: string; check: string; sentence: string }) => `${p.dataSet}, ${p.check}: ${p.sentence}`,
    help: () => 'It is told and stops nothing.',
  },
  'check-sql-refused': {
    severity: 'error',
    message: (p: { check: string; why: string }) => `The SQL of the check "${p.check}" is refused: ${p.why}`,
    help: () => 'A check reads the checked data set, and others that are declared, in one SELECT with functions that Tulle allows.',
  },
  'check-table-unclear': {
    severity: 'error',
    message: () => 'a table cannot be found again in its text.',
    help: () => 'Write the table with its product: product.data_set.',
  },
  'check-no-number': {
    severity: 'error',
    message: (p: { rows: string }) => `it answers ${p.rows}, where one number is wanted.`,
    help: () => 'A query of a check answers one row whose first column is a number.',
  },
  'check-unknown': {
    severity: 'error',
    message: (p: { what: string; name: string; hint: string }) => `"${p.name}" is not ${p.what} that Tulle knows.${p.hint}`,
    help: () => 'docs/checks.md lists what is known.',
  },
  'check-unknown-metric': {
    severity: 'error',
    message: (p: { metric: string; hint: string; known: readonly string[] }) => `"${p.metric}" is not a quality metric.${p.hint}`,
    help: (p: { metric: string; hint: string; known: readonly string[] }) => `Metrics of ODCS: ${p.known.join(', ')}.`,
  },
  'check-malformed': {
    severity: 'error',
    message: (p: { metric: string; why: string; hint?: string }) => `The quality rule "${p.metric}" cannot be read: ${p.why}.${p.hint ?? ''}`,
    help: () => 'Write for example: {metric: rowCount, mustBeGreaterThan: 0}.',
  },
  'check-not-run': {
    severity: 'warning',
    message: (p: { rule: string; why: string }) => `The quality rule "${p.rule}" is kept but not run: ${p.why}. It counts as no pass.`,
  },
  'check-not-readable': {
    severity: 'error',
    message: (p: { dataSet: string; why: string }) => `${p.dataSet} could not be checked: ${p.why}`,
    help: () => 'A check that did not run is no pass, so nothing was published.',
  },
})
