// What the server itself can find wrong. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

const askFor = ({ product, from }: { readonly product: string; readonly from: string }): string =>
  `Ask for it: npx tulle access request ${from} --subject product:${product} --purpose <purpose> --because <why>, or add a grant of the kind AccessGrant to the mesh folder.`

export const messages = defineDiagnostics({
  'bad-setting': {
    severity: 'error',
    message: (p: { name: string; value: string; want: string }) => `${p.name} is "${p.value}", which is not ${p.want}.`,
    help: (p: { name: string; want: string }) => `Set ${p.name} to ${p.want}, or unset it for the default.`,
  },
  's3-credentials-missing': {
    severity: 'error',
    message: (p: { address: string }) => `Tables are at ${p.address}, and the keys to it are not given.`,
    help: () => 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN where they are temporary).',
  },
  'warehouse-elsewhere': {
    severity: 'error',
    message: (p: { warehouse: string; table: string }) => `The warehouse is ${p.warehouse}, but this home has tables elsewhere: ${p.table}.`,
    help: () => 'Set TULLE_WAREHOUSE to what it was when they were made. To move them, make a backup and restore it where the warehouse is the new one.',
  },
  'condition-not-true-or-false': {
    severity: 'error',
    message: (p: { type: string }) => `A condition is true or false for each row; this one is of the type ${p.type}.`,
    help: () => "Compare it with something, as in delay > 15.",
  },
  'lineage-told-by-another': {
    severity: 'error',
    message: (p: { job: string }) => `Another account tells of the job "${p.job}".`,
    help: () => 'Tell of it by a token of the account that did so first, or under another name.',
  },
  'lineage-full': {
    severity: 'error',
    message: (p: { most: number }) => `There are ${p.most} jobs already, which is as many as are kept.`,
    help: () => 'Jobs that nobody told of for 180 days go by themselves. Send fewer, or one event for several.',
  },
  'unknown-request': {
    severity: 'error',
    message: (p: { request: string }) => `There is no request "${p.request}" that you may see.`,
    help: () => 'npx tulle access list shows those that you may see.',
  },
  'unknown-grant': { severity: 'error', message: (p: { grant: string }) => `There is no grant "${p.grant}" that you may see.` },
  'input-denied': {
    severity: 'error',
    message: (p: { product: string; input: string; from: string; reasons: readonly string[] }) => `${p.product} may not read ${p.input}.${p.reasons.map((reason) => ` ${reason}`).join('')}`,
    help: (p: { product: string; from: string }) => askFor(p),
  },
  'input-purposes': {
    severity: 'error',
    message: (p: { product: string; input: string; purposes: readonly string[] }) => `${p.product} may read ${p.input} for ${p.purposes.join(' or ')}, and its input port does not say which.`,
    help: () => 'Add the purpose to the input port: purpose: <name>.',
  },
  'input-not-granted': {
    severity: 'warning',
    message: (p: { product: string; from: string; team: string }) => `${p.product} reads ${p.from}, which the team ${p.team} keeps, and nothing of it was granted to ${p.product}: its runs will be refused.`,
    help: (p: { product: string; from: string }) => askFor(p),
  },
  'home-in-use': {
    severity: 'error',
    message: (p: { home: string; pid: number }) => `Another Tulle (process ${p.pid}) is running on ${p.home}.`,
    help: () => 'Stop it with "npx tulle stop", or start this one with another TULLE_HOME and other ports.',
  },
  'home-not-writable': {
    severity: 'error',
    message: (p: { home: string; reason: string }) => `Tulle cannot write to ${p.home} (${p.reason}).`,
    help: () => 'Give this user write access to the folder, free some disk space, or set TULLE_HOME to a folder of its own.',
  },
  'same-port-twice': {
    severity: 'error',
    message: (p: { port: number }) => `TULLE_HTTP_PORT and TULLE_SQL_PORT are both ${p.port}.`,
    help: () => 'Give each a port of its own.',
  },
  'start-broke': {
    severity: 'error',
    message: (p: { reason: string; log: string }) => `Tulle could not start: ${p.reason}.`,
    help: (p: { log: string }) => `The details are in ${p.log}. Nothing was left running; please report it where "npx tulle doctor" does not help.`,
  },
  'disk-full': {
    severity: 'error',
    message: (p: { home: string }) => `There is no space left on the disk of ${p.home}.`,
    help: () => 'Free some space, then start Tulle again: nothing that was acknowledged is lost.',
  },
  'port-in-use': {
    severity: 'error',
    message: (p: { port: number; what: string; variable: string }) => `Port ${p.port} for ${p.what} is taken by another program.`,
    help: (p: { variable: string }) => `Stop that program, or choose another port with ${p.variable}.`,
  },
  'port-forbidden': {
    severity: 'error',
    message: (p: { port: number; what: string; host: string; reason: string }) => `${p.what} cannot listen on ${p.host}:${p.port} (${p.reason}).`,
    help: () => 'Choose an address of this machine with TULLE_HOST and a port above 1023.',
  },
  'mesh-folder-missing': {
    severity: 'error',
    message: (p: { folder: string }) => `There is no mesh in ${p.folder}: it has no mesh.yaml.`,
    help: () => 'Name a mesh folder ("npm start -- <folder>"), or make one with "npx tulle init mesh <folder>".',
  },
  'not-signed-in': {
    severity: 'error',
    message: () => 'This needs somebody who is signed in.',
    help: () => 'Sign in with "npx tulle login <user>", or send "Authorization: Bearer <token>".',
  },
  'not-allowed': {
    severity: 'error',
    message: (p: { who: string; what: string; rule: string }) => `${p.who} may not ${p.what}: ${p.rule}.`,
  },
  'no-issuer': { severity: 'error', message: () => 'No issuer vouches for people here.', help: () => 'Sign in with a name and a password: npx tulle login <user>' },
  'sign-in-lost': { severity: 'error', message: () => 'This sign-in is not known here, is over, or was begun by somebody else.', help: () => 'Start again: npx tulle login' },
  'too-many-sign-ins': { severity: 'error', message: (p: { seconds: number }) => `Too many sign-ins are begun at the moment. Try again in ${p.seconds} seconds.` },
  'token-reads-only': {
    severity: 'error',
    message: () => 'This token is for reading, and what was asked would change something.',
    help: () => 'Sign in with a password, or make a token with --scope full.',
  },
  'token-never-elevates': {
    severity: 'error',
    message: () => 'Nobody becomes an administrator by an API token.',
    help: () => 'Sign in with a password, or by the issuer.',
  },
  'own-role-while-elevated': {
    severity: 'error',
    message: () => 'Whoever is an administrator for a while does not change the own role or teams meanwhile.',
    help: () => 'Ask an administrator.',
  },
  'token-makes-no-token': {
    severity: 'error',
    message: () => 'A token makes, rotates and ends no token but itself.',
    help: () => 'Sign in with "npx tulle login <user>".',
  },
  'present-password-wrong': {
    severity: 'error',
    message: () => 'The present password is missing or wrong.',
    help: () => 'Say it beside the new one. Whoever forgot it asks an administrator for another.',
  },
  'token-sets-no-password': {
    severity: 'error',
    message: () => 'No account and no password is made by an API token.',
    help: () => 'Sign in with a password, or by the issuer.',
  },
  'unknown-product': {
    severity: 'error',
    message: (p: { product: string; hint: string }) => `There is no product "${p.product}".${p.hint}`,
    help: () => 'See "npx tulle product list".',
  },
  'unknown-policy': { severity: 'error', message: (p: { policy: string; hint: string }) => `There is no policy "${p.policy}".${p.hint}` },
  'unknown-mesh-file': { severity: 'error', message: (p: { path: string; hint: string }) => `The mesh folder has no file "${p.path}".${p.hint}` },
  'unknown-incident': { severity: 'error', message: (p: { id: string }) => `There is no incident ${p.id}.`, help: () => 'See "npx tulle incidents list".' },
  'incident-over': { severity: 'error', message: (p: { id: string; state: string }) => `${p.id} is ${p.state} already.` },
  'unknown-user': {
    severity: 'error',
    message: (p: { user: string; hint: string }) => `There is no account "${p.user}".${p.hint}`,
  },
  'unknown-data-set': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; hint: string }) => `Product "${p.product}" has no data set "${p.dataSet}".${p.hint}`,
  },
  'lineage-unknown-column': {
    severity: 'error',
    message: (p: { dataSet: string; column: string; hint: string }) => `"${p.dataSet}" has no column "${p.column}".${p.hint}`,
  },
  'queries-not-replayed': {
    severity: 'warning',
    message: (p: { reason: string }) => `Whether queries that were run would fail could not be found out: ${p.reason}`,
    help: () => 'Plan again; the products and grants that are hit are named all the same.',
  },
  'unknown-major': {
    severity: 'error',
    message: (p: { product: string; version: number; known: readonly number[] }) => `"${p.product}" has no major version ${p.version}.${p.known.length === 0 ? '' : ` It has ${p.known.join(' and ')}.`}`,
  },
  'unknown-version': {
    severity: 'error',
    message: (p: { table: string; version: string; hint: string; known: readonly string[] }) => `${p.table} has no version ${JSON.stringify(p.version)} that was published.${p.hint}${p.known.length === 0 ? '' : ` It has, newest first: ${p.known.join(', ')}.`}`,
    help: (p: { table: string }) => `See "npx tulle history ${p.table}".`,
  },
  'nothing-before': {
    severity: 'error',
    message: (p: { table: string; version: string }) => `${p.table} has no version before ${p.version} to compare it with.`,
    help: () => 'Name one with --from.',
  },
  'nothing-published': { severity: 'error', message: (p: { table: string }) => `Nothing is published of ${p.table} yet.`, help: () => 'Run its product first.' },
  'unknown-capability': {
    severity: 'error',
    message: (p: { type: string; hint: string }) => `There is no capability "${p.type}".${p.hint}`,
    help: () => 'See "npx tulle capability list".',
  },
  'unknown-run': { severity: 'error', message: (p: { run: string }) => `There is no run "${p.run}".`, help: () => 'See "npx tulle runs list".' },
  'unknown-apply': { severity: 'error', message: (p: { apply: string }) => `There is no apply "${p.apply}".` },
  'too-many-streams': { severity: 'error', message: (p: { most: number }) => `Too many streams are open; one subject may have ${p.most}.`, help: () => 'Close some, or read in batches.' },
  'position-not-saved': { severity: 'error', message: (p: { consumer: string }) => `No position of "${p.consumer}" was saved.`, help: () => 'Read from "start", and save the position of what you have processed.' },
  'bad-input': { severity: 'error', message: (p: { field: string; text: string }) => `${p.field}: ${p.text}.` },
  'unknown-entry': { severity: 'error', message: (p: { entry: number }) => `The audit has no entry ${p.entry}.` },
  'nothing-sealed': { severity: 'error', message: (p: { what: string }) => `The audit keeps no values of ${p.what}: there were none, or they were forgotten.` },
  'unknown-export': { severity: 'error', message: (p: { id: string }) => `No export ${JSON.stringify(p.id)} is stopped.`, help: () => 'tulle audit exports lists those that are.' },
  'unknown-freeze': { severity: 'error', message: (p: { id: string }) => `Nothing is frozen under ${JSON.stringify(p.id)}.`, help: () => 'tulle access frozen lists what is.' },
  'own-export': { severity: 'error', message: () => 'Nobody opens the way that was closed to themselves.', help: () => 'Ask another owner of the product, or a steward.' },
  'link-over': { severity: 'error', message: () => 'Whoever this link was made for has no way in any more.', help: () => 'Ask them for a new one.' },
  'part-moved': { severity: 'error', message: (p: { table: string }) => `Another snapshot of ${p.table} was published while it was loaded.`, help: () => 'Load it again.' },
  'part-file-missing': { severity: 'error', message: (p: { file: string }) => `There is no file ${p.file}, or no longer.`, help: () => 'Load the table again: it says which files there are.' },
  'part-decided-anew': { severity: 'error', message: () => 'What may be read of this table is decided otherwise than when it was loaded.', help: () => 'Load the table again.' },
  'not-acceptable': { severity: 'error', message: () => 'The Accept header takes none of the formats that there are.', help: () => 'Accept application/json, application/x-ndjson, text/csv, application/vnd.apache.arrow.stream or application/vnd.apache.parquet; or name one by ?format=.' },
  'bad-address': { severity: 'error', message: () => 'A part of the address is not percent-encoded UTF-8.', help: () => 'Encode each value as encodeURIComponent does.' },
  'not-found': { severity: 'error', message: (p: { path: string }) => `There is nothing at ${p.path}.`, help: () => 'The API is described at /docs.' },
  'body-too-large': { severity: 'error', message: (p: { limit: string }) => `The request is larger than ${p.limit}.` },
  'cross-site': {
    severity: 'error',
    message: () => 'A page of another site may not act with this session.',
    help: () => 'Call the API with "Authorization: Bearer <token>".',
  },
  'internal-error': {
    severity: 'error',
    message: (p: { reference: string }) => `Something broke inside Tulle (reference ${p.reference}).`,
    help: () => 'The log ("npx tulle logs") has the details under this reference. Please report it.',
  },
  'not-ready': { severity: 'error', message: () => 'Tulle is still starting.', help: () => 'Wait for it with "npx tulle status --wait 60".' },
  'range-outside': {
    severity: 'error',
    message: (p: { range: string; size: number }) => `The range "${p.range}" begins behind the end of a file of ${p.size} bytes.`,
  },
  'hook-not-signed': {
    severity: 'error',
    message: (p: { product: string; hook: string }) => `This is no delivery of a webhook ${p.hook} of ${p.product}: there is none, or it is not signed with its secret, or not of these five minutes.`,
    help: () => 'Sign it as Standard Webhooks has it (webhook-id, webhook-timestamp, webhook-signature), or send the token where the hook says so.',
  },
  'hook-without-id': { severity: 'error', message: () => 'The delivery has no id, so it could not be told from another.', help: () => 'Send Idempotency-Key: <id>, the same one where the delivery is repeated.' },
  'hook-body-unfit': {
    severity: 'error',
    message: (p: { product: string; hook: string }) => `A port of ${p.product} reads what is delivered to ${p.hook}, and this is no JSON object and no list of objects.`,
    help: () => 'Send application/json: an object is a row, a list of objects one row each.',
  },
  'hook-full': {
    severity: 'error',
    message: (p: { product: string; hook: string; limit: number }) => `${p.product} has not published what was delivered to ${p.hook} so far, and more than ${p.limit} MB of it are not kept (limit: megabytes kept per webhook).`,
    help: () => 'Deliver it again when the product has run; its runs say why they do not publish.',
  },
  'hook-storm': {
    severity: 'error',
    message: (p: { product: string; hook: string; limit: number }) => `The webhook ${p.hook} of ${p.product} was delivered more than ${p.limit} times within a minute (limit: webhook deliveries per minute).`,
    help: () => 'Deliver it again in a minute. The runs that were asked for go on.',
  },
  'profile-missing': {
    severity: 'error',
    message: (p: { dataSet: string; snapshot: string; known: readonly string[] }) => `There is no profile of snapshot ${p.snapshot} of ${p.dataSet}.${p.known.length === 0 ? '' : ` There are, newest first: ${p.known.join(', ')}.`}`,
    help: () => 'A profile is kept as long as its snapshot is, and only snapshots that were published have one.',
  },
  'erasure-rebuild-failed': { severity: 'error', message: (p: { product: string; run: string; status: string }) => `${p.product} was made from rows of the person and could not be made anew: run ${p.run} is ${p.status}.`, help: () => 'Look at the run, mend what stopped it, and resume the erasure.' },
  'rehearsal-undeclared': {
    severity: 'error',
    message: ({ product }: { readonly product: string }) => `The folder declares no product ${product}.`,
  },
})
