// The tree of commands as a page of the documentation, so that the page says what the commands do and nothing else.

import type { Command } from 'commander'

/** The reference of all commands, in Markdown, in the order of `tulle --help`. */
export function referencePage(program: Command): string {
  return [
    '# The command line',
    '',
    '<!-- Printed from the commands. Change them, then: npx vitest run packages/cli -u -->',
    '',
    'Results go to standard output, everything said about them to standard error. The exit code is 0 when it is done, 1 when a',
    'check failed or somebody refused, 2 when the command itself was wrong, 130 after Ctrl-C.',
    ...program.commands.flatMap((command) => describe(command, program.name())),
    '',
  ].join('\n')
}

function describe(command: Command, before: string): readonly string[] {
  const name = `${before} ${command.name()}`
  if (command.commands.length > 0) return command.commands.flatMap((child) => describe(child, name))
  const described = command.registeredArguments.map((argument) => [argument.required ? `<${argument.name()}>` : `[${argument.name()}]`, argument.description] as const)
  const flags = command.options.map((option) => [option.flags, [option.description, ...(option.argChoices === undefined ? [] : [`(${option.argChoices.join(', ')})`])].join(' ')] as const)
  const rows = [...described.filter(([, description]) => description !== ''), ...flags]
  return [
    '',
    `## \`${[name, ...described.map(([argument]) => argument)].join(' ')}\``,
    '',
    `${capitalised(command.description())}.`,
    ...(rows.length === 0 ? [] : ['', '| | |', '|---|---|', ...rows.map(([what, description]) => `| \`${what}\` | ${description.replaceAll('|', '\\|')} |`)]),
  ]
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
