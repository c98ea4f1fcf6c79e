// What can go wrong with state, in sentences that say what to do. None of them ever holds a password.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'postgres-missing': {
    severity: 'error',
    message: (p: { platform: string; detail: string }) => `Tulle's own PostgreSQL is not installed for ${p.platform}: ${p.detail}.`,
    help: () => 'Run npm ci again, with install scripts and optional dependencies on, or set DATABASE_URL to a PostgreSQL of yours.',
  },
  'postgres-user-missing': {
    severity: 'error',
    message: () => 'PostgreSQL refuses to run as root, and this machine has no other user that could run it.',
    help: () => 'Add one (useradd --system postgres), start Tulle as an ordinary user, or set DATABASE_URL.',
  },
  'home-in-use': {
    severity: 'error',
    message: (p: { folder: string; holder: string }) => `Another Tulle is running on ${p.folder}${p.holder}.`,
    help: () => 'Stop it (npx tulle stop), or give this one another TULLE_HOME and other ports.',
  },
  'home-of-another-user': {
    severity: 'error',
    message: (p: { folder: string; uid: number }) => `The database in ${p.folder} belongs to the user with number ${p.uid}.`,
    help: () => 'Start Tulle as that user, or choose another TULLE_HOME.',
  },
  'cluster-gone': {
    severity: 'error',
    message: (p: { link: string; place: string }) => `The database of this home lay in ${p.place}, and is gone.`,
    help: (p: { link: string }) => `Bring it back from a backup, or remove ${p.link} to begin with an empty one.`,
  },
  'folder-not-writable': {
    severity: 'error',
    message: (p: { folder: string; reason: string }) => `Tulle cannot write to ${p.folder} (${p.reason}).`,
    help: () => 'Give the user that starts Tulle the right to write there, or choose another TULLE_HOME.',
  },
  'disk-full': {
    severity: 'error',
    message: (p: { where: string }) => `There is no space left on the disk of ${p.where}.`,
    help: () => 'Free some space, then start Tulle again: nothing that was acknowledged is lost.',
  },
  'postgres-did-not-start': {
    severity: 'error',
    message: (p: { reason: string; log: string }) => `PostgreSQL did not start: ${p.reason}.`,
    help: (p: { log: string }) => `Its own words are in ${p.log}.`,
  },
  'postgres-version-differs': {
    severity: 'error',
    message: (p: { folder: string; found: string; wanted: string }) => `The database in ${p.folder} was made by PostgreSQL ${p.found}, and this Tulle brings PostgreSQL ${p.wanted}.`,
    help: () => 'Start the Tulle that made it, or export its data with pg_dump and import it into a new TULLE_HOME.',
  },
  'socket-path-too-long': {
    severity: 'error',
    message: (p: { path: string }) => `No folder is short enough for PostgreSQL's socket (${p.path}).`,
    help: () => 'Choose a TULLE_HOME with a shorter path.',
  },
  'database-address-invalid': {
    severity: 'error',
    message: () => 'DATABASE_URL is not an address of a PostgreSQL database.',
    help: () => 'Write postgresql://USER:PASSWORD@HOST:5432/DATABASE; special characters in the password are percent-encoded.',
  },
  'database-unreachable': {
    severity: 'error',
    message: (p: { where: string; reason: string }) => `The database at ${p.where} does not answer (${p.reason}).`,
    help: () => 'Check that it runs, that DATABASE_URL names its host and port, and that no firewall stands between.',
  },
  'database-sign-in-refused': {
    severity: 'error',
    message: (p: { where: string; user: string }) => `The database at ${p.where} refuses the user "${p.user}".`,
    help: () => 'Check the user and the password in DATABASE_URL.',
  },
  'database-missing': {
    severity: 'error',
    message: (p: { where: string; database: string }) => `There is no database "${p.database}" at ${p.where}.`,
    help: (p: { database: string }) => `Create it (createdb ${p.database}), or name another one in DATABASE_URL.`,
  },
  'database-too-old': {
    severity: 'error',
    message: (p: { where: string; version: string }) => `The database at ${p.where} is PostgreSQL ${p.version}; Tulle needs 14 or newer.`,
    help: () => 'Upgrade it, or leave DATABASE_URL unset: Tulle then runs a PostgreSQL of its own.',
  },
  'database-newer': {
    severity: 'error',
    message: (p: { found: number; known: number }) => `The database was written by a newer Tulle: it has migration ${p.found}, this Tulle knows ${p.known}.`,
    help: () => 'Start the newer Tulle. A database is never migrated backwards.',
  },
  'database-busy': {
    severity: 'error',
    message: (p: { where: string }) => `The database at ${p.where} takes no more connections.`,
    help: () => 'Close other clients or raise its max_connections.',
  },
  'database-refused': {
    severity: 'error',
    message: (p: { where: string; state: string; reason: string }) => `The database at ${p.where} refused (${p.state}): ${p.reason}.`,
    help: () => 'The user in DATABASE_URL must own its database or may create tables in it.',
  },
})
