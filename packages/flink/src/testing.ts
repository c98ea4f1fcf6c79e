// A SQL gateway of Flink small enough to read, for tests: sessions, statements, operations and results by its REST protocol, and jobs
// that are only told of. It can lose a connection after it did what was asked, forget, and answer as no gateway should.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface TestJob { readonly id: string; readonly name: string; status: string; readonly settings: Readonly<Record<string, string>>; readonly statements: readonly string[] }

export interface TestGateway extends AsyncDisposable {
  readonly url: string
  readonly jobs: TestJob[]
  /** Every statement that came, in its order. */
  readonly statements: string[]
  /** Asked before a statement is run: an error of it in Flink's words, or a connection that ends when it was done. */
  before: ((statement: string) => { readonly error: string } | 'vanish' | undefined) | undefined
  /** What is answered to everything, where a test is about that. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** What SHOW JOBS tells of, where it is not all. */
  shown: ((job: TestJob) => boolean) | undefined
}

interface Operation { readonly error?: string; readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[]; asked: number }
interface Session { readonly settings: Readonly<Record<string, string>>; readonly statements: string[]; readonly operations: Map<string, Operation> }

export async function startGateway(): Promise<TestGateway> {
  const sessions = new Map<string, Session>()
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gateway: TestGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs: [], statements: [], before: undefined, answer: undefined, shown: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }

  const run = (session: Session, statement: string): Omit<Operation, 'asked'> => {
    const nothing = { columns: ['result'], rows: [['OK']] }
    session.statements.push(statement)
    if (statement === 'SHOW JOBS') return { columns: ['job id', 'job name', 'status', 'start time'], rows: gateway.jobs.filter((job) => gateway.shown?.(job) ?? true).map(({ id, name, status }, i) => [id, name, status, `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`]) }
    const stop = /^STOP JOB '(?<id>[0-9a-f]{32})'(?<savepoint> WITH SAVEPOINT)?$/u.exec(statement)?.groups
    if (stop !== undefined) {
      const job = gateway.jobs.find(({ id }) => id === stop['id'])
      if (job === undefined) return { ...nothing, error: `org.apache.flink.util.FlinkException: Could not find job ${stop['id']}` }
      job.status = stop['savepoint'] === undefined ? 'CANCELED' : 'FINISHED'
      return stop['savepoint'] === undefined ? nothing : { columns: ['savepoint path'], rows: [[`file:/savepoints/${job.id}`]] }
    }
    if (statement.startsWith('CREATE TEMPORARY TABLE ')) return nothing
    if (!statement.startsWith('INSERT INTO ')) return { ...nothing, error: 'org.apache.flink.table.api.SqlParserException: SQL parse failed.' }
    const id = randomUUID().replaceAll('-', '')
    gateway.jobs.push({ id, name: session.settings['pipeline.name'] ?? 'insert-into', status: 'RUNNING', settings: session.settings, statements: [...session.statements] })
    return { columns: ['job id'], rows: [[id]] }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (gateway.answer !== undefined) return gateway.answer(request, response)
    const tell = (status: number, value: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    const body = request.method === 'POST' ? (JSON.parse(await text(request)) as { readonly properties?: Record<string, string>; readonly statement?: string }) : {}
    const [, version, , handle = '', what, operation = '', part] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    if (version !== 'v2') return tell(404, { errors: ['Not found'] })
    if (request.method === 'POST' && handle === '') {
      const made = randomUUID()
      sessions.set(made, { settings: body.properties ?? {}, statements: [], operations: new Map() })
      return tell(200, { sessionHandle: made })
    }
    const session = sessions.get(handle)
    if (session === undefined) return tell(500, { errors: ['Internal server error.', `<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException: Session '${handle}' does not exist.\n`] })
    if (request.method === 'DELETE') return sessions.delete(handle), tell(200, { status: 'CLOSED' })
    if (what === 'statements') {
      const statement = (body.statement ?? '').replace(/;$/u, '')
      gateway.statements.push(statement)
      const wanted = gateway.before?.(statement)
      const made = randomUUID()
      session.operations.set(made, { ...(typeof wanted === 'object' ? { columns: [], rows: [], error: wanted.error } : run(session, statement)), asked: 0 })
      return wanted === 'vanish' ? void request.socket.destroy() : tell(200, { operationHandle: made })
    }
    const found = session.operations.get(operation)
    if (found === undefined) return tell(404, { errors: ['Not found'] })
    found.asked += 1
    if (part === 'status') return tell(200, { status: found.asked === 1 ? 'RUNNING' : found.error === undefined ? 'FINISHED' : 'ERROR' })
    if (found.error !== undefined) return tell(500, { errors: ['Internal server error.', `<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.\n\tat org.apache.flink.table.gateway.rest.handler\nCaused by: ${found.error}\n\tat java.base/java.lang.Thread.run(Unknown Source)\n\nEnd of exception on server side>`] })
    const isFirst = request.url?.includes('/result/0') === true
    return tell(200, { resultType: isFirst ? 'PAYLOAD' : 'EOS', results: { columns: found.columns.map((name) => ({ name })), rowFormat: 'JSON', data: isFirst ? found.rows.map((fields) => ({ kind: 'INSERT', fields })) : [] }, ...(isFirst && { nextResultUri: `/v2/sessions/${handle}/operations/${operation}/result/1?rowFormat=JSON` }) })
  }
  return gateway
}
