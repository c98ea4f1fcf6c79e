// A model's template and its scope → SQL text. The template knows dbt's words and nothing else.

import type { Result } from '@tulle/kernel'
import { modelNames } from './model-names.ts'
import type { ModelScope } from './model-names.ts'
import { parseTemplate } from './parse-template.ts'
import { renderTemplate } from './render-template.ts'

export type { ModelScope }

/** Pure. The result is SQL that has passed no gate yet. `file` names the model in diagnostics. */
export function renderModel(text: string, scope: ModelScope, file = 'model.sql'): Result<string> {
  const parsed = parseTemplate(text, file)
  return parsed.ok ? renderTemplate(parsed.value, modelNames(scope, text, file), text, file) : parsed
}
