// From what a command found out to what its caller sees: text or JSON on stdout, diagnostics on stderr, one exit code.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { Diagnostic, Result } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'
import { styled } from './terminal.ts'
import type { ExitCode, OutputFormat, Terminal, World } from './types.ts'

/** What a command answers. The text is made only where it is shown; without one the command has printed for itself. */
export interface Answer {
  readonly json?: unknown
  readonly text?: () => string
  readonly exit?: ExitCode
}

interface OutputOptions { readonly output?: OutputFormat }

// Findings about the command line itself rather than about what it was pointed at; what has a place in a file is not.
const USAGE: ReadonlySet<string> = new Set([
  'bad-argument', 'bad-parameter', 'file-unreadable', 'folder-unreadable', 'missing-parameter', 'name-reserved', 'no-mesh-here', 'no-policy-cases', 'no-such-domain', 'no-terminal', 'plan-file-broken', 'unknown-parameter', 'which-domain', 'which-user',
])

/** Turns a command's work into what commander calls. The work gets the flags first, then the arguments. */
export function act<Options, Arguments extends readonly unknown[]>(
  world: World,
  work: (options: Options & OutputOptions, ...rest: Arguments) => Promise<Result<Answer>>,
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1) as Command
    const options = saidOf(command) as Options & OutputOptions
    const result = await work(options, ...(received.slice(0, -2) as unknown as Arguments))
    world.terminal.status('')
    report(world.terminal, result.diagnostics)
    if (!result.ok) {
      world.end(result.diagnostics.some((d) => USAGE.has(d.code) && d.place === undefined) ? 2 : 1)
      return
    }
    const { json, text, exit = 0 } = result.value
    if (options.output === 'json' && json !== undefined) world.terminal.out(JSON.stringify(json, null, 2))
    else if (text !== undefined) world.terminal.out(text())
    world.end(exit)
  }
}

/**
 * What was said to a command and to the ones above it. What somebody wrote stands before what nobody did: `erase` prints text
 * unless told, and `erase list -o json` was told.
 */
function saidOf(command: Command): Readonly<Record<string, unknown>> {
  const line: Command[] = []
  for (let one: Command | null = command; one !== null; one = one.parent) line.unshift(one)
  const values = line.flatMap((one) => Object.entries(one.opts()).map(([name, value]) => ({ name, value, isDefault: one.getOptionValueSource(name) === 'default' })))
  return Object.fromEntries([...values.filter(({ isDefault }) => isDefault), ...values.filter(({ isDefault }) => !isDefault)].map(({ name, value }) => [name, value]))
}

/** Says diagnostics, each as a person reads it. */
export function report(terminal: Terminal, diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const [first = '', ...rest] = renderDiagnostic(diagnostic).split('\n')
    terminal.say([styled(terminal, 'bold', first), ...rest].join('\n'))
  }
}

/** Adds `-o json`. */
export const withOutput = (command: Command): Command =>
  command.addOption(new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json']).default('text'))

/** Adds what every command that asks the server takes. */
export const withServer = (command: Command): Command =>
  withOutput(command).option('--as <user>', 'act as a demo user of this machine\'s mesh')
