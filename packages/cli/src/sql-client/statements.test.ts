import { describe, expect, it } from 'vitest'
import { splitStatements } from './statements.ts'

const TEXTS: readonly (readonly [string, string, readonly string[], string])[] = [
  ['two statements', 'select 1; select 2;', ['select 1', 'select 2'], ''],
  ['one that is not finished', 'select 1; select', ['select 1'], ' select'],
  ['empty ones', ' ; ;; ', [], ''],
  ['a semicolon in a string', "select ';''; '; x", ["select ';''; '"], ' x'],
  ['a semicolon in a name', 'select ";"";" ;', ['select ";"";"'], ''],
  ['a backslash in an ordinary string', "select '\\';", ["select '\\'"], ''],
  ['a backslash in an escape string', "select E'\\';' ;", ["select E'\\';'"], ''],
  ['a name that ends in e before a string', "select nose'\\';", ["select nose'\\'"], ''],
  ['a semicolon in a comment', 'select 1 -- ; no\n;', ['select 1 -- ; no'], ''],
  ['nested comments', 'select /* ; /* ; */ ; */ 1;', ['select /* ; /* ; */ ; */ 1'], ''],
  ['dollar quotes', 'select $$;$$, $a$;$$;$a$;', ['select $$;$$, $a$;$$;$a$'], ''],
  ['parameters, which are no dollar quotes', 'select $1;$2;', ['select $1', '$2'], ''],
  ['a name with dollars', 'select a$b$;', ['select a$b$'], ''],
  ['an open string', "select 'a;", [], "select 'a;"],
  ['an open comment', 'select 1 /* ;', [], 'select 1 /* ;'],
]

describe('a text of SQL is split at its ending semicolons:', () => {
  it.each(TEXTS)('%s', (_name, text, statements, rest) => {
    expect(splitStatements(text)).toEqual({ statements, rest })
  })
})
