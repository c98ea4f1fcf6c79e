// Reads the platform team's capability files and brings them together with the shipped ones.

import type { Diagnostic } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import type { TextFile } from '../file-roles.ts'
import { checkKind } from '../kinds/check-kind.ts'
import type { ComponentDefinitionDocument } from '../kinds/component-definition.ts'
import { componentDefinitionDocument } from '../kinds/component-definition.ts'
import type { ParseCache } from '../parse-cache.ts'
import { namesOfRefused, readDocument } from '../read-document.ts'
import type { CapabilityCatalogue, DefinedCapability } from './registry.ts'
import { buildCatalogue } from './registry.ts'

export function readCatalogue(files: readonly TextFile[], cache: ParseCache): { catalogue: CapabilityCatalogue; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const defined: DefinedCapability[] = []
  const refused: string[] = []
  for (const file of files) {
    const read = readDocument(file, 'ComponentDefinition', cache, (document) => checkKind(document, componentDefinitionDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) addAll(refused, namesOfRefused(file, read.refused))
    else defined.push({ document: read.checked.document, definition: read.checked.document.value as unknown as ComponentDefinitionDocument })
  }
  const built = buildCatalogue(defined, refused, cache.schemas)
  return { catalogue: built.catalogue, diagnostics: [...diagnostics, ...built.diagnostics] }
}
