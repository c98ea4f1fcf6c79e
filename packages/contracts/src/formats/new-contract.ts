// The contract that an import begins: the members that the standard asks for, and what the other format said.

import type { Obj } from '../document.ts'

export interface Imported { readonly id: string; readonly name?: string | undefined; readonly version?: string | undefined; readonly objects: readonly Obj[] }

export const newContract = ({ id, name, version = '1.0.0', objects }: Imported): Obj => ({
  apiVersion: 'v3.1.0', kind: 'DataContract', id, ...(name !== undefined && { name }), version, status: 'draft', schema: [...objects],
})
