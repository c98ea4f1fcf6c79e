// What can be said of an erasure. No value of a person is in any of it.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'erasure-key-unknown': {
    severity: 'error',
    message: (p: { key: string; known: readonly string[] }) => `"${p.key.slice(0, 63)}" is no business key that identifies a person.${didYouMean(p.key, p.known)}`,
    help: (p: { known: readonly string[] }) => (p.known.length === 0 ? 'Declare one in mesh.yaml: businessKeys: [{name: passenger_id, type: string, identifies: person}], and name it in contracts.' : `Name one of: ${p.known.join(', ')}.`),
  },
  'erasure-subject-unclear': { severity: 'error', message: () => 'A person is named by a business key and its value.', help: () => 'Write --subject email=ana@example.com' },
  'erasure-too-wide': {
    severity: 'error',
    message: (p: { key: string; most: number }) => `More than ${p.most} values of ${p.key} belong together by the keys that contracts declare: that is not one person.`,
    help: () => 'Some rows share a key that no two persons should share. Mend those, or take "identifies: person" from that key in mesh.yaml.',
  },
  'erasure-unknown': { severity: 'error', message: (p: { id: string }) => `There is no erasure "${p.id.slice(0, 64)}".`, help: () => 'List them with: npx tulle erase list' },
  'erasure-not-requested': { severity: 'error', message: (p: { id: string; state: string }) => `Erasure ${p.id} is ${p.state}, and waits for no approval.`, help: () => 'Nothing is left to decide.' },
  'erasure-own-request': { severity: 'error', message: (p: { name: string }) => `${p.name} asked for it, and this mesh wants a second person to approve.`, help: () => 'Another steward or administrator has to.' },
  'erasure-not-done': { severity: 'error', message: (p: { id: string; state: string }) => `Erasure ${p.id} is ${p.state}.`, help: () => 'Wait until it is done.' },
  'erasure-not-concerned': { severity: 'error', message: (p: { name: string }) => `${p.name} had no rights to what was touched, and so has nothing to acknowledge.`, help: () => 'Nothing has to be done.' },
  'erasure-runs-in-the-way': { severity: 'error', message: (p: { products: readonly string[] }) => `Runs of ${p.products.join(', ')} did not end.`, help: () => 'Wait for them or cancel them; then resume the erasure.' },
  'erasure-remains': { severity: 'error', message: (p: { tables: readonly string[] }) => `Rows of the person are in ${p.tables.join(', ')} again.`, help: () => 'Somebody writes to them by another way than runs. Stop that, then resume the erasure.' },
  'erasure-key-lost': { severity: 'error', message: (p: { id: string }) => `What erasure ${p.id} was about cannot be read any more: its key is gone from the secrets.`, help: () => 'Ask for the erasure again.' },
  'erasure-secret-lost': {
    severity: 'error',
    message: () => 'Persons were erased from this mesh, and secrets/.erasure of its home is not the one that they are kept out by.',
    help: () => 'Put that file back as it was, from a backup with secrets or from the home that this one was restored from. Without it they would come back with the next run.',
  },
  'shredding-secret-lost': {
    severity: 'error',
    message: () => 'Keys of persons are kept under another key than secrets/.shredding of this home, or TULLE_SECRET_SHREDDING_KEY, has.',
    help: () => 'Put it back as it was, from a backup with secrets or from where it was kept. Without it nobody can read what it protects.',
  },
  'shredding-secret-unfit': { severity: 'error', message: () => 'The key that keys of persons are kept under is not 64 hexadecimal digits.', help: () => 'Set TULLE_SECRET_SHREDDING_KEY to what "openssl rand -hex 32" prints, or leave it out: then one is made in secrets/.shredding.' },
  'shredding-unfit-columns': { severity: 'error', message: (p: { table: string }) => `A column of ${p.table} that its contract wants shredded cannot be: it is nested or binary, or it must have a value and is no text.`, help: () => 'Make it optional or text, or leave it out of "shredding".' },
  'shredding-key-missing': { severity: 'error', message: (p: { table: string; file: string }) => `Rows of ${p.table} in ${p.file} are sealed with keys that this mesh has never had.`, help: () => 'The control database is not the one that they were written with. Restore both from one backup.' },
  'shredding-altered': { severity: 'error', message: (p: { table: string; file: string }) => `Sealed values of ${p.table} in ${p.file} are not as they were written.`, help: () => 'Somebody changed the file. Bring it back from a backup, or run the product anew.' },
  'certificate-invalid': { severity: 'error', message: (p: { problem: string }) => `This is no certificate of this mesh: ${p.problem}.`, help: () => 'Verify it where it was issued, and unchanged.' },
})
