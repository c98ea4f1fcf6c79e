// Keeps accounts and grants.

// Who there is.
export { admitAccount, createAccount, disableAccount, setPassword } from './accounts.ts'
export { changeAccount } from './change-account.ts'
export type { AccountChange } from './change-account.ts'
export { findAccount, findAccountById, listAccounts } from './find-accounts.ts'
export type { Account, NewAccount } from './types.ts'
export { ensureDemoGrants, ensureDemoUsers } from './demo-users.ts'
export type { DemoAccount, DemoUser } from './types.ts'

export { readServiceName, serviceAccount } from './service-accounts.ts'

// Who is calling.
export { openSessions } from './sessions.ts'
export type { SessionOptions, Sessions } from './sessions.ts'
export type { Session } from './types.ts'
export { decoyVerifier, isPassword, parseVerifier, scramVerifier } from './scram.ts'
export type { ScramVerifier } from './scram.ts'

export { elevate, endElevation, listElevations } from './elevations.ts'
export type { Elevation } from './types.ts'

// Who is vouched for by others.
export { openIssuer } from './oidc/open-issuer.ts'
export { seal, unseal } from './oidc/seal.ts'
export type { GroupMapping, Issuer, IssuerAnswer, IssuerPerson, IssuerSettings, SignInMemory } from './oidc/types.ts'

// Secrets that programs hold.
export { createToken, findAccountBySecret, findAccountByToken, findDecider, findTeller, isTokenSecret, listTokens, MOST_TOKENS, revokeToken, rotateToken, tokenVerifiers } from './tokens.ts'
export type { ApiToken, MadeToken, NewToken, TokenScope } from './types.ts'
export { countAttempts } from './attempts.ts'
export type { Attempts } from './attempts.ts'

// Who may read what.
export { grant, SYSTEM } from './grants.ts'
export { listGrants } from './grant-rows.ts'
export { listFreezes } from './list-freezes.ts'
export type { GrantFilter } from './grant-rows.ts'
export { freezeGrant, giveBack, renewGrant, revoke, tellExpired, thawGrant } from './change-grant.ts'
export type { GrantRecord, GrantState, NewGrant } from './types.ts'

// Who asks for it, and who says so.
export { checkRequest, submitRequest } from './submit-request.ts'
export type { CheckedRequest } from './submit-request.ts'
export { approveRequest, declineRequest, withdrawRequest } from './decide-request.ts'
export { judgeTerms } from './judge-terms.ts'
export type { JudgedTerms } from './judge-terms.ts'
export { listRequests, readHistory } from './request-rows.ts'
export type { RequestFilter } from './request-rows.ts'
export type { ConditionChecker, HistoryEntry, Narrowing, NewRequest, RequestDesk, RequestRecord, RequestState, Terms, Verdict } from './types.ts'

// The rights in force, in this process.
export { accessControl } from './access-control.ts'
export type { AccessControlOptions } from './access-control.ts'
export type { AccessControl } from './types.ts'
