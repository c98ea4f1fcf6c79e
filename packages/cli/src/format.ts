// Counts, times and states as a person reads them. Pure.

import { styled } from './terminal.ts'
import type { Terminal } from './types.ts'

/** 3000000 → `3,000,000`; undefined → `–`. */
export const formatCount = (count: number | undefined): string => (count === undefined ? '–' : count.toLocaleString('en-US'))

/** An instant in the reader's own time zone, to the second; undefined → `–`. */
export function formatInstant(instant: string | undefined): string {
  if (instant === undefined) return '–'
  const date = new Date(instant)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The time between two instants: `0.3 s`, `42 s`, `3 m 05 s`, `2 h 10 m`; unfinished → `–`. */
export function formatDuration(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return '–'
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

const STYLES: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'dim'>> = {
  succeeded: 'green', failed: 'red', refused: 'red', cancelled: 'yellow', skipped: 'dim', pending: 'dim', queued: 'dim',
}

const GLYPHS: Readonly<Record<string, string>> = {
  succeeded: '✔', failed: '✖', refused: '✖', cancelled: '■', skipped: '↷', running: '▶', pending: '·', queued: '·',
}

/** A state with its glyph and colour, for runs, steps and stages alike. */
export function formatStatus(terminal: Terminal, status: string): string {
  const style = STYLES[status]
  const text = `${GLYPHS[status] ?? '·'} ${status}`
  return style === undefined ? text : styled(terminal, style, text)
}
