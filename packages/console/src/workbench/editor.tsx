// The SQL editor: completes what the viewer may read, marks the place of an error, runs by Ctrl-Enter. Tab leaves it, as it leaves any field.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import type { Completion } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { quoteName } from './quote-name.ts'
import type { ReadableTable } from '@tulle/api'
import { useEffect, useImperativeHandle, useRef } from 'react'
import type { Ref } from 'react'

export interface EditorHandle {
  insert(text: string): void
  /** In place of the whole statement. */
  replace(text: string): void
}

/** A finding with its place in the statement, if it has one. */
interface Finding { readonly message: string; readonly place?: { readonly line: number; readonly column: number; readonly length?: number | undefined } | undefined }

interface Props {
  readonly ref?: Ref<EditorHandle>
  /** What it begins with. */
  readonly text: string
  readonly tables: readonly ReadableTable[]
  readonly diagnostics: readonly Finding[]
  readonly onChange: (text: string) => void
  readonly onRun: (text: string) => void
}

export function Editor({ ref, text, tables, diagnostics, onChange, onRun }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const calls = useRef({ onChange, onRun })
  useEffect(() => {
    calls.current = { onChange, onRun }
  })
  const first = useRef(text)
  useEffect(() => {
    if (host.current === null) return
    const made = new EditorView({ parent: host.current, state: EditorState.create({ doc: first.current, extensions: extensionsOf(calls) }) })
    view.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => {
    view.current?.dispatch({ effects: LANGUAGE.reconfigure(languageOf(tables)) })
  }, [tables])
  useEffect(() => {
    const made = view.current
    if (made !== null) made.dispatch(setDiagnostics(made.state, diagnostics.flatMap((one) => placed(made.state, one))))
  }, [diagnostics])
  useImperativeHandle(ref, () => ({
    insert: (added) => {
      view.current?.dispatch(view.current.state.replaceSelection(added), { scrollIntoView: true })
      view.current?.focus()
    },
    replace: (whole) => view.current?.dispatch({ changes: { from: 0, to: view.current.state.doc.length, insert: whole } }),
  }))
  return <div ref={host} className="editor" />
}

const LANGUAGE = new Compartment()

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'light-dark(#5f3dc4, #b197fc)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'light-dark(#1b6b3a, #8ce99a)' },
  { tag: tags.number, color: 'light-dark(#9c3d06, #ffc078)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'light-dark(#5b6069, #9095a1)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'light-dark(#12549b, #74c0fc)' },
])

const LOOKS = EditorView.theme({
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
  '.cm-selectionBackground': { backgroundColor: 'light-dark(#dcd7f7, #423b75) !important' },
})

function extensionsOf(calls: { readonly current: Pick<Props, 'onChange' | 'onRun'> }) {
  const run = (view: EditorView): boolean => {
    calls.current.onRun(view.state.doc.toString())
    return true
  }
  return [
    lineNumbers(), history(), bracketMatching(), closeBrackets(), autocompletion({ icons: false }), LANGUAGE.of(languageOf([])), syntaxHighlighting(COLOURS), LOOKS,
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])), keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    placeholder('select …'), EditorView.lineWrapping, EditorView.contentAttributes.of({ 'aria-label': 'SQL statement' }),
    EditorView.updateListener.of((update) => { if (update.docChanged) calls.current.onChange(update.state.doc.toString()) }),
  ]
}

function languageOf(tables: readonly ReadableTable[]) {
  const schema: Record<string, { self: Completion; children: Record<string, { self: Completion; children: Completion[] }> }> = {}
  for (const table of tables) {
    const product = (schema[quoteName(table.schema)] ??= { self: { label: table.schema, apply: quoteName(table.schema), type: 'namespace', detail: 'product' }, children: {} })
    product.children[quoteName(table.name)] = {
      self: { label: table.name, apply: quoteName(table.name), type: 'class', detail: 'data set' },
      children: table.columns.map(({ name, type, description, masked }) => ({ label: name, apply: quoteName(name), type: 'property', detail: masked ? `${type}, masked` : type, ...(description !== undefined && { info: description }) })),
    }
  }
  return sql({ dialect: PostgreSQL, schema, upperCaseKeywords: false })
}

/** Where a finding is; at the end of the statement where its place is outside of it. */
function placed(state: EditorState, { message, place }: Finding) {
  if (place === undefined) return []
  const line = state.doc.line(Math.min(Math.max(1, place.line), state.doc.lines))
  const from = Math.min(line.from + Math.max(0, place.column - 1), line.to)
  const word = /^[\w$"]+/u.exec(line.text.slice(from - line.from))?.[0].length ?? 1
  return [{ from: Math.min(from, line.to), to: Math.min(from + Math.max(1, place.length ?? word), line.to), severity: 'error' as const, message }]
}
