import { expect, it } from 'vitest'
import { lineageOfProgram } from './program-lineage.ts'

const program = { schema: 'p', name: 'out', columns: ['a', 'b'], reads: [{ input: 'x', schema: 'p', name: 'xs' }, { input: 'y', schema: 'source', name: 'ys' }], declared: { a: [{ input: 'x', column: 'n' }] } }
const columnsOf = ({ name }: { readonly name: string }) => (name === 'xs' ? [{ name: 'n' }, { name: 'm' }] : undefined)
const from = (sources: readonly { readonly name: string; readonly column: string }[]): readonly string[] => sources.map(({ name, column }) => `${name}.${column}`)

it('a column of a program comes from where its author says, or else from all that it reads, and that is said', () => {
  const { columns, rows, guesses } = lineageOfProgram(program, columnsOf)
  expect(columns.map(({ name, direct }) => [name, from(direct)])).toEqual([['a', ['xs.n']], ['b', ['xs.n', 'xs.m', 'ys.*']]])
  expect(from(rows)).toEqual(['xs.n', 'xs.m', 'ys.*'])
  expect(guesses).toEqual([
    '"out" is made by a program that does not say where b comes from: taken to be everything that it reads.',
    '"out" is made by a program: which columns decide its rows is not known, so all that it reads are taken to.',
  ])
})
