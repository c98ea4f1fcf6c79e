// The SQL editor: completes what the viewer may read, marks the place of an error, runs by Ctrl-Enter. Tab leaves it, as it leaves any field.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import type { Completion } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { COLOURS, LOOKS, placed } from './editor-looks.ts'
import type { Finding } from './editor-looks.ts'
import { quoteName } from './quote-name.ts'
import type { ReadableTable } from '@tulle/api'
import { useEffect, useImperativeHandle, useRef } from 'react'
import type { Ref } from 'react'

export interface EditorHandle {
  insert(text: string): void
  /** In place of the whole statement. */
  replace(text: string): void
}

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
