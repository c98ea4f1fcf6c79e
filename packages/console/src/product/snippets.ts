// What to paste into which tool. No snippet carries a secret: each tool asks for it or reads it from its file.

import type { OutputPort, Status } from '@tulle/api'

export interface Snippet {
  readonly tool: string
  readonly text: string
  readonly note?: string
}

export function sqlSnippets(status: Status, user: string, address: string): readonly Snippet[] {
  const { host, port, database, caFile = 'ca.pem' } = status.sql
  const query = `select * from ${address} limit 10`
  return [
    {
      tool: 'psql',
      text: `psql ${shellQuoted(`host=${host} port=${port} dbname=${database} user=${user} sslmode=verify-ca sslrootcert=${conninfoQuoted(caFile)}`)} \\\n  -c ${shellQuoted(query)}`,
    },
    {
      tool: 'JDBC',
      text: [
        `String url = "jdbc:postgresql://${host}:${port}/${database}?sslmode=verify-ca&sslrootcert=${encodeURIComponent(caFile).replaceAll('%2F', '/')}";`,
        '',
        `try (var connection = DriverManager.getConnection(url, "${user}", password);`,
        `     var rows = connection.createStatement().executeQuery(${JSON.stringify(query)})) {`,
        '    while (rows.next()) System.out.println(rows.getString(1));',
        '}',
      ].join('\n'),
      note: 'Driver: org.postgresql:postgresql. BI tools take the URL as it stands.',
    },
    {
      tool: 'Python',
      text: [
        'import getpass, psycopg',
        '',
        `with psycopg.connect(host="${host}", port=${port}, dbname="${database}", user="${user}",`,
        `                     password=getpass.getpass(), sslmode="verify-ca", sslrootcert=${JSON.stringify(caFile)}) as connection:`,
        `    for row in connection.execute(${JSON.stringify(query)}):`,
        '        print(row)',
      ].join('\n'),
      note: 'pip install "psycopg[binary]"',
    },
    {
      tool: 'pandas',
      text: [
        'import getpass, pandas, sqlalchemy',
        '',
        'engine = sqlalchemy.create_engine(sqlalchemy.URL.create(',
        `    "postgresql+psycopg", username="${user}", password=getpass.getpass(), host="${host}", port=${port}, database="${database}",`,
        `    query={"sslmode": "verify-ca", "sslrootcert": ${JSON.stringify(caFile)}}))`,
        `frame = pandas.read_sql(${JSON.stringify(query)}, engine)`,
      ].join('\n'),
      note: 'pip install pandas sqlalchemy "psycopg[binary]"',
    },
    { tool: 'tulle', text: `npx tulle sql --as ${user} ${shellQuoted(query)}`, note: 'Needs nothing but npm, in the checkout where the server runs.' },
  ]
}

/** `url` is the address of a data set at a REST port. */
export function restSnippets(user: string, url: string): readonly Snippet[] {
  return [
    { tool: 'curl', text: `curl -u ${user} ${shellQuoted(`${url}?limit=10`)}` },
    { tool: 'CSV', text: `curl -u ${user} -H 'accept: text/csv' ${shellQuoted(`${url}?limit=10`)}` },
    { tool: 'Parquet', text: `curl -u ${user} -o ${url.slice(url.lastIndexOf('/') + 1)}.parquet ${shellQuoted(`${url}?format=parquet`)}` },
    {
      tool: 'pandas',
      text: [
        'import getpass, io, pandas, requests',
        '',
        `answer = requests.get("${url}", params={"format": "parquet"}, auth=("${user}", getpass.getpass()))`,
        'answer.raise_for_status()',
        'frame = pandas.read_parquet(io.BytesIO(answer.content))',
      ].join('\n'),
    },
  ]
}

/** By the port's address; a major version beside the plain one has no name of its own in the command line and in webhooks. */
export function streamSnippets(status: Status, user: string, { address: url, product, dataSet }: { readonly address: string; readonly product: string; readonly dataSet: string }): readonly Snippet[] {
  const isPlain = url.endsWith(`/${product}/${dataSet}`)
  return [
    { tool: 'curl', text: `curl -N -u ${user} -H 'accept: text/event-stream' ${shellQuoted(`${url}?from=start`)}`, note: 'The rows that are there, then each change as it is published.' },
    { tool: 'one batch', text: `curl -u ${user} ${shellQuoted(`${url}?from=start&limit=100`)}` },
    {
      tool: 'Python (SSE)',
      text: [
        'import getpass, json, requests',
        '',
        `with requests.get("${url}", params={"from": "start"}, auth=("${user}", getpass.getpass()),`,
        '                  headers={"accept": "text/event-stream"}, stream=True) as answer:',
        '    answer.raise_for_status()',
        '    for line in answer.iter_lines(decode_unicode=True):',
        '        if line.startswith("data: "):',
        '            print(json.loads(line[6:]))',
      ].join('\n'),
      note: 'Keep the id of the last event, and send it as Last-Event-ID to go on from there.',
    },
    ...(isPlain ? [
      { tool: 'webhook', ...webhookSnippet(status, user, `"product": "${product}", "dataSet": "${dataSet}", "kinds": ["insert", "update", "delete"]`) },
      { tool: 'tulle', text: `npx tulle stream ${product}.${dataSet} --from start --as ${user}` },
    ] : []),
  ]
}

/** What no single port gives: what happens to the product, and all of it for an assistant. */
export function productSnippets(status: Status, user: string, product: string): readonly Snippet[] {
  return [
    {
      tool: 'MCP',
      text: [
        `TOKEN=$(npx tulle token create assistant --as ${user} | tail -1)`,
        `claude mcp add --transport http tulle ${status.url}/mcp --header "Authorization: Bearer $TOKEN"`,
      ].join('\n'),
      note: 'The assistant searches, reads contracts and asks under your rights, and no more.',
    },
    { tool: 'MCP as JSON', text: JSON.stringify({ mcpServers: { tulle: { type: 'http', url: `${status.url}/mcp`, headers: { Authorization: 'Bearer ${TULLE_TOKEN}' } } } }, null, 2) },
    { tool: 'webhook', ...webhookSnippet(status, user, `"product": "${product}"`) },
  ]
}

const webhookSnippet = (status: Status, user: string, wants: string): Omit<Snippet, 'tool'> => ({
  text: `curl -u ${user} -H 'content-type: application/json' ${shellQuoted(`${status.url}/api/v1/webhooks`)} \\\n  -d ${shellQuoted(`{${wants}, "url": "https://app.example.com/hook"}`)}`,
  note: 'The secret that signs is in this answer alone. Events that were not taken come again, in order.',
})

export function kafkaSnippets(status: Status, user: string, { brokers, format }: NonNullable<OutputPort['kafka']>, topic: string): readonly Snippet[] {
  const [reader, module] = { avro: ['AvroDeserializer(registry)', 'avro'], json: ['JSONDeserializer(schema, schema_registry_client=registry)', 'json_schema'], protobuf: ['ProtobufDeserializer(Row, {"use.deprecated.format": False})', 'protobuf'] }[format]
  return [
    {
      tool: 'Python',
      text: [
        'import getpass',
        'from confluent_kafka import Consumer',
        'from confluent_kafka.schema_registry import SchemaRegistryClient',
        `from confluent_kafka.schema_registry.${module} import ${reader?.slice(0, reader.indexOf('('))}`,
        'from confluent_kafka.serialization import MessageField, SerializationContext',
        '',
        `registry = SchemaRegistryClient({"url": "${status.url}/schema-registry", "basic.auth.user.info": "${user}:" + getpass.getpass()})`,
        ...(format === 'json' ? [`schema = registry.get_latest_version("${topic}-value").schema.schema_str`] : []),
        `read = ${reader}`,
        `consumer = Consumer({"bootstrap.servers": "${brokers.join(',')}", "group.id": "mine", "auto.offset.reset": "earliest"})`,
        `consumer.subscribe(["${topic}"])`,
        'while True:',
        '    record = consumer.poll(1.0)',
        '    if record is not None and not record.error():',
        `        print(record.key(), read(record.value(), SerializationContext("${topic}", MessageField.VALUE)))`,
      ].join('\n'),
      note: `pip install "confluent-kafka[${format === 'avro' ? 'avro' : format === 'json' ? 'json' : 'protobuf'},schemaregistry]".${format === 'protobuf' ? ' Row is the class that protoc makes of the schema.' : ''} Brokers have users of their own.`,
    },
    { tool: 'schema', text: `curl -u ${user} ${shellQuoted(`${status.url}/schema-registry/subjects/${topic}-value/versions/latest`)}` },
  ]
}

export const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

// libpq's own quoting, within the shell's: only a path with a space or a quote needs it.
const conninfoQuoted = (path: string): string => (/^[\w./-]+$/u.test(path) ? path : `'${path.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`)
