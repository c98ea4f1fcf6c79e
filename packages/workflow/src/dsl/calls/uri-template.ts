// RFC 6570: a URI with places for values, up to its level 3, over an object's members.

import type { Json } from '@tulle/kernel'
import { isObject } from '../walk-tasks.ts'

const OPERATORS: Readonly<Record<string, { readonly first: string; readonly between: string; readonly isNamed?: boolean; readonly isOpen?: boolean }>> = {
  '': { first: '', between: ',' },
  '+': { first: '', between: ',', isOpen: true },
  '#': { first: '#', between: ',', isOpen: true },
  '.': { first: '.', between: '.' },
  '/': { first: '/', between: '/' },
  ';': { first: ';', between: ';', isNamed: true },
  '?': { first: '?', between: '&', isNamed: true },
  '&': { first: '&', between: '&', isNamed: true },
}

export function expandUri(template: string, values: Json): string {
  return template.replace(/\{([+#./;?&]?)([^{}]+)\}/gu, (_, operator: string, names: string) => {
    const { first, between, isNamed, isOpen } = OPERATORS[operator] ?? { first: '', between: ',' }
    const parts = names.split(',').flatMap((name) => {
      const value = isObject(values) && Object.hasOwn(values, name) ? (values[name] as Json) : null
      if (value === null || typeof value === 'object') return []
      const text = isOpen === true ? encodeURI(String(value)) : encodeURIComponent(String(value)).replace(/[!'()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      if (isNamed !== true) return [text]
      return [text === '' && operator === ';' ? name : `${name}=${text}`]
    })
    return parts.length === 0 ? '' : first + parts.join(between)
  })
}
