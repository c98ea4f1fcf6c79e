// Names and texts as SQL spells them. The only two functions that put foreign text into SQL.

/** A name in double quotes, so that no character in it means anything to SQL. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`

/** A text in single quotes. DuckDB knows no backslash escapes in them. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
