// What can stand between a person and a right. Sign-in never says which of name and password was wrong.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

const spoken = (names: Iterable<string>): string => [...names].toSorted().slice(0, 20).join(', ') || 'none yet'

export const messages = defineDiagnostics({
  'wrong-password': {
    severity: 'error',
    message: () => 'The name or the password is wrong.',
    help: () => 'Demo users find theirs in the secrets folder; npx tulle status names the files.',
  },
  'too-many-requests': {
    severity: 'error',
    message: (p: { name: string; seconds: number }) => `Too many failed sign-ins for "${p.name}". The next attempt is possible in ${p.seconds} s.`,
  },
  'account-exists': {
    severity: 'error',
    message: (p: { name: string }) => `There is already an account "${p.name}".`,
    help: () => 'Choose another name.',
  },
  'bad-account-name': {
    severity: 'error',
    message: (p: { name: string }) => `"${p.name}" cannot be the name of an account.`,
    help: () => 'Use lower-case letters, digits, dots, hyphens and underscores, starting with a letter; at most 63 characters.',
  },
  'bad-password': {
    severity: 'error',
    message: () => 'The password is too short, too long, or holds a NUL.',
    help: () => 'Use 12 to 1000 characters.',
  },
  'unknown-role': {
    severity: 'error',
    message: (p: { role: string; known: readonly string[] }) => `There is no role "${p.role}".${didYouMean(p.role, p.known)}`,
    help: (p: { known: readonly string[] }) => `The roles are ${p.known.join(', ')}.`,
  },
  'bad-attribute': {
    severity: 'error',
    message: (p: { name: string; why: string }) => `The attribute "${p.name}" ${p.why}.`,
    help: () => 'Names have lower-case letters, digits and underscores. Values are texts of at most 1000 characters, numbers, true or false, or lists of texts.',
  },
  'secrets-not-writable': {
    severity: 'error',
    message: (p: { folder: string; reason: string }) => `The secrets of the demo users cannot be kept in ${p.folder} (${p.reason}).`,
    help: () => 'Give the user that starts Tulle the right to write there.',
  },
  'unknown-subject': {
    severity: 'error',
    message: (p: { kind: 'user' | 'team'; subject: string; known: readonly string[] }) => `There is no ${p.kind} "${p.subject}".${didYouMean(p.subject, p.known)}`,
    help: (p: { kind: 'user' | 'team' }) => (p.kind === 'user' ? 'An administrator sees all accounts with npx tulle account list.' : 'Teams are declared in the folder teams/ of the mesh.'),
  },
  'unknown-product': {
    severity: 'error',
    message: (p: { product: string; known: readonly string[] }) => `There is no data product "${p.product}".${didYouMean(p.product, p.known)}`,
  },
  'unknown-data-set': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; known: readonly string[] }) => `The product ${p.product} has no data set "${p.dataSet}".${didYouMean(p.dataSet, p.known)}`,
    help: (p: { known: readonly string[] }) => `It has ${spoken(p.known)}.`,
  },
  'unknown-column': {
    severity: 'error',
    message: (p: { where: string; column: string; known: readonly string[] }) => `${p.where} has no column "${p.column}".${didYouMean(p.column, p.known)}`,
    help: (p: { known: readonly string[] }) => `It has ${spoken(p.known)}.`,
  },
  'unknown-purpose': {
    severity: 'error',
    message: (p: { purpose: string; known: readonly string[] }) => `The mesh has no purpose "${p.purpose}".${didYouMean(p.purpose, p.known)}`,
    help: (p: { known: readonly string[] }) => `Its purposes are ${spoken(p.known)}. They are declared in mesh.yaml.`,
  },
  'purpose-needed': {
    severity: 'error',
    message: () => 'A grant needs at least one purpose.',
    help: () => 'Name one of the purposes that mesh.yaml declares.',
  },
  'columns-need-data-set': {
    severity: 'error',
    message: (p: { product: string }) => `Columns of ${p.product} are granted without saying of which data set.`,
    help: () => 'Name the data set too.',
  },
  'expiry-passed': {
    severity: 'error',
    message: (p: { expiresAt: string }) => `The grant would have expired already, at ${p.expiresAt}.`,
    help: () => 'Name a moment in the future, or leave the expiry out.',
  },
  'unknown-grant': {
    severity: 'error',
    message: (p: { grant: string }) => `There is no active grant "${p.grant}".`,
    help: () => 'npx tulle grant list shows those that you may see.',
  },
  'not-allowed': {
    severity: 'error',
    message: (p: { name: string; action: string; why: string }) => `${p.name} may not ${p.action}. ${p.why}`,
  },
})
