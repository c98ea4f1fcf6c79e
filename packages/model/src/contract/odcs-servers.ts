// The servers of a contract: what each type of server must say. One row per type.

import { z } from 'zod'

const text = z.string()
const address = text.regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}]*$/, 'must be an address with a scheme, like s3://bucket/folder')

/** Server types of the standard → keys that a server of the type must have. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  api: ['location'], athena: ['stagingDir', 'schema'], azure: ['location', 'format'], bigquery: ['project', 'dataset'], clickhouse: ['host', 'port', 'database'],
  databricks: ['catalog', 'schema'], denodo: ['host', 'port'], dremio: ['host', 'port'], duckdb: ['database'], glue: ['account', 'database'],
  cloudsql: ['host', 'port', 'database', 'schema'], db2: ['host', 'port', 'database'], hive: ['host', 'database'], impala: ['host', 'database'], informix: ['host', 'database'],
  kafka: ['host'], kinesis: [], local: ['path', 'format'], mysql: ['host', 'port', 'database'], oracle: ['host', 'port', 'serviceName'],
  postgresql: ['host', 'port', 'database', 'schema'], postgres: ['host', 'port', 'database', 'schema'], presto: ['host'], pubsub: ['project'], redshift: ['database', 'schema'],
  s3: ['location'], sftp: ['location'], snowflake: ['account', 'database', 'schema'], sqlserver: ['host', 'database', 'schema'], synapse: ['host', 'port', 'database'],
  trino: ['host', 'port', 'catalog', 'schema'], vertica: ['host', 'port', 'database', 'schema'], zen: ['host'], custom: [],
}
const NEW_IN_32 = ['btrieve', 'exasol', 'fastobjects', 'hana', 'iceberg', 'ingres', 'poet', 'teradata', 'vectorwise', 'versant']
const NEW_IN_31 = ['hive', 'impala', 'zen']

/** The description of one server. */
export function odcsServer(options: { is31: boolean; is32: boolean; stableId: z.ZodType; role: z.ZodType; customProperties: z.ZodType }) {
  const types = [...Object.keys(REQUIRED), ...(options.is32 ? NEW_IN_32 : [])].filter((type) => options.is31 || !NEW_IN_31.includes(type))
  return z
    .looseObject({
      id: options.stableId.optional(),
      server: text,
      type: z.enum(types),
      description: text.optional(),
      environment: text.optional(),
      roles: z.array(options.role).optional(),
      customProperties: options.customProperties,
      ...Object.fromEntries(
        ['account', 'catalog', 'database', 'dataset', 'delimiter', 'format', 'host', 'path', 'project', 'region', 'regionName', 'serviceName', 'staging_dir', 'stream', 'warehouse'].map((key) => [key, text.optional()]),
      ),
      location: address.optional(),
      endpointUrl: address.optional(),
      stagingDir: address.optional(),
      port: (options.is32 ? z.union([z.int(), text]) : z.int()).optional(),
      ...(options.is32 && { encoding: text.optional(), workgroup: text.optional() }),
      // 3.0 had a slip that made DuckDB's schema a number; both are read.
      schema: z.union([text, z.number()]).optional(),
    })
    .superRefine((server, context) => {
      const given = server as Readonly<Record<string, unknown>>
      for (const key of REQUIRED[server.type] ?? []) {
        if (options.is32 && key === 'stagingDir') continue
        const spelled = key === 'stagingDir' && !options.is31 && given['staging_dir'] !== undefined
        if (given[key] === undefined && !spelled) context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] })
      }
    })
}
