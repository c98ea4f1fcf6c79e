// What is wrong with a contract beyond the form that the standard gives it. Codes are permanent.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'contract-outside-reference': {
    severity: 'error',
    message: (p: { target: string }) => `"$ref" leads out of this contract, to ${p.target}; nothing outside it is read.`,
    help: () => 'Write what it stands for here.',
  },
  'contract-too-large': {
    severity: 'error',
    message: (p: { what: string; most: number }) => `The contract has more than ${p.most} ${p.what}.`,
    help: () => 'Describe separate data sets in contracts of their own.',
  },
  'contract-duplicate-table': { severity: 'error', message: (p: { name: string }) => `Two data sets of the contract are called "${p.name}".`, help: () => 'Give one of them another name; capitals make no difference.' },
  'contract-duplicate-member': { severity: 'error', message: (p: { name: string }) => `"${p.name}" is here twice.`, help: () => 'Give one of them another name; capitals make no difference.' },
  'contract-empty-range': { severity: 'error', message: (p: { low: string; high: string }) => `No value can keep this: ${p.low} is above ${p.high}.` },
  'contract-unknown-target': { severity: 'error', message: (p: { name: string; known: Iterable<string> }) => `The relationship leads to "${p.name}", which the contract does not describe.${didYouMean(p.name, p.known)}` },
  'contract-long-pattern': { severity: 'error', message: (p: { most: number }) => `The pattern has more than ${p.most} characters.` },
  'contract-unknown-placeholder': { severity: 'error', message: (p: { name: string }) => `The query has a placeholder "${p.name}", which stands for nothing here.`, help: () => 'A rule of a column knows ${object} and ${property}, one of a data set only ${object}.' },
  'contract-sql-other-table': {
    severity: 'warning',
    message: (p: { names: readonly string[] }) => `The query of this rule reads ${p.names.slice(0, 5).join(', ')}, which the contract does not describe.`,
    help: () => 'Write ${object} for the data set that the rule belongs to.',
  },
  'contract-sql-refused': {
    severity: 'error',
    message: (p: { why: string }) => `The query of this rule is refused: ${p.why}`,
    help: () => 'A rule is one SELECT over the data sets of its contract.',
  },
})
