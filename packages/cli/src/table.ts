// Rows as aligned columns, or as name and value beneath each other. Pure.

import { stripVTControlCharacters } from 'node:util'
import type { Json } from '@tulle/kernel'
import { printable } from './terminal.ts'

export interface TableColumn { readonly title: string; readonly right?: boolean }

/** Text from elsewhere, which is made harmless, or text of our own that may carry colours. */
export type Cell = string | { readonly ours: string }

/** A value of a row as a cell: null is an empty one, and what is no text is JSON. */
export const valueCell = (value: Json | undefined): Cell => (value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value))

/** Aligns rows under their titles. Nothing is cut: a terminal wraps, a pipe wants it whole. */
export function renderTable(columns: readonly TableColumn[], cells: readonly (readonly Cell[])[]): string {
  const rows = cells.map((row) => row.map(shown))
  const widths = columns.map((column, i) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[i] ?? ''))))
  const line = (cells: readonly string[]): string =>
    columns.map((column, i) => pad(cells[i] ?? '', widths[i] ?? 0, column.right === true)).join('  ').trimEnd()
  return [line(columns.map((column) => column.title.toUpperCase())), ...rows.map(line)].join('\n')
}

/** Facts one per line: `name  value`, undefined ones left out. */
export function renderFacts(facts: readonly (readonly [name: string, value: Cell | undefined])[]): string {
  const known = facts.filter((fact): fact is [string, Cell] => fact[1] !== undefined)
  const width = Math.max(0, ...known.map(([name]) => widthOf(name)))
  return known.map(([name, value]) => `${pad(name, width, false)}  ${shown(value)}`).join('\n')
}

const shown = (cell: Cell): string => (typeof cell === 'string' ? printable(cell) : cell.ours)

/** Fills a cell up to a width in terminal columns. */
export function pad(text: string, width: number, right: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? gap + text : text + gap
}

/** How many terminal columns a text takes: wide characters two, marks none, colours none. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += /\p{M}|\u200d/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
