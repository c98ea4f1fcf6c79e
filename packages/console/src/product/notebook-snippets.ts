// What to paste into notebooks and tools that read Arrow or files. No snippet carries a secret: each asks for the password.

import { shellQuoted } from './snippets.ts'
import type { Snippet } from './snippets.ts'

/** One address, read as an Arrow stream. */
export function arrowSnippets(user: string, address: string): readonly Snippet[] {
  const url = `${address}?format=arrow`
  const table = [
    'import getpass, pyarrow, requests',
    '',
    `answer = requests.get("${url}", auth=("${user}", getpass.getpass()), stream=True)`,
    'answer.raise_for_status()',
    'table = pyarrow.ipc.open_stream(answer.raw).read_all()',
  ]
  return [
    { tool: 'pandas (Arrow)', text: [...table, 'frame = table.to_pandas()'].join('\n'), note: 'pip install pyarrow pandas requests. A stream that was cut raises an error.' },
    { tool: 'polars', text: [...table, 'import polars', 'frame = polars.from_arrow(table)'].join('\n'), note: 'pip install pyarrow polars requests' },
    { tool: 'DuckDB', text: [...table, 'import duckdb', 'duckdb.sql("select count(*) from table").show()'].join('\n').replaceAll('table =', 'rows =').replace('from table', 'from rows'), note: 'pip install pyarrow duckdb requests' },
    {
      tool: 'R',
      text: [
        'library(arrow); library(httr2)',
        '',
        `answer <- request("${url}") |>`,
        `  req_auth_basic("${user}") |> req_perform()`,
        'frame <- read_ipc_stream(resp_body_raw(answer))',
      ].join('\n'),
      note: 'install.packages(c("arrow", "httr2")); it asks for the password.',
    },
  ]
}

/** Signed links to files. */
export function fileSnippets(user: string, { address, reference }: { readonly address: string; readonly reference: string }): readonly Snippet[] {
  const isPlain = !address.includes('?')
  const ask = (format: string): string => `${address}${isPlain ? '?' : '&'}format=${format}&seconds=3600`
  return [
    // A major version beside the plain one has no name of its own in the command line.
    ...(isPlain ? [{ tool: 'tulle', text: `npx tulle files link ${reference} --format parquet --expires 1d --as ${user}\nnpx tulle files get ${reference} --format csv --as ${user}`, note: 'A link needs no password: whoever has it has the file as you see it, until it expires or your rights end.' }] : []),
    { tool: 'link by curl', text: `curl -s -u ${user} ${shellQuoted(ask('parquet'))}`, note: 'The answer\'s "url" is the link.' },
    {
      tool: 'DuckDB, by a link',
      text: ['import duckdb, getpass, requests', '', `link = requests.get("${ask('parquet')}", auth=("${user}", getpass.getpass())).json()["url"]`, 'duckdb.sql(f"select count(*) from read_parquet(\'{link}\')").show()'].join('\n'),
      note: 'It reads only the parts of the file that it needs.',
    },
    {
      tool: 'polars, by a link',
      text: ['import getpass, polars, requests', '', `link = requests.get("${ask('parquet')}", auth=("${user}", getpass.getpass())).json()["url"]`, 'frame = polars.read_parquet(link)'].join('\n'),
    },
  ]
}
