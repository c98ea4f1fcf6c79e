// A row that its schema has no place for. Names the column, never the value.

export class NotEncodable extends Error {
  constructor(column: string, why: string) {
    super(`the column ${column} ${why}`)
  }
}
