// Reads a statement's tree, names what it touches, refuses what is not allowed, prints it.

// Foreign text into SQL.
export { quoteIdentifier, quoteLiteral } from './quote.ts'
