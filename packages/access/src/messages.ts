// What can stand between a person and a right. Sign-in never says which of name and password was wrong.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'
import type { SubjectKind } from '@tulle/policy'

const spoken = (names: Iterable<string>): string => [...names].toSorted().slice(0, 20).join(', ') || 'none yet'

const SUBJECTS: Readonly<Record<SubjectKind, { readonly word: string; readonly help: string }>> = {
  user: { word: 'user', help: 'An administrator sees all accounts with npx tulle account list.' },
  team: { word: 'team', help: 'Teams are declared in the folder teams/ of the mesh.' },
  domain: { word: 'data domain', help: 'Data domains are the folders below domains/ of the mesh.' },
  product: { word: 'data product', help: 'The catalogue lists the products.' },
  application: { word: 'application process domain', help: 'They are declared in the folder applications/ of the mesh.' },
}

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
  'unknown-service': {
    severity: 'error',
    message: (p: { name: string; known: readonly string[] }) => `There is no service identity "${p.name}".${didYouMean(p.name, p.known)}`,
    help: () => 'Every product has one, product.<name>, and every process domain in applications/ has one, application.<name>.',
  },
  'service-has-no-password': {
    severity: 'error',
    message: (p: { name: string }) => `${p.name} is a service identity and has no password.`,
    help: (p: { name: string }) => `Make a token for it: npx tulle token create <label> --of ${p.name}`,
  },
  'service-has-no-role': {
    severity: 'error',
    message: (p: { name: string }) => `${p.name} is a service identity: it has neither a role nor teams.`,
    help: () => 'Grant it what it should read.',
  },
  'issuer-refused': {
    severity: 'error',
    message: (p: { issuer: string; why: string }) => `${p.issuer} did not vouch for this sign-in (${p.why}).`,
    help: () => 'Start again at the sign-in page. Where it stays so, the administrator of the issuer can see why.',
  },
  'issuer-unreachable': {
    severity: 'error',
    message: (p: { issuer: string; why: string }) => `${p.issuer} cannot be asked at the moment (${p.why}).`,
    help: () => 'Try again shortly. Local accounts and API tokens work meanwhile.',
  },
  'device-not-offered': {
    severity: 'error',
    message: (p: { issuer: string }) => `${p.issuer} lets nobody sign in from a device without a browser.`,
    help: () => 'Sign in with a browser on this machine: npx tulle login --browser',
  },
  'issuer-names-nobody': {
    severity: 'error',
    message: () => 'The issuer did not say who signed in.',
  },
  'account-shut': {
    severity: 'error',
    message: () => 'The account of this person is disabled here.',
    help: () => 'An administrator of the mesh can say why.',
  },
  'issuer-says-so': {
    severity: 'error',
    message: (p: { name: string; issuer: string }) => `Role and teams of ${p.name} follow the groups at ${p.issuer}.`,
    help: () => 'Change the groups there.',
  },
  'already-elevated': {
    severity: 'error',
    message: (p: { until: string }) => `You are an administrator already, until ${p.until}.`,
  },
  'not-elevated': {
    severity: 'error',
    message: (p: { name: string }) => `${p.name} is no administrator for a while, so there is nothing to end.`,
  },
  'elevation-unjustified': {
    severity: 'error',
    message: () => 'The reason has 10 to 500 printable characters.',
    help: () => 'Say what has to be done, so that whoever reads the audit understands it.',
  },
  'unknown-token': {
    severity: 'error',
    message: (p: { token: string }) => `There is no living token "${p.token}".`,
    help: () => 'npx tulle token list shows yours.',
  },
  'too-many-tokens': {
    severity: 'error',
    message: (p: { name: string; most: number }) => `${p.name} has ${p.most} living tokens, and no account has more.`,
    help: () => 'Revoke one that nobody uses; npx tulle token list says when each was used last.',
  },
  'bad-label': {
    severity: 'error',
    message: () => 'The label of a token has 1 to 100 printable characters.',
    help: () => 'Say where the token is used.',
  },
  'token-for-nothing': {
    severity: 'error',
    message: () => 'A token for no purpose at all would open nothing.',
    help: () => 'Name purposes, or none for all that are open to the account.',
  },
  'bad-token-life': {
    severity: 'error',
    message: (p: { expiresAt: string; days: number }) => `A token cannot end at ${p.expiresAt}: it lives for ${p.days} days at most.`,
    help: () => 'Name a moment within that time; rotate the token before it ends.',
  },
  'no-password': {
    severity: 'error',
    message: (p: { name: string }) => `The account ${p.name} has no verifier that reads, so no token can be kept beside it.`,
    help: () => 'Set a password anew.',
  },
  'secrets-not-writable': {
    severity: 'error',
    message: (p: { folder: string; reason: string }) => `The secrets of the demo users cannot be kept in ${p.folder} (${p.reason}).`,
    help: () => 'Give the user that starts Tulle the right to write there.',
  },
  'unknown-subject': {
    severity: 'error',
    message: (p: { kind: SubjectKind; subject: string; known: readonly string[] }) => `There is no ${SUBJECTS[p.kind].word} "${p.subject}".${didYouMean(p.subject, p.known)}`,
    help: (p: { kind: SubjectKind }) => SUBJECTS[p.kind].help,
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
  'unknown-output-port': {
    severity: 'error',
    message: (p: { product: string; port: string; known: readonly string[] }) => `${p.product} has no output port "${p.port}".${didYouMean(p.port, p.known)}`,
    help: (p: { known: readonly string[] }) => `It has ${spoken(p.known)}.`,
  },
  'not-at-port': {
    severity: 'error',
    message: (p: { dataSet: string; port: string; known: readonly string[] }) => `The output port ${p.port} does not offer the data set "${p.dataSet}".${didYouMean(p.dataSet, p.known)}`,
    help: (p: { known: readonly string[] }) => `It offers ${spoken(p.known)}.`,
  },
  'which-data-set': {
    severity: 'error',
    message: (p: { port: string; known: readonly string[] }) => `The output port ${p.port} offers several data sets.`,
    help: (p: { known: readonly string[] }) => `Ask for one of ${spoken(p.known)}; each is a request of its own.`,
  },
  'unmask-not-asked': { severity: 'error', message: (p: { column: string }) => `The column "${p.column}" is to be unmasked, but is not among the columns that are asked for.` },
  'bad-duration': { severity: 'error', message: () => 'The time is no whole number of seconds between a second and ten years.', help: () => 'Leave it out where the access shall last until it is revoked.' },
  'justification-needed': { severity: 'error', message: () => 'A request needs a justification of 3 to 4000 characters.', help: () => 'Say in a sentence what the data is for: whoever decides reads nothing else of you.' },
  'agreement-needed': {
    severity: 'error',
    message: (p: { product: string; agreement: string }) => `${p.product} is shared under the agreement ${p.agreement}, which the request does not accept.`,
    help: (p: { agreement: string }) => `Read it on the product's page and accept it as ${p.agreement}.`,
  },
  'unknown-agreement': {
    severity: 'error',
    message: (p: { product: string; agreement: string; known: readonly string[] }) => `${p.product} has no agreement "${p.agreement}".${didYouMean(p.agreement, p.known)}`,
    help: (p: { known: readonly string[] }) => (p.known.length === 0 ? 'It has none.' : `In force: ${spoken(p.known)}.`),
  },
  'request-forbidden': {
    severity: 'error',
    message: (p: { subject: string; product: string; purpose: string; why: string }) => `No grant could give ${p.subject} anything of ${p.product} for the purpose ${p.purpose}. ${p.why}`,
    help: () => 'The policies of the mesh forbid it; ask for another purpose, or the stewards for another policy.',
  },
  'condition-unread': { severity: 'error', message: () => 'The policy makes nothing of this condition, so the grant would be without effect.', help: () => 'Write it with plain comparisons of columns with values.' },
  'request-exists': { severity: 'error', message: (p: { request: string }) => `You have asked for exactly this already: request ${p.request} is waiting.` },
  'too-many-open': { severity: 'error', message: (p: { limit: number }) => `You have ${p.limit} requests waiting already.`, help: () => 'Withdraw some of them first.' },
  'unknown-request': { severity: 'error', message: (p: { request: string }) => `There is no request "${p.request}" that you may see.`, help: () => 'npx tulle access list shows those that you may see.' },
  'request-decided': { severity: 'error', message: (p: { request: string; state: string }) => `Request ${p.request} is ${p.state} already.` },
  'own-request': { severity: 'error', message: (p: { name: string }) => `${p.name} asked for it, or is whom it is for, and so cannot decide it.`, help: () => 'Another owner or steward has to.' },
  'already-agreed': { severity: 'error', message: (p: { name: string }) => `${p.name} has agreed already; another person has to agree too.` },
  'note-needed': { severity: 'error', message: () => 'Declining needs a note that says why.' },
  'not-narrower': { severity: 'error', message: (p: { what: string; asked: string }) => `A request can only be narrowed: ${p.what} was not asked for, but ${p.asked}.` },
  'nothing-left': { severity: 'error', message: () => 'This would leave nothing to read.', help: () => 'Decline the request instead, or withdraw it.' },
  'renewal-only-time': { severity: 'error', message: () => 'A renewal can only be narrowed in its time.', help: () => 'Decline it, or revoke the grant; whoever needs less asks anew.' },
  'subject-gone': { severity: 'error', message: (p: { kind: SubjectKind; subject: string }) => `The ${SUBJECTS[p.kind].word} that this request is for is there no more.` },
  'grant-ended': { severity: 'error', message: (p: { grant: string; state: string }) => `Grant ${p.grant} is ${p.state}, so this cannot be done to it.` },
  'two-persons-needed': {
    severity: 'error',
    message: (p: { product: string }) => `Access to ${p.product} needs two persons to agree, so nobody gives it alone.`,
    help: () => 'Let whoever needs it ask with npx tulle access request; two owners or stewards approve it.',
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
