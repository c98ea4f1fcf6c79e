// Answers questions to the catalogue: gate, the asker's sight of the mesh as empty tables, and the answer of a real
// PostgreSQL on them. So every client's catalogue query is right by construction.

import type { Audit } from '@tulle/audit'
import type { Clock, Result } from '@tulle/kernel'
import type { Connection } from '@tulle/store'
import { ok } from '@tulle/kernel'
import type { Authorizer } from '../authorize.ts'
import type { Asker, StatementText, Who } from '../types.ts'
import type { Introspection, Rows, Statement } from '../pg-wire/types.ts'
import type { Profile } from './profile.ts'
import { createShadowDatabases } from './databases.ts'
import { catalogueQuestion } from './gate.ts'
import { profileOf } from './profile.ts'

export interface IntrospectionOptions {
  readonly authorizer: Authorizer
  readonly audit: Audit
  readonly clock: Clock
  /** Where the shadow cluster lives. */
  readonly folder: string
  /** A cluster to use instead (`CATALOG_DATABASE_URL`), by a superuser; it must hold nothing else. */
  readonly external?: Connection
  readonly database: string
  /** The cluster is stopped when nobody asked for so long; 0 is never. */
  readonly idleMilliseconds?: number
  readonly onBug?: (error: unknown) => void
}

export interface RunningIntrospection extends Introspection {
  close(): Promise<void>
}

export function createIntrospection(options: IntrospectionOptions): RunningIntrospection {
  const { authorizer, audit, clock } = options
  const databases = createShadowDatabases({
    folder: options.folder, database: options.database, mostDatabases: 30, idleMilliseconds: options.idleMilliseconds ?? 60_000, onBug: options.onBug ?? (() => {}),
    ...(options.external !== undefined && { external: options.external }),
  })
  const sightOf = async (asker: Asker): Promise<Profile> => profileOf(await authorizer.visible(asker))

  const statementOf = async (who: Who, statement: StatementText, question: string, declared: readonly number[]): Promise<Result<Statement>> => {
    const asked = await who()
    if (!asked.ok) return asked
    const sight = await sightOf(asked.value)
    const described = await databases.withBackend(sight, asked.value.subject.name, (backend) => backend.describe(question, declared))
    if (!described.ok) return described
    const { parameterTypes, fields } = described.value
    return ok({
      text: statement.text,
      parameterTypes,
      fields,
      endsTransaction: false,
      async run(binding) {
        const since = clock.now()
        const now = await who()
        if (!now.ok) return now
        const ran = await databases.withBackend(await sightOf(now.value), now.value.subject.name, (backend) => backend.run(question, parameterTypes, binding))
        const recorded = await audit.record({
          time: new Date(since).toISOString(), port: 'catalogue', subject: now.value.subject.name, ...(now.value.token !== undefined && { token: now.value.token }), purpose: now.value.purpose ?? null, decision: 'allow', reads: [],
          rows: ran.ok ? ran.value.rows.length : 0, milliseconds: Math.round(clock.now() - since), outcome: ran.ok ? 'ok' : (ran.diagnostics[0]?.code ?? 'unknown'), reasons: [],
        })
        if (!recorded.ok) return recorded
        return ran.ok ? ok({ kind: 'rows', verb: 'SELECT', rows: heldRows(ran.value.rows) }) : ran
      },
    })
  }

  return {
    async understand(who, statement, parameterTypes) {
      const question = await catalogueQuestion(statement)
      if (!question.ok || question.value === undefined) return question as Result<undefined>
      return statementOf(who, statement, question.value, parameterTypes)
    },
    close: () => databases.close(),
  }
}

function heldRows(all: readonly Buffer[]): Rows {
  let at = 0
  return {
    async fetch(maxRows) {
      const taken = all.slice(at, at + maxRows)
      at += taken.length
      return ok({ bytes: Buffer.concat(taken), rows: taken.length, done: at >= all.length })
    },
    close: async () => {
      at = all.length
    },
  }
}
