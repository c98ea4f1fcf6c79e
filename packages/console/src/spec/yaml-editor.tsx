// An editor for a file of the mesh: completes by the schemas, marks findings at their places.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, foldKeymap, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { COLOURS, LOOKS, placed } from '../workbench/editor-looks.ts'
import type { Finding } from '../workbench/editor-looks.ts'
import { completeSpec, schemaOf } from './complete-spec.ts'
import type { Schemas } from './schema-types.ts'
import { whereInYaml } from './where-in-yaml.ts'

interface Props {
  readonly path: string
  /** What it begins with; another path begins anew. */
  readonly text: string
  readonly schemas: Schemas
  readonly findings: readonly Finding[]
  /** A place to show, as a finding below names it. */
  readonly goTo: { readonly line: number; readonly column: number } | undefined
  readonly onChange: (text: string) => void
}

export function YamlEditor({ path, text, schemas, findings, goTo, onChange }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const now = useRef({ onChange, schemas })
  useEffect(() => {
    now.current = { onChange, schemas }
  })
  const first = useRef({ path, text })
  useEffect(() => {
    if (host.current === null) return
    const { path: of, text: doc } = first.current
    const made = new EditorView({ parent: host.current, state: EditorState.create({ doc, extensions: extensionsOf(of, now) }) })
    view.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => {
    const made = view.current
    if (made !== null) made.dispatch(setDiagnostics(made.state, findings.flatMap((one) => placed(made.state, one))))
  }, [findings])
  useEffect(() => {
    const made = view.current
    if (made === null || goTo === undefined) return
    const line = made.state.doc.line(Math.min(Math.max(1, goTo.line), made.state.doc.lines))
    made.dispatch({ selection: { anchor: Math.min(line.to, line.from + goTo.column - 1) }, scrollIntoView: true })
    made.focus()
  }, [goTo])
  return <div ref={host} className="editor spec-editor" />
}

interface Now { readonly onChange: (text: string) => void; readonly schemas: Schemas }

function extensionsOf(path: string, now: { readonly current: Now }) {
  const complete = (context: CompletionContext): CompletionResult | null => {
    const text = context.state.doc.toString()
    const schema = schemaOf(path, text, now.current.schemas)
    const spot = schema === undefined ? undefined : whereInYaml(text, context.pos)
    if (schema === undefined || spot === undefined || (!context.explicit && spot.from === context.pos && spot.key === undefined)) return null
    const options = completeSpec(schema, now.current.schemas, spot).map(({ label, apply, detail, info, isNeeded }) => ({ label, apply, type: spot.key === undefined ? 'property' : 'enum', boost: isNeeded ? 1 : 0, ...(detail !== undefined && { detail }), ...(info !== undefined && { info }) }))
    return options.length === 0 ? null : { from: spot.from, options, validFor: /^[\w.$@/-]*$/u }
  }
  const language = path.endsWith('.sql') ? sql({ dialect: PostgreSQL }) : [yaml(), autocompletion({ icons: false, override: [complete] })]
  return [
    lineNumbers(), foldGutter(), lintGutter(), history(), bracketMatching(), closeBrackets(), indentUnit.of('  '), language, syntaxHighlighting(COLOURS), LOOKS,
    // Tab leaves it, as it leaves any field; Ctrl-] indents.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...foldKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping, EditorView.contentAttributes.of({ 'aria-label': path }), EditorView.updateListener.of((update) => { if (update.docChanged) now.current.onChange(update.state.doc.toString()) }),
  ]
}
