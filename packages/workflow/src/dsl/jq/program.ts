// A jq expression as a program that answers many questions at once: one line of input each, one line of output each.

/** The exit code where jq itself fell, and not the program: it takes no other question. */
export const FELL = 70

/** The names that the language of workflows gives to expressions. */
export const LANGUAGE_VARIABLES: readonly string[] = ['context', 'input', 'output', 'secrets', 'authorization', 'task', 'workflow', 'runtime']

/** A question: `d` is the input, `v` the variables, `n` the moment in seconds. */
export interface Question { readonly d: unknown; readonly v: Readonly<Record<string, unknown>>; readonly n: number }

// What would see other runs' input, this process, or another moment than the run's own.
const PRELUDE = [
  'def input: error("input is not there in a workflow"); def inputs: empty; def debug: .; def debug(m): .; def stderr: .;',
  'def input_line_number: 0; def input_filename: null; def env: {}; def halt: error("halt is not there in a workflow");',
  'def halt_error: error("halt_error is not there in a workflow"); def halt_error(c): error("halt_error is not there in a workflow");',
  'def get_search_list: []; def modulemeta: error("modulemeta is not there in a workflow"); def builtins: [];',
].join(' ')

const bind = (variables: readonly string[]): string => variables.map((name) => `$__q.v[${JSON.stringify(name)}] as $${name} | `).join('')

/** One line per question: `[values…]`, or `{"e": error}`. */
export const programOf = (expression: string, variables: readonly string[]): string =>
  `${PRELUDE} . as $__q | {} as $ENV | ${bind(variables)}def now: $__q.n; $__q.d | try [(${expression}\n)] catch {e: .}`

/** Compiles all of them and runs none. */
export const checkingProgram = (expressions: readonly { readonly expression: string; readonly variables: readonly string[] }[]): string =>
  `${PRELUDE} . as $__q | {} as $ENV | ${expressions.map(({ expression, variables }) => `(if . == 0 then (${bind(variables)}def now: 0; (${expression}\n)) else empty end)`).join(', ')}`

/** The variables that an expression may read: those whose name stands in it. */
export const variablesIn = (expression: string): readonly string[] => [...new Set([...expression.matchAll(/\$([A-Za-z_]\w*)/gu)].map((match) => match[1] as string))].filter((name) => name !== 'ENV' && !name.startsWith('__'))

/** jq's own words without its own line of trouble. */
export function reasonOf(stderr: string): string {
  const first = stderr.split('\n').find((line) => line.startsWith('jq: error')) ?? stderr.split('\n', 1)[0] ?? ''
  return first.replace(/^jq: error(?: \(at [^)]*\))?:\s*/u, '').replace(/ at <top-level>.*$/u, '').replace(/[.:]$/u, '').slice(0, 300) || 'jq refused it'
}
