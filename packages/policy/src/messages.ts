// Everything that can be wrong with policies: code, sentence, remedy. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'condition-refused': { severity: 'error', message: (p: { what: string }) => `This is no condition over a row: ${p.what} may not stand in it.`, help: () => "Compare the row's columns with values, by operators and plain functions; write a column that is called like a word of SQL in double quotes." },
  'condition-column': { severity: 'error', message: (p: { column: string; table: string; suggestion: string }) => `${p.table} has no column "${p.column}".${p.suggestion}`, help: () => 'Name a column of the data set.' },
  'cel-refused': { severity: 'error', message: (p: { reason: string }) => `This is no condition in CEL: ${p.reason}`, help: () => 'Write a boolean expression over subject, product, data_set, purpose and environment, like subject.attributes.region == "EU".' },
  'mask-type': { severity: 'error', message: (p: { rule: string; column: string; type: string; mask: string; reason: string }) => `${p.rule} cannot mask ${p.column} (${p.type}) by ${p.mask}: ${p.reason}.`, help: () => 'Choose a mask that fits the type, or null, which fits every type.' },
  'pattern-refused': { severity: 'error', message: (p: { reason: string }) => `This is no regular expression of RE2: ${p.reason}.`, help: () => 'Correct the pattern.' },
  'rule-selects-nothing': { severity: 'warning', message: (p: { rule: string }) => `The rule ${p.rule} concerns no data of this mesh.`, help: () => 'Correct its selectors, or delete it.' },
  'rule-unreachable': { severity: 'warning', message: (p: { rule: string; by: string }) => `The rule ${p.rule} can never change anything: ${p.by} already decides wherever it fits.`, help: () => 'Narrow the other rule, or delete this one.' },
  'rules-conflict': { severity: 'warning', message: (p: { loser: string; winner: string; about: string }) => `The rules ${p.loser} and ${p.winner} both concern ${p.about}; ${p.winner} wins.`, help: () => 'That is the stricter one. If it is not meant, narrow it.' },
})
