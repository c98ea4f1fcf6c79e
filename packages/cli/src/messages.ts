// What can go wrong before a request leaves this machine. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'not-running': {
    severity: 'error',
    message: (p: { home: string }) => `No Tulle is running on ${p.home}.`,
    help: () => 'Start it with "npm start" in the checkout, or say where it is with TULLE_HOME or TULLE_URL.',
  },
  'not-ready-in-time': {
    severity: 'error',
    message: (p: { seconds: number }) => `Tulle was not ready within ${p.seconds} seconds.`,
    help: () => 'See what it does with "tulle logs -f".',
  },
  'still-running': {
    severity: 'error',
    message: (p: { home: string; pid: number }) => `Tulle (process ${p.pid}) is running on ${p.home}.`,
    help: () => 'Stop it first with "tulle stop".',
  },
  'will-not-stop': {
    severity: 'error',
    message: (p: { pid: number; seconds: number }) => `Process ${p.pid} did not stop within ${p.seconds} seconds.`,
    help: () => 'Ask again with "tulle stop --force", which kills it; nothing acknowledged is lost.',
  },
  'flink-nothing': {
    severity: 'error',
    message: (p: { of: string }) => `No data set of ${p.of} is kept in step.`,
    help: () => 'Say "refresh: continuous" at those that Flink is to keep in step.',
  },
  'flink-unfilled': {
    severity: 'error',
    message: (p: { names: readonly string[] }) => `The statements are not filled in: ${p.names.join(', ')} ${p.names.length === 1 ? 'is' : 'are'} not set.`,
    help: () => 'Set them in the environment of the command, or leave --fill out and keep the names.',
  },
  'no-models-built': {
    severity: 'error',
    message: (p: { product: string }) => `None of the newest runs of ${p.product} built models.`,
    help: (p: { product: string }) => `Run it: tulle run ${p.product} --wait --force`,
  },
  'no-policy-cases': {
    severity: 'error',
    message: (p: { folder: string }) => `${p.folder} has no cases of policies, so nothing was tried.`,
    help: () => 'Write some into policies/cases/<name>.yaml, as docs/reference/mesh-files.md describes.',
  },
  'not-a-home': {
    severity: 'error',
    message: (p: { home: string }) => `${p.home} is not a folder that Tulle made, so nothing is removed.`,
    help: () => 'Set TULLE_HOME to the folder that holds its state.',
  },
  'contract-which-data-set': {
    severity: 'error',
    message: (p: { named: string | undefined; known: readonly string[] }) => (p.named === undefined ? 'The contract does not describe one data set alone.' : `The contract describes no data set "${p.named.slice(0, 100)}".`),
    help: (p: { named: string | undefined; known: readonly string[] }) => `Say --data-set with one of ${p.known.slice(0, 20).join(', ')}.`,
  },
  'file-unreadable': {
    severity: 'error',
    message: (p: { file: string; reason: string }) => `${p.file} cannot be read (${p.reason}).`,
  },
  'file-unwritable': {
    severity: 'error',
    message: (p: { file: string; reason: string }) => `${p.file} cannot be written (${p.reason}).`,
    help: () => 'Choose another place, or give yourself write access to this one.',
  },
  'nobody-signed-in': {
    severity: 'error',
    message: (p: { url: string }) => `Nobody is signed in at ${p.url}.`,
    help: () => 'Sign in with "tulle login <user>" (or "tulle login", where an issuer vouches for people), or act as a demo user with "--as <user>" ("tulle status" lists them).',
  },
  'which-user': {
    severity: 'error',
    message: (p: { url: string }) => `${p.url} knows people by name and password alone.`,
    help: () => 'Say who you are: tulle login <user>',
  },
  'sign-in-over': {
    severity: 'error',
    message: (p: { minutes: number }) => `Nobody confirmed the sign-in within ${p.minutes} minutes.`,
    help: () => 'Start again: tulle login',
  },
  'sign-in-stopped': { severity: 'error', message: () => 'The sign-in was stopped.' },
  'sign-in-refused': {
    severity: 'error',
    message: (p: { why: string }) => `Nobody was signed in (${p.why}).`,
    help: () => 'Start again: tulle login. Where it stays so, the administrator of the issuer can see why.',
  },
  'password-in-the-open': {
    severity: 'warning',
    message: (p: { url: string; what: 'password' | 'session' }) => `The ${p.what} travels to ${p.url} unencrypted.`,
    help: () => 'Put a TLS proxy before the server, and set TULLE_URL to its https address.',
  },
  'no-secret': {
    severity: 'error',
    message: (p: { user: string; file: string; reason: string }) => `There is no secret of "${p.user}" in ${p.file} (${p.reason}).`,
    help: () => '--as works for the demo users of a mesh on this machine ("tulle status" lists them); others sign in with "tulle login".',
  },
  'no-terminal': {
    severity: 'error',
    message: (p: { what: string; instead: string }) => `${p.what}, but there is no terminal to ask on.`,
    help: (p: { instead: string }) => p.instead,
  },
  'needs-consent': {
    severity: 'error',
    message: (p: { what: string }) => `${p.what} was not confirmed, so nothing was done.`,
    help: () => 'Say --yes to go ahead without being asked.',
  },
  'stream-broke': {
    severity: 'error',
    message: (p: { why: string }) => `The stream broke: ${p.why}.`,
    help: () => 'Is the server there? Go on from the last position, or by --consumer.',
  },
  'file-not-fetched': { severity: 'error', message: (p: { reason: string }) => `The file could not be fetched: ${p.reason}.`, help: () => 'What was fetched of it was removed. Ask again, or look at tulle access explain.' },
  'bad-argument': {
    severity: 'error',
    message: (p: { argument: string; value: string; want: string }) => `${p.argument}: "${p.value}" is not ${p.want}.`,
  },
  'plan-file-broken': {
    severity: 'error',
    message: (p: { file: string }) => `${p.file} is not a plan that "tulle plan --out" wrote.`,
    help: () => 'Make a new one with "tulle plan --out <file>".',
  },
  'other-mesh-folder': {
    severity: 'warning',
    message: (p: { folder: string; mesh: string; path: string }) => `The server reads data files from ${p.mesh}, not from ${p.folder}, so it may not find ${p.path}.`,
    help: (p: { folder: string }) => `Copy the data there, or start the server on this folder: npm start -- ${p.folder}`,
  },
  'no-mesh-here': {
    severity: 'error',
    message: (p: { folder: string }) => `${p.folder} is in no mesh: neither it nor a folder above has a mesh.yaml.`,
    help: () => 'Change into a mesh folder, or make one with "tulle init mesh <name>".',
  },
  'no-such-domain': {
    severity: 'error',
    message: (p: { domain: string; hint: string }) => `The mesh has no data domain "${p.domain}".${p.hint}`,
    help: (p: { domain: string }) => `Make it with "tulle init domain ${p.domain}".`,
  },
  'no-such-product': {
    severity: 'error',
    message: (p: { product: string; hint: string }) => `The mesh has no product "${p.product}".${p.hint}`,
    help: () => 'Name one of the mesh folder, or none for the whole mesh.',
  },
  'not-ours-to-replace': {
    severity: 'error',
    message: (p: { file: string }) => `${p.file} is there, and "tulle export" did not write it.`,
    help: () => 'Name another folder with --to, or move the file away.',
  },
  'which-domain': {
    severity: 'error',
    message: (p: { domains: string }) => `A product belongs to a data domain, and none was named. The mesh has: ${p.domains}.`,
    help: () => 'Name one with --domain; make one with "tulle init domain <name>".',
  },
  'name-taken': {
    severity: 'error',
    message: (p: { what: string; where: string }) => `${p.what} already exists in ${p.where}.`,
    help: () => 'Choose another name; init never overwrites.',
  },
  'name-reserved': {
    severity: 'error',
    message: (p: { name: string }) => `A product cannot be called "${p.name}": SQL clients own the schema of that name.`,
    help: () => 'Choose another name.',
  },
  'blueprint-broken': {
    severity: 'error',
    message: (p: { file: string; what: string }) => `${p.file}: ${p.what}`,
    help: () => 'Compare it with the ones in packages/cli/blueprints.',
  },
  'unknown-parameter': {
    severity: 'error',
    message: (p: { blueprint: string; name: string; hint: string }) => `The blueprint "${p.blueprint}" has no parameter "${p.name}".${p.hint}`,
  },
  'missing-parameter': {
    severity: 'error',
    message: (p: { name: string; description: string }) => `The parameter "${p.name}" has no value: ${p.description}`,
    help: (p: { name: string }) => `Give it with --set ${p.name}=<value>.`,
  },
  'bad-parameter': {
    severity: 'error',
    message: (p: { name: string; value: string; want: string }) => `${p.name}: "${p.value}" will not do. ${p.want}`,
  },
  'csv-broken': {
    severity: 'error',
    message: (p: { file: string; what: string; remedy: string }) => `${p.file}: ${p.what}`,
    help: (p: { remedy: string }) => p.remedy,
  },
  'sql-failed': {
    severity: 'error',
    message: (p: { sqlState: string; message: string; detail: string }) => `${p.message} (${p.sqlState})${p.detail}`,
  },
  'sql-unreachable': {
    severity: 'error',
    message: (p: { address: string; reason: string }) => `The SQL port ${p.address} does not answer (${p.reason}).`,
    help: () => 'Is Tulle running? "tulle status" says so and where.',
  },
  'backup-cut-off': {
    severity: 'error',
    message: (p: { place: string }) => `The server went away before the backup into ${p.place} was complete.`,
    help: () => 'Earlier backups are as they were. Run it again when the server is back; it copies only what is still missing.',
  },
  'rule-not-written': {
    severity: 'error',
    message: (p: { dataSet: string; why: string }) => `No rule was added to the contract of ${p.dataSet}: ${p.why}.`,
    help: () => 'Add it by hand under "quality"; "tulle checks suggest" prints it.',
  },
  'erasure-subject-missing': { severity: 'error', message: () => 'Whom to erase is not said.', help: () => 'Write --subject email=ana@example.com: a business key that identifies a person, and its value.' },
  'erasure-stuck': { severity: 'error', message: (p: { id: string; problem: string }) => `Erasure ${p.id} is stuck: ${p.problem}`, help: (p: { id: string }) => `What is done stays done. Then go on with: npx tulle erase resume ${p.id}` },
  'erasure-unfinished': { severity: 'error', message: (p: { id: string; state: string }) => `Erasure ${p.id} is ${p.state}, and has no certificate yet.`, help: () => 'A certificate is issued when everything is done.' },
  'erasure-certificate-unreadable': { severity: 'error', message: (p: { file: string; reason: string }) => `The certificate in ${p.file} cannot be read: ${p.reason}.`, help: () => 'Write one into a file with: npx tulle erase certificate ERASURE > erasure.jws' },
})
