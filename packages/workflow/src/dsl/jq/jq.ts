/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows */
// Evaluates jq expressions away from this thread, within limits. What waits for one expression is asked together, since
// jq spends its time on reading its own library anew each time.

import { Worker } from 'node:worker_threads'
import type { Json } from '@tulle/kernel'
import type { WorkflowLimits } from '../limits.ts'
import { LIMITS } from '../limits.ts'
import type { Answered, Asked } from './jq-worker.ts'
import type { Question } from './program.ts'
import { checkingProgram, FELL, programOf, reasonOf, variablesIn } from './program.ts'
import type { SimpleExpression } from './simple-expression.ts'
import { readSimple } from './simple-expression.ts'

export type JqOutcome = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string }

export interface JqQuestion {
  readonly expression: string
  readonly input: Json
  readonly variables: Readonly<Record<string, Json | undefined>>
  /** Of the run, in milliseconds: what `now` says. */
  readonly now: number
}

export interface Jq {
  /** No value is null, one is itself, several are a list. */
  evaluate(question: JqQuestion): Promise<JqOutcome>
  /** For each expression why it cannot be compiled, or undefined. */
  check(expressions: readonly { readonly expression: string; readonly variables: readonly string[] }[]): Promise<readonly (string | undefined)[]>
  close(): Promise<void>
}

interface Waiting { readonly line: string; readonly resolve: (outcome: JqOutcome) => void }
interface Batch { readonly program: string; readonly waiting: Waiting[] }
type JqLimits = Pick<WorkflowLimits, 'expressionMilliseconds' | 'expressionOutputBytes' | 'expressionCharacters'>

const MOST_IN_BATCH = 200
const KEPT_EXPRESSIONS = 5_000

export function openJq(limits: JqLimits = LIMITS): Jq {
  const threads = thread(limits.expressionMilliseconds)
  const simple = new Map<string, SimpleExpression | null>()
  const queued = new Map<string, Batch>()
  let isWorking = false

  const simpleOf = (expression: string): SimpleExpression | null => {
    const known = simple.get(expression)
    if (known !== undefined) return known
    if (simple.size >= KEPT_EXPRESSIONS) simple.clear()
    const read = readSimple(expression) ?? null
    simple.set(expression, read)
    return read
  }

  const work = async (): Promise<void> => {
    isWorking = true
    for (let [next] = queued.values(); next !== undefined; [next] = queued.values()) {
      const { program } = next
      const part = next.waiting.splice(0, MOST_IN_BATCH)
      if (next.waiting.length === 0) queued.delete(program)
      await answer(program, part)
    }
    isWorking = false
  }

  const answer = async (program: string, part: readonly Waiting[]): Promise<void> => {
    const answered = await threads.ask(program, part.map((one) => one.line).join('\n'))
    const lines = answered === undefined ? [] : answered.stdout.split('\n').filter((line) => line !== '')
    if (answered !== undefined && answered.exitCode === 0 && lines.length === part.length) {
      for (const [i, one] of part.entries()) one.resolve(outcomeOf(lines[i] as string, limits))
      return
    }
    // One of them spoils it for the others: each is asked alone.
    if (part.length > 1) {
      for (const one of part) await answer(program, [one])
      return
    }
    part[0]?.resolve({ ok: false, why: answered?.exitCode === 0 ? 'it is more than one expression' : whyNot(answered, limits) })
  }

  return {
    async evaluate({ expression, input, variables, now }) {
      if (expression.length > limits.expressionCharacters) return { ok: false, why: `it has more than ${limits.expressionCharacters} characters (limit "expressionCharacters")` }
      const quick = simpleOf(expression)?.({ input, variables })
      if (quick !== undefined) return { ok: true, value: quick }
      const names = variablesIn(expression).filter((name) => variables[name] !== undefined)
      const program = programOf(expression, names)
      const question: Question = { d: input, v: Object.fromEntries(names.map((name) => [name, variables[name]])), n: now / 1_000 }
      return new Promise((resolve) => {
        const batch = queued.get(program) ?? { program, waiting: [] }
        queued.set(program, batch)
        batch.waiting.push({ line: JSON.stringify(question), resolve })
        if (!isWorking) void work()
      })
    },
    async check(expressions) {
      const hard = expressions.map((one) => (one.expression.length > limits.expressionCharacters ? undefined : one)).filter((one) => one !== undefined)
      const all = hard.length === 0 ? undefined : await threads.ask(checkingProgram(hard), '')
      const areAllFine = hard.length === expressions.length && (all === undefined ? hard.length === 0 : all.exitCode === 0)
      const reasons: (string | undefined)[] = []
      for (const one of expressions) {
        if (areAllFine) reasons.push(undefined)
        else if (one.expression.length > limits.expressionCharacters) reasons.push(`it has more than ${limits.expressionCharacters} characters (limit "expressionCharacters")`)
        else {
          const answered = await threads.ask(checkingProgram([one]), '')
          reasons.push(answered?.exitCode === 0 ? undefined : whyNot(answered, limits))
        }
      }
      return reasons
    },
    close: () => threads.close(),
  }
}

/** Why an expression has no answer. WebAssembly ends with words of its own where its memory does. */
function whyNot(answered: Answered | undefined, { expressionMilliseconds }: JqLimits): string {
  if (answered === undefined) return `it took longer than ${expressionMilliseconds} ms (limit "expressionMilliseconds")`
  return answered.exitCode === FELL && /abort|memory/iu.test(answered.stderr) ? 'it needs more memory than it may have (limit "expressionMemory")' : reasonOf(answered.stderr)
}

function outcomeOf(line: string, { expressionOutputBytes }: JqLimits): JqOutcome {
  if (line.length > expressionOutputBytes) return { ok: false, why: `its result has more than ${expressionOutputBytes} bytes (limit "expressionOutputBytes")` }
  const values = JSON.parse(line) as Json[] | { readonly e: Json }
  if (!Array.isArray(values)) return { ok: false, why: (typeof values.e === 'string' ? values.e : JSON.stringify(values.e)).slice(0, 500) }
  return { ok: true, value: values.length === 0 ? null : values.length === 1 ? (values[0] as Json) : values }
}

/** One thread at a time, made when it is first needed, ended when it is late. */
function thread(milliseconds: number): { ask(program: string, lines: string): Promise<Answered | undefined>; close(): Promise<void> } {
  let worker: Promise<Worker> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let ids = 0

  const make = (): Promise<Worker> => new Promise((resolve, reject) => {
    const made = new Worker(new URL('jq-worker.ts', import.meta.url), { execArgv: ['--no-warnings'], env: {}, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 256 } })
    made.unref()
    made.once('message', () => resolve(made))
    made.once('error', reject)
  })
  const askNow = async (program: string, lines: string): Promise<Answered | undefined> => {
    worker ??= make()
    const mine = await worker
    ids += 1
    const asked: Asked = { id: ids, program, lines }
    mine.ref()
    const answered = await new Promise<Answered | undefined>((resolve) => {
      const done = (value: Answered | undefined): void => {
        clearTimeout(late)
        mine.off('message', hear)
        mine.off('error', fall)
        resolve(value)
      }
      const hear = (message: Answered): void => {
        if (message.id === asked.id) done(message)
      }
      const fall = (): void => done(undefined)
      const late = setTimeout(() => done(undefined), milliseconds)
      mine.on('message', hear)
      mine.on('error', fall)
      mine.postMessage(asked)
    })
    if (answered === undefined || answered.exitCode === FELL) {
      worker = undefined
      await mine.terminate()
    } else mine.unref()
    return answered
  }
  return {
    ask(program, lines) {
      const mine = last.then(() => askNow(program, lines))
      last = mine.catch(() => undefined)
      return mine
    },
    async close() {
      await last
      const made = worker
      worker = undefined
      if (made !== undefined) await (await made).terminate()
    },
  }
}
