// What a client has to know of each endpoint: where it is, and which members of a call go where. The console's build puts the table that
// this comes to in its place: the schemas would be most of what a first page has to load and to run.

import type { Endpoint } from './endpoint.ts'
import type { EndpointName } from './endpoints.ts'
import { endpoints } from './endpoints.ts'

export interface Route extends Pick<Endpoint, 'method' | 'path' | 'stream'> {
  /** Names of members that go into the path, into the query, into the body. */
  readonly params: readonly string[]
  readonly query: readonly string[]
  /** Left out where there is no body. */
  readonly body?: readonly string[]
}

export const toRoute = ({ method, path, params, query, body, stream }: Endpoint): Route => ({
  method, path,
  ...(stream !== undefined && { stream }),
  params: namesOf(params),
  query: namesOf(query),
  ...(body !== undefined && { body: namesOf(body) }),
})

const namesOf = (schema: Endpoint['body']): readonly string[] => Object.keys(schema?.shape ?? {})

export const routes: Readonly<Record<EndpointName, Route>> = Object.fromEntries(Object.entries(endpoints).map(([name, endpoint]) => [name, toRoute(endpoint)])) as Record<EndpointName, Route>
