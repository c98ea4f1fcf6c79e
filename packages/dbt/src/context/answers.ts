// What templates ask the warehouse while they render. Rendering waits for nothing: a question without an answer ends it,
// the answer is fetched, and the template renders anew. Questions only read, so asking again gives the same.

import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { messages } from '../messages.ts'

export interface ColumnFacts { readonly name: string; readonly type: string }
export interface RelationFacts { readonly schema: string; readonly name: string; readonly kind: 'table' | 'view'; readonly columns: readonly ColumnFacts[] }
export interface Rows { readonly columns: readonly ColumnFacts[]; readonly rows: readonly (readonly unknown[])[] }

export type Question =
  | { readonly kind: 'query'; readonly sql: string }
  | { readonly kind: 'relation'; readonly schema: string; readonly name: string }
  | { readonly kind: 'relations'; readonly schema: string }

export interface Oracle {
  query(sql: string): Promise<Result<Rows>>
  relation(schema: string, name: string): Promise<RelationFacts | undefined>
  relations(schema: string): Promise<readonly RelationFacts[]>
}

/** Ends a rendering until its question is answered. */
export class Unanswered extends Error {
  readonly question: Question
  constructor(question: Question) {
    super('a question to the warehouse')
    this.question = question
  }
}

const MOST_QUESTIONS = 500

/** The answers that one rendering has got so far. */
export class Answers {
  readonly #known = new Map<string, unknown>()

  get(question: Question): unknown {
    const key = JSON.stringify(question)
    if (!this.#known.has(key)) throw new Unanswered(question)
    return this.#known.get(key)
  }
  set(question: Question, answer: unknown): void {
    this.#known.set(JSON.stringify(question), answer)
  }
  get size(): number {
    return this.#known.size
  }
}

/** Renders until nothing is left to ask. `render` throws `Unanswered` where it needs to know more. */
export async function renderWithAnswers<T>(oracle: Oracle, render: (answers: Answers) => Result<T>): Promise<Result<T>> {
  const answers = new Answers()
  for (;;) {
    try {
      return render(answers)
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      if (answers.size >= MOST_QUESTIONS) return fail(messages['dbt-template-limit']({ limit: 'questions to the warehouse', most: MOST_QUESTIONS }))
      const { question } = error
      if (question.kind === 'query') {
        const rows = await oracle.query(question.sql)
        if (!rows.ok) return rows
        answers.set(question, rows.value)
      } else if (question.kind === 'relation') answers.set(question, (await oracle.relation(question.schema, question.name)) ?? null)
      else answers.set(question, await oracle.relations(question.schema))
    }
  }
}
