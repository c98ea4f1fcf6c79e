// Everything the audit says when something is wrong.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'audit-unavailable': {
    severity: 'error',
    message: () => 'What is done here cannot be written down at the moment, so nothing is done.',
    help: () => 'The audit needs space and a working disk below TULLE_HOME/audit; the server\'s log says what is wrong. It goes on by itself.',
  },
  'audit-folder': { severity: 'error', message: (p: { folder: string; reason: string }) => `The audit's folder ${p.folder} cannot be used: ${p.reason}.` },
  'audit-in-use': { severity: 'error', message: (p: { folder: string }) => `Another process writes the audit in ${p.folder}.` },
  'audit-line-broken': { severity: 'error', message: (p: { why: string }) => `A line of the audit was altered: ${p.why}.` },
  'audit-altered': {
    severity: 'error',
    message: (p: { at: string; why: string }) => `The audit was altered at ${p.at}: ${p.why}.`,
    help: () => 'Compare it with a copy or a backup; what stands before this place is as it was written.',
  },
  'audit-cut': {
    severity: 'info',
    message: (p: { through: number; from: string; to: string; rule: string; first: string; at: string }) => `Entries 1 to ${p.through}, of ${p.from} to ${p.to}, were removed on ${p.at} by the rule ${p.rule}. The first of them had the hash ${p.first}.`,
  },
  'audit-not-cut': {
    severity: 'warning',
    message: (p: { at: string; why: string }) => `Nothing of the audit was removed: ${p.at} does not stand as it was written (${p.why}).`,
    help: () => 'tulle audit verify says what is wrong. What was altered is kept for whoever looks into it.',
  },
  'audit-archive': {
    severity: 'error',
    message: (p: { folder: string; reason: string }) => `Old entries of the audit cannot be copied to ${p.folder} (${p.reason}), so none are removed.`,
    help: () => 'TULLE_AUDIT_ARCHIVE names the folder. It must be there, and writable.',
  },
  'audit-torn': { severity: 'warning', message: (p: { at: string; bytes: number }) => `${p.at} ends with ${p.bytes} bytes of a line that was never acknowledged.` },
  'audit-elsewhere': { severity: 'info', message: (p: { count: number; place: string }) => `${p.count} more chain(s) are written elsewhere, such as ${p.place}; verify them there.` },
  'audit-partial': { severity: 'info', message: (p: { gaps: number }) => `Entries were left out in ${p.gaps} places; what is there is proved, and nothing is said of the rest.` },
  'audit-anchors-unreadable': { severity: 'error', message: (p: { path: string; why: string }) => `The anchors in ${p.path} cannot be read: ${p.why}.` },
  'audit-unanchored': { severity: 'warning', message: () => 'No anchors were there to compare with: a chain that was cut at its end, or written anew as a whole, is not seen.' },
})
