// How editors look, and where findings stand in them.

import { HighlightStyle } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** A finding with its place in the statement, if it has one. */
export interface Finding { readonly message: string; readonly severity?: 'error' | 'warning' | 'info'; readonly place?: { readonly line: number; readonly column: number; readonly length?: number | undefined } | undefined }

export const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'light-dark(#5f3dc4, #b197fc)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'light-dark(#1b6b3a, #8ce99a)' },
  { tag: tags.number, color: 'light-dark(#9c3d06, #ffc078)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'light-dark(#5b6069, #9095a1)', fontStyle: 'italic' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'light-dark(#12549b, #74c0fc)' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'light-dark(#12549b, #74c0fc)' },
])

export const LOOKS = EditorView.theme({
  '&': { fontSize: '0.875rem', backgroundColor: 'transparent', maxHeight: '40vh' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6', overflow: 'auto', minHeight: '150px' },
  '.cm-content': { padding: '12px 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--mantine-color-dimmed)' },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '.cm-tooltip': { backgroundColor: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)', borderRadius: '8px', overflow: 'hidden', color: 'var(--mantine-color-text)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--mantine-primary-color-filled)', color: '#fff' },
  '.cm-tooltip-autocomplete ul li': { padding: '3px 8px' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.75' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--mantine-color-red-6)', padding: '6px 10px' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--mantine-color-orange-6)', padding: '6px 10px' },
  '.cm-selectionBackground': { backgroundColor: 'light-dark(#dcd7f7, #423b75) !important' },
})

/** Where a finding is; at the end of the statement where its place is outside of it. */
export function placed(state: EditorState, { message, place, severity = 'error' }: Finding) {
  if (place === undefined) return []
  const line = state.doc.line(Math.min(Math.max(1, place.line), state.doc.lines))
  const from = Math.min(line.from + Math.max(0, place.column - 1), line.to)
  const word = /^[\w$"]+/u.exec(line.text.slice(from - line.from))?.[0].length ?? 1
  return [{ from: Math.min(from, line.to), to: Math.min(from + Math.max(1, place.length ?? word), line.to), severity, message }]
}
