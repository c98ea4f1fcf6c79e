// Reads the small XML documents of S3. Strict: no document types, comments, sections or entities of one's own.

export interface XmlElement {
  readonly name: string
  /** The character data between its children, joined. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

const MAX_DEPTH = 12
const TOKEN = /<(?<slash>\/?)(?<name>[A-Za-z_][\w.-]*)(?<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>\/?)>|(?<text>[^<]+)/uy
const DECLARATION = /^\ufeff?(?:<\?xml [^?<>]*\?>)?\s*/u
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

interface Open { readonly name: string; text: string; readonly children: XmlElement[] }

/** The document's element, or undefined where the text is no such document. */
export function parseXml(text: string): XmlElement | undefined {
  const top: Open = { name: '', text: '', children: [] }
  const open: Open[] = [top]
  const token = new RegExp(TOKEN)
  token.lastIndex = DECLARATION.exec(text)?.[0].length ?? 0
  while (token.lastIndex < text.length) {
    const found = token.exec(text)?.groups
    const current = open.at(-1)
    if (found === undefined || current === undefined) return undefined
    const { slash, name = '', empty, text: raw } = found
    if (raw !== undefined) {
      const plain = unescaped(raw)
      if (plain === undefined || (current === top && plain.trim() !== '')) return undefined
      current.text += plain
    } else if (slash === '/') {
      if (current.name !== name || current === top || empty === '/' || found['attributes'] !== '') return undefined
      open.pop()
      open.at(-1)?.children.push(current)
    } else {
      if (open.length > MAX_DEPTH || (current === top && top.children.length > 0)) return undefined
      const element: Open = { name, text: '', children: [] }
      if (empty === '/') current.children.push(element)
      else open.push(element)
    }
  }
  return open.length === 1 ? top.children[0] : undefined
}

export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] => element?.children.filter((child) => child.name === name) ?? []

/** The text of the only child of that name; undefined where there is none, or several. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  const found = childrenOf(element, name)
  return found.length === 1 ? found[0]?.text : undefined
}

function unescaped(raw: string): string | undefined {
  let isValid = true
  const plain = raw.replaceAll(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|([a-z]{2,4}));|&/gu, (_, decimal?: string, hex?: string, name?: string) => {
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined
    const value = code !== undefined ? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined) : ENTITIES[name ?? '']
    isValid &&= value !== undefined
    return value ?? ''
  })
  return isValid ? plain : undefined
}
