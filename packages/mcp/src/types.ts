// What the tools ask of the house: some calls of the API, each already in the name of one caller.

import type { Endpoints, InputOf, OutputOf } from '@tulle/api'
import type { Result } from '@tulle/kernel'

/** The calls of the API that tools are made of. */
export const DESK = ['search', 'getProduct', 'getControlMetadata', 'getLineage', 'checkAccessRequest', 'requestAccess', 'listAccessRequests', 'query', 'listReadable'] as const
export type DeskName = (typeof DESK)[number]

/** Port: answers as the API would answer the caller, and tells the audit as the API does. */
export type MeshDesk = {
  readonly [Name in DeskName]: (input: InputOf<Endpoints[Name]>, signal: AbortSignal) => Promise<Result<OutputOf<Endpoints[Name]>>>
}
