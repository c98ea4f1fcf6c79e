// What to paste into which tool. No snippet carries a secret: each tool asks for it or reads it from its file.

import type { Status } from '@tulle/api'

export interface Snippet {
  readonly tool: string
  readonly text: string
}

export function sqlSnippets(status: Status, user: string, address: string): readonly Snippet[] {
  const { host, port, database, caFile = 'ca.pem' } = status.sql
  const query = `select * from ${address} limit 10`
  return [
    { tool: 'tulle', text: `npx tulle sql --as ${user} '${query}'` },
    { tool: 'psql', text: `psql "host=${host} port=${port} dbname=${database} user=${user} sslmode=verify-ca sslrootcert=${caFile}" -c '${query}'` },
    { tool: 'JDBC', text: `jdbc:postgresql://${host}:${port}/${database}?user=${user}&sslmode=verify-ca&sslrootcert=${caFile}` },
    {
      tool: 'Python',
      text: [
        'import getpass, psycopg',
        '',
        `with psycopg.connect(host="${host}", port=${port}, dbname="${database}", user="${user}", password=getpass.getpass(),`,
        `                     sslmode="verify-ca", sslrootcert="${caFile}") as connection:`,
        `    for row in connection.execute("${query}"):`,
        '        print(row)',
      ].join('\n'),
    },
  ]
}

export function restSnippets(status: Status, user: string, product: string, dataSet: string): readonly Snippet[] {
  const url = `${status.url}/data/v1/${product}/${dataSet}`
  return [
    { tool: 'curl', text: `curl -u ${user} '${url}?limit=10'` },
    { tool: 'CSV', text: `curl -u ${user} -H 'accept: text/csv' '${url}?limit=10'` },
    { tool: 'Parquet', text: `curl -u ${user} -o ${dataSet}.parquet '${url}?format=parquet'` },
    { tool: 'pandas', text: `import getpass, io, pandas, requests\n\nanswer = requests.get("${url}", params={"format": "parquet"}, auth=("${user}", getpass.getpass()))\nframe = pandas.read_parquet(io.BytesIO(answer.content))` },
  ]
}
