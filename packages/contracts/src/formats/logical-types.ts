// The standard's logical type of a stored type.

const LOGICAL: Readonly<Record<string, string>> = { boolean: 'boolean', int: 'integer', long: 'integer', float: 'number', double: 'number', date: 'date', time: 'time', timestamp: 'timestamp', timestamptz: 'timestamp' }

export const logicalOf = (type: string): string => (type.startsWith('decimal') ? 'number' : (LOGICAL[type] ?? 'string'))
