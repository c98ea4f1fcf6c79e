// How the protocol says what went wrong: one table from a diagnostic's code to status and exception.

import type { Diagnostic } from '@tulle/kernel'
import { printExactJson } from '@tulle/lake'
import type { ExactJson } from '@tulle/lake'
import type { CatalogAnswer, Operation } from './types.ts'

type Exception = readonly [status: number, type: string]

const EXCEPTIONS: ReadonlyMap<string, Exception> = new Map(
  ([
    [400, 'BadRequestException', [
      'catalog-request-invalid', 'catalog-name-invalid', 'location-refused', 'update-refused', 'format-not-writable', 'type-change-forbidden',
      'optional-became-required', 'required-column-added', 'identifier-dropped', 'column-in-use', 'map-key-changed', 'outside-root', 'bad-object-path', 'body-too-large', 'bad-input',
    ]],
    [401, 'NotAuthorizedException', ['not-signed-in', 'wrong-password', 'cross-site']],
    [403, 'ForbiddenException', ['catalog-forbidden', 'declared-elsewhere', 'read-denied', 'purpose-needed', 'purpose-not-yours', 'version-not-visible']],
    [404, 'NotFoundException', ['catalog-route-missing']],
    [404, 'NoSuchWarehouseException', ['warehouse-unknown']],
    [404, 'NoSuchNamespaceException', ['namespace-missing']],
    [404, 'NoSuchTableException', ['table-not-there', 'table-missing', 'unknown-table', 'nothing-published']],
    [404, 'NoSuchViewException', ['view-missing']],
    [409, 'AlreadyExistsException', ['namespace-exists', 'table-exists', 'catalog-name-taken']],
    [409, 'NamespaceNotEmptyException', ['namespace-not-empty']],
    [409, 'CommitFailedException', ['requirement-failed', 'commit-conflict', 'commit-gave-up']],
    [422, 'UnprocessableEntityException', ['namespace-properties-overlap']],
    [500, 'CommitStateUnknownException', ['commit-unknown']],
    [503, 'ServiceUnavailableException', ['too-many-requests', 'not-ready', 'part-moved', 'rights-out-of-sight', 'database-unreachable']],
  ] as const).flatMap(([status, type, codes]) => codes.map((code): readonly [string, Exception] => [code, [status, type]])),
)

/** A file of ours that cannot be read is our trouble, not the caller's. */
const OURS: Exception = [500, 'InternalServerError']

const JSON_TYPE = { 'content-type': 'application/json' }

/** An answer with a JSON body. Integers of any size stay exact. */
export const json = (value: ExactJson, status = 200): CatalogAnswer => ({ status, headers: JSON_TYPE, body: printExactJson(value) })

/** What was found wrong, as the protocol says it. Answers to HEAD have no body. */
export function errorAnswer(diagnostics: readonly Diagnostic[], operation?: Operation): CatalogAnswer {
  const first = diagnostics.find((d) => d.severity === 'error') ?? diagnostics[0]
  const [status, type] = EXCEPTIONS.get(first?.code ?? '') ?? OURS
  const model = { message: diagnostics.map((d) => d.message).slice(0, 5).join(' '), type, code: status }
  if (operation?.endsWith('Exists') === true) return { status, headers: {} }
  return { status, headers: JSON_TYPE, body: JSON.stringify(isBare(operation, status) ? { ...model, error: model } : { error: model }) }
}

/**
 * The protocol's description gives these answers of views without the wrapper that its own examples, and every client,
 * expect: such an answer says it both ways.
 */
const isBare = (operation: Operation | undefined, status: number): boolean =>
  operation !== undefined && operation.includes('View') && [404, 409, 500].includes(status)
