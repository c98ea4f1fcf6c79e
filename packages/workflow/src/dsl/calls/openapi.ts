// An operation of a service that an OpenAPI document describes: version 2 and 3.

import type { Json } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import type { Effect } from '../durable-port.ts'
import { fault } from '../errors.ts'
import type { TaskContext } from '../interpret/run.ts'
import { evaluateInside } from '../interpret/run.ts'
import type { Authentication, ExternalResource, JsonObject } from '../types.ts'
import { isObject } from '../walk-tasks.ts'
import type { HttpSending, OutputFormat } from './http.ts'
import { resolveEndpoint, send } from './http.ts'
import { authorize } from './authorize.ts'

interface OpenApiArguments {
  readonly document: ExternalResource
  readonly operationId: string
  readonly parameters?: JsonObject
  readonly authentication?: Authentication
  readonly output?: OutputFormat
  readonly redirect?: boolean
}

export async function callOpenApi(context: TaskContext, effect: Effect): Promise<Json> {
  const given = context.task.with as unknown as OpenApiArguments
  const { document, url } = await readDescription(context, effect, given.document, 'OpenAPI')
  const parameters = await evaluateInside(context.run, (given.parameters ?? {}) as Json, context.input, context.variables)
  const request = requestOf(document, url, given.operationId, isObject(parameters) ? parameters : {})
  return send(context, effect, { ...request, ...(given.authentication !== undefined && { authentication: given.authentication }), output: given.output ?? 'content', takesRedirect: given.redirect === true })
}

/** A document in JSON or YAML that describes a service. */
export async function readDescription(context: TaskContext, effect: Effect, resource: ExternalResource, kind: string): Promise<{ readonly document: Readonly<Record<string, unknown>>; readonly url: string }> {
  const { text, url } = await readResource(context, effect, resource)
  const parsed = parseYaml(text, url)
  if (!parsed.ok || !isObject(parsed.value.value)) throw fault('configuration', `${url} is no ${kind} document.`)
  return { document: parsed.value.value, url }
}

/** The text of a resource at an address. */
export async function readResource(context: TaskContext, effect: Effect, resource: ExternalResource): Promise<{ readonly text: string; readonly url: string }> {
  const { url, authentication } = await resolveEndpoint(context, resource.endpoint)
  const answer = await authorize(context, authentication, { method: 'GET', url: new URL(url), signal: effect.signal }, (headers) => context.run.host.http({ method: 'GET', url, headers, signal: effect.signal }))
  if (answer.status !== 200) throw fault('communication', `GET ${url} answered ${answer.status}.`, { status: answer.status })
  return { text: Buffer.from(answer.body).toString('utf8'), url }
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

function requestOf(document: Readonly<Record<string, unknown>>, at: string, operationId: string, parameters: Readonly<Record<string, unknown>>): Pick<HttpSending, 'method' | 'url' | 'query' | 'headers' | 'body'> {
  for (const [path, item] of Object.entries(isObject(document['paths']) ? document['paths'] : {})) {
    for (const method of METHODS) {
      const operation = isObject(item) ? item[method] : undefined
      if (!isObject(operation) || operation['operationId'] !== operationId) continue
      const declared = [...listOf((item as Record<string, unknown>)['parameters']), ...listOf(operation['parameters'])].map((one) => dereferenced(document, one)).filter(isObject)
      return fill({ document, at, path, method, operation, declared }, parameters)
    }
  }
  throw fault('configuration', `${at} has no operation "${operationId}".`)
}

interface Operation {
  readonly document: Readonly<Record<string, unknown>>
  readonly at: string
  readonly path: string
  readonly method: string
  readonly operation: Readonly<Record<string, unknown>>
  readonly declared: readonly Readonly<Record<string, unknown>>[]
}

function fill({ document, at, path, method, operation, declared }: Operation, parameters: Readonly<Record<string, unknown>>): Pick<HttpSending, 'method' | 'url' | 'query' | 'headers' | 'body'> {
  const query: Record<string, string> = {}
  const headers: Record<string, string> = {}
  const form: Record<string, string> = {}
  let filled = path
  let body: Json | undefined
  const used = new Set<string>()
  for (const one of declared) {
    const name = String(one['name'])
    const value = parameters[name]
    used.add(name)
    if (value === undefined) {
      if (one['required'] === true) throw fault('validation', `The parameter "${name}" is missing.`)
      continue
    }
    const text = Array.isArray(value) ? value.map(String).join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value)
    switch (one['in']) {
      case 'path': filled = filled.replaceAll(`{${name}}`, encodeURIComponent(text)); break
      case 'query': query[name] = text; break
      case 'header': headers[name] = text; break
      case 'cookie': headers['cookie'] = `${headers['cookie'] === undefined ? '' : `${headers['cookie']}; `}${name}=${encodeURIComponent(text)}`; break
      case 'formData': form[name] = text; break
      case 'body': body = value as Json; break
      default: break
    }
  }
  if (Object.keys(form).length > 0) {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    body = new URLSearchParams(form).toString()
  }
  if (operation['requestBody'] !== undefined) body = (parameters['body'] ?? Object.fromEntries(Object.entries(parameters).filter(([name]) => !used.has(name)))) as Json
  return { method, url: `${baseOf(document, at)}${filled}`, query, headers, ...(body !== undefined && { body }) }
}

/** Of version 2 from its parts, of version 3 the first server; both relative to where the document was. */
function baseOf(document: Readonly<Record<string, unknown>>, at: string): string {
  if (document['swagger'] !== undefined) {
    const here = new URL(at)
    const schemes = listOf(document['schemes']).map(String)
    const scheme = schemes.includes('https') || schemes.length === 0 ? (schemes.includes('https') ? 'https' : here.protocol.slice(0, -1)) : schemes[0]
    return `${scheme}://${typeof document['host'] === 'string' ? document['host'] : here.host}${typeof document['basePath'] === 'string' ? document['basePath'].replace(/\/$/u, '') : ''}`
  }
  const [server] = listOf(document['servers']).filter(isObject)
  const variables = isObject(server?.['variables']) ? server['variables'] : {}
  const url = (typeof server?.['url'] === 'string' ? server['url'] : '/').replace(/\{([^{}]+)\}/gu, (_, name: string) => {
    const variable = variables[name]
    return isObject(variable) ? String(variable['default'] ?? '') : ''
  })
  return new URL(url, at).href.replace(/\/$/u, '')
}

/** What a reference within the document leads to. */
export function dereferenced(document: Readonly<Record<string, unknown>>, value: unknown): unknown {
  const pointer = isObject(value) ? value['$ref'] : undefined
  if (typeof pointer !== 'string' || !pointer.startsWith('#/')) return value
  return pointer.slice(2).split('/').reduce<unknown>((at, part) => (isObject(at) ? at[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined), document)
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
