/* oxlint-disable unicorn/no-thenable -- "then" is a word of the language and of JSON Schema */
// The shape of every part of a workflow document, as JSON Schemas: version 1.0 of the DSL. Tasks inside of tasks are not
// followed here (a list of tasks is any list), because each is judged by the schema of its own kind, which is known by its
// member: so a finding names what is wrong with that task, and not that it is none of twelve.

import type { TaskKind } from './types.ts'

export type Schema = { readonly [keyword: string]: unknown }

const text: Schema = { type: 'string' }
const anything: Schema = {}
const integer: Schema = { type: 'integer' }
const freeObject: Schema = { type: 'object' }
const texts: Schema = { type: 'array', items: text }
const ref = (name: string): Schema => ({ $ref: `/workflow#/$defs/${name}` })
const map = (of: Schema): Schema => ({ type: 'object', additionalProperties: of })
const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = [], rest: Schema = {}): Schema => ({ type: 'object', properties, required, additionalProperties: false, ...rest })
const open = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = [], rest: Schema = {}): Schema => ({ type: 'object', properties, required, ...rest })
/** `title` is what a finding calls the whole. */
const oneOf = (title: string, ...choices: readonly Schema[]): Schema => ({ title, oneOf: choices })
const anyOf = (title: string, ...choices: readonly Schema[]): Schema => ({ title, anyOf: choices })
const exactlyOne = (title: string, ...names: readonly string[]): Schema => ({ title, oneOf: names.map((name) => ({ required: [name] })) })

const VERSION = '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$'
const NAME = '^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$'
const ISO_DURATION = '^P(?!$)(\\d+(?:\\.\\d+)?Y)?(\\d+(?:\\.\\d+)?M)?(\\d+(?:\\.\\d+)?W)?(\\d+(?:\\.\\d+)?D)?(T(?=\\d)(\\d+(?:\\.\\d+)?H)?(\\d+(?:\\.\\d+)?M)?(\\d+(?:\\.\\d+)?S)?)?$'
const ABSOLUTE = '^[A-Za-z][A-Za-z0-9+\\-.]*://.*'
const GRANTS = ['authorization_code', 'client_credentials', 'password', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange']
const PROTOCOLS = ['amqp', 'amqp1', 'anypointmq', 'googlepubsub', 'http', 'ibmmq', 'jms', 'kafka', 'mercure', 'mqtt', 'mqtt5', 'nats', 'pulsar', 'redis', 'sns', 'solace', 'sqs', 'stomp', 'ws']
const A2A_METHODS = ['message/send', 'message/stream', 'tasks/get', 'tasks/list', 'tasks/cancel', 'tasks/resubscribe', 'tasks/pushNotificationConfig/set', 'tasks/pushNotificationConfig/get', 'tasks/pushNotificationConfig/list', 'tasks/pushNotificationConfig/delete', 'agent/getAuthenticatedExtendedCard']
const MCP_METHODS = ['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'resources/list', 'resources/read', 'resources/templates/list']

const bySecret = closed({ use: { type: 'string', minLength: 1 } }, ['use'])
const credentials = oneOf('credentials (username and password, or use)', closed({ username: text, password: text }, ['username', 'password']), bySecret)
const token = closed({ token: text, type: text }, ['token', 'type'])
const oauth2: Readonly<Record<string, Schema>> = {
  authority: ref('uri'),
  grant: { enum: GRANTS },
  client: closed({ id: text, secret: text, assertion: text, authentication: { enum: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'] } }),
  request: open({ encoding: { enum: ['application/x-www-form-urlencoded', 'application/json'] } }),
  issuers: texts,
  scopes: texts,
  audiences: texts,
  username: text,
  password: text,
  subject: token,
  actor: token,
}
const endpoints = open({ token: text, revocation: text, introspection: text })
const schemes: Readonly<Record<string, Schema>> = {
  basic: credentials,
  bearer: oneOf('a bearer token (token, or use)', closed({ token: text }, ['token']), bySecret),
  digest: credentials,
  oauth2: oneOf('an OAuth2 client', closed({ ...oauth2, endpoints }), bySecret),
  oidc: oneOf('an OpenID Connect client', closed(oauth2), bySecret),
}
const schemeNames = ['basic', 'bearer', 'digest', 'oauth2', 'oidc']

const process: Readonly<Record<string, Schema>> = { stdin: text, arguments: texts, environment: freeObject }
const output: Schema = { enum: ['raw', 'content', 'response'] }

/** What the schemas below refer to. */
export const PARTS: Readonly<Record<string, Schema>> = {
  taskList: { type: 'array', title: 'a list of tasks' },
  expression: { type: 'string', title: 'a runtime expression, ${ … }', pattern: '^\\s*\\$\\{.+\\}\\s*$' },
  uri: { type: 'string', title: 'a URI, as https://host/path', pattern: ABSOLUTE },
  duration: oneOf(
    'a duration, as PT15M or {minutes: 15}',
    closed({ days: integer, hours: integer, minutes: integer, seconds: integer, milliseconds: integer }, [], { minProperties: 1 }),
    ref('expression'),
    { type: 'string', pattern: ISO_DURATION },
  ),
  timeout: closed({ after: ref('duration') }, ['after']),
  timeoutOrName: oneOf('a timeout, or the name of one', ref('timeout'), text),
  endpoint: oneOf(
    'an endpoint, as https://host/path or {uri: …}',
    ref('expression'),
    ref('uri'),
    closed({ uri: oneOf('a URI or an expression', ref('uri'), ref('expression')), authentication: ref('anyAuthentication') }, ['uri']),
  ),
  authentication: { ...open(schemes), ...exactlyOne(`one authentication of ${schemeNames.join(', ')}`, ...schemeNames) },
  anyAuthentication: { ...closed({ ...schemes, use: { type: 'string', minLength: 1 } }), ...exactlyOne(`one authentication of ${schemeNames.join(', ')}, or use`, 'use', ...schemeNames) },
  externalResource: closed({ name: text, endpoint: ref('endpoint') }, ['endpoint']),
  schema: { ...closed({ format: text, document: anything, resource: ref('externalResource') }), ...exactlyOne('a schema with either document or resource', 'document', 'resource') },
  input: closed({ schema: ref('schema'), from: oneOf('an expression or an object', text, freeObject) }),
  output: closed({ schema: ref('schema'), as: oneOf('an expression or an object', text, freeObject) }),
  error: closed({
    type: oneOf('a URI or an expression', ref('uri'), ref('expression')),
    status: integer,
    instance: oneOf('a JSON pointer or an expression', { type: 'string', pattern: '^(/.*)?$' }, ref('expression')),
    title: text,
    detail: text,
  }, ['type', 'status']),
  errorFilter: open({ type: text, status: integer, instance: text, title: text, details: text }, [], { minProperties: 1 }),
  retry: closed({
    when: text,
    exceptWhen: text,
    delay: ref('duration'),
    backoff: { ...closed({ constant: freeObject, exponential: freeObject, linear: freeObject }), ...exactlyOne('one backoff of constant, exponential, linear', 'constant', 'exponential', 'linear') },
    limit: closed({ attempt: closed({ count: integer, duration: ref('duration') }), duration: ref('duration') }),
    jitter: closed({ from: ref('duration'), to: ref('duration') }, ['from', 'to']),
  }),
  eventProperties: open({
    id: text,
    source: oneOf('a URI or an expression', ref('uri'), ref('expression')),
    type: text,
    time: text,
    subject: text,
    datacontenttype: text,
    dataschema: oneOf('a URI or an expression', ref('uri'), ref('expression')),
  }),
  eventFilter: closed({
    with: { ...ref('eventProperties'), minProperties: 1 },
    correlate: map(open({ from: text, expect: text }, ['from'])),
  }, ['with']),
  eventStrategy: {
    ...closed({ one: ref('eventFilter'), any: { type: 'array', items: ref('eventFilter') }, all: { type: 'array', items: ref('eventFilter') }, until: anyOf('a condition or events', text, ref('eventStrategy')) }),
    ...exactlyOne('events of one, any or all', 'one', 'any', 'all'),
    dependentRequired: { until: ['any'] },
  },
  eventIterator: closed({ item: text, at: text, do: ref('taskList'), output: ref('output'), export: ref('output') }),
  extension: closed({
    extend: { enum: ['call', 'composite', 'emit', 'for', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait', 'all'] },
    when: text, before: ref('taskList'), after: ref('taskList'),
  }, ['extend']),
  catalog: closed({ endpoint: ref('endpoint') }, ['endpoint']),
}

/** Of a document, but for its tasks. */
export const DOCUMENT: Schema = open({
  document: closed({
    dsl: { type: 'string', title: 'a version, as 1.0.3', pattern: VERSION },
    namespace: { type: 'string', title: 'a name of letters, digits and hyphens', pattern: NAME },
    name: { type: 'string', title: 'a name of letters, digits and hyphens', pattern: NAME },
    version: { type: 'string', title: 'a version, as 1.0.3', pattern: VERSION },
    title: text, summary: text, tags: freeObject, metadata: freeObject,
  }, ['dsl', 'namespace', 'name', 'version']),
  input: ref('input'),
  use: closed({
    authentications: map(ref('authentication')),
    errors: map(ref('error')),
    extensions: { type: 'array', items: { ...map(ref('extension')), minProperties: 1, maxProperties: 1 } },
    functions: map({ type: 'object', title: 'a task' }),
    retries: map(ref('retry')),
    secrets: texts,
    timeouts: map(ref('timeout')),
    catalogs: map(ref('catalog')),
  }),
  do: ref('taskList'),
  timeout: ref('timeoutOrName'),
  output: ref('output'),
  schedule: closed({ every: ref('duration'), cron: text, after: ref('duration'), on: ref('eventStrategy') }),
}, ['document', 'do'])

const base: Readonly<Record<string, Schema>> = {
  if: text, input: ref('input'), output: ref('output'), export: ref('output'), timeout: ref('timeoutOrName'), then: text, metadata: freeObject,
}
const task = (properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => closed({ ...base, ...properties }, required)
const call = (protocol: string, arguments_: Schema): Schema => task({ call: { const: protocol }, with: arguments_ }, ['call', 'with'])
const textsOrExpression = oneOf('names with texts, or an expression', map(text), ref('expression'))

/** Of calls by their protocol; other names are functions. */
export const CALLS: Readonly<Record<string, Schema>> = {
  http: call('http', closed({ method: text, endpoint: ref('endpoint'), headers: textsOrExpression, body: anything, query: textsOrExpression, output, redirect: { type: 'boolean' } }, ['method', 'endpoint'])),
  openapi: call('openapi', closed({ document: ref('externalResource'), operationId: text, parameters: freeObject, authentication: ref('anyAuthentication'), output, redirect: { type: 'boolean' } }, ['document', 'operationId'])),
  grpc: call('grpc', closed({
    proto: ref('externalResource'),
    service: closed({ name: text, host: { type: 'string', title: 'a host name', pattern: '^[a-zA-Z0-9](?:[a-zA-Z0-9-.]{0,61}[a-zA-Z0-9])?$' }, port: { type: 'integer', minimum: 0, maximum: 65_535 }, authentication: ref('anyAuthentication') }, ['name', 'host']),
    method: text,
    arguments: freeObject,
  }, ['proto', 'service', 'method'])),
  asyncapi: call('asyncapi', {
    ...closed({
      document: ref('externalResource'), channel: text, operation: text,
      server: closed({ name: text, variables: freeObject }, ['name']),
      protocol: { enum: PROTOCOLS },
      message: closed({ payload: freeObject, headers: freeObject }),
      subscription: closed({
        filter: ref('expression'),
        consume: { ...closed({ for: ref('duration'), amount: integer, while: ref('expression'), until: ref('expression') }), ...exactlyOne('one of amount, while, until', 'amount', 'while', 'until') },
        foreach: ref('eventIterator'),
      }, ['consume']),
      authentication: ref('anyAuthentication'),
    }),
    title: 'a document with either operation or channel, and either message or subscription',
    oneOf: [['operation', 'message'], ['operation', 'subscription'], ['channel', 'message'], ['channel', 'subscription']].map((pair) => ({ required: ['document', ...pair] })),
  }),
  a2a: call('a2a', closed({ agentCard: ref('externalResource'), server: ref('endpoint'), method: { enum: A2A_METHODS }, parameters: oneOf('parameters or an expression', { type: 'object', minProperties: 1 }, text) }, ['method'])),
  mcp: call('mcp', open({
    protocolVersion: text,
    method: { enum: MCP_METHODS },
    parameters: oneOf('parameters or an expression', freeObject, text),
    timeout: ref('duration'),
    transport: {
      ...open({
        http: open({ endpoint: ref('endpoint'), headers: map(text) }, ['endpoint']),
        stdio: open({ command: text, arguments: texts, environment: map(text) }, ['command']),
        options: map(text),
      }),
      ...exactlyOne('one transport of http, stdio', 'http', 'stdio'),
    },
    client: open({ name: text, version: text }, ['name', 'version']),
  }, ['method', 'transport'])),
}
export const FUNCTION_CALL: Schema = task({ call: text, with: freeObject }, ['call'])

/** Of the other kinds of tasks. */
export const TASKS: Readonly<Record<Exclude<TaskKind, 'call'>, Schema>> = {
  do: task({ do: ref('taskList') }, ['do']),
  fork: task({ fork: closed({ branches: ref('taskList'), compete: { type: 'boolean' } }, ['branches']) }, ['fork']),
  emit: task({ emit: closed({ event: open({ with: { ...ref('eventProperties'), required: ['source', 'type'] } }) }, ['event']) }, ['emit']),
  for: task({ for: closed({ each: text, in: text, at: text }, ['in']), while: text, do: ref('taskList') }, ['for', 'do']),
  listen: task({ listen: closed({ to: ref('eventStrategy'), read: { enum: ['data', 'envelope', 'raw'] } }, ['to']), foreach: ref('eventIterator') }, ['listen']),
  raise: task({ raise: closed({ error: oneOf('an error, or the name of one', ref('error'), text) }, ['error']) }, ['raise']),
  run: task({
    run: {
      ...closed({
        await: { type: 'boolean' },
        return: { enum: ['stdout', 'stderr', 'code', 'all', 'none'] },
        container: closed({
          image: text, name: text, command: text, ports: freeObject, volumes: freeObject, ...process, environment: freeObject,
          lifetime: { ...closed({ cleanup: { enum: ['always', 'never', 'eventually'] }, after: ref('duration') }, ['cleanup']), title: 'a lifetime that has after where, and only where, cleanup is eventually', if: { properties: { cleanup: { const: 'eventually' } } }, then: { required: ['after'] }, else: { not: { required: ['after'] } } },
          pullPolicy: { enum: ['ifNotPresent', 'always', 'never'] },
        }, ['image']),
        script: { ...closed({ language: text, code: text, source: ref('externalResource'), ...process }, ['language']), ...exactlyOne('a script with either code or source', 'code', 'source') },
        shell: closed({ command: text, ...process }, ['command']),
        workflow: closed({ namespace: text, name: text, version: text, input: freeObject }, ['namespace', 'name', 'version']),
      }),
      ...exactlyOne('one of container, script, shell, workflow', 'container', 'script', 'shell', 'workflow'),
    },
  }, ['run']),
  set: task({ set: oneOf('values or an expression', { type: 'object', minProperties: 1 }, text) }, ['set']),
  switch: task({ switch: { type: 'array', minItems: 1, items: { ...map(closed({ when: text, then: text }, ['then'])), minProperties: 1, maxProperties: 1 } } }, ['switch']),
  try: task({
    try: ref('taskList'),
    catch: closed({ errors: open({ with: ref('errorFilter') }), as: text, when: text, exceptWhen: text, retry: oneOf('a retry policy, or the name of one', ref('retry'), text), do: ref('taskList') }),
  }, ['try', 'catch']),
  wait: task({ wait: ref('duration') }, ['wait']),
}
