// `file-input-port`: rows from files, in one of the formats that the engine reads.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { address, auth, HEADER, headerValue } from './http-properties.ts'
import { secretReference } from './secret-reference.ts'
import { descriptionProperty, isTrue, titleProperty, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

const oneCharacter = z.string().length(1, 'must be one character')

export const fileInputPortCapability = defineCapability({
  type: 'file-input-port',
  title: 'File input port',
  description: 'Reads CSV, JSON, NDJSON, Parquet or Arrow files by path or glob from the mesh folder, or a file that an npm package ships; or keeps a folder of any files.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    path: z.string().min(1, 'may not be empty').max(1_000).describe('A path or glob relative to the mesh folder, npm:<package>/<path>, s3://<bucket>/<key or glob>, or an http or https address.'),
    only_new: truth.optional().describe('Whether a run takes in only files that no earlier run did, and adds their rows to what is there; rows whose primary key is there already are replaced.'),
    headers: z.record(HEADER, z.union([headerValue, secretReference])).optional().describe('An http or https address: headers to send, as they are or as {secret: NAME}.'),
    auth: auth.optional().describe('An http or https address: how to sign in.'),
    s3: z.strictObject({
      endpoint: address.optional().describe('Of an S3 that is not Amazon\'s.'),
      region: z.string().regex(/^[a-z0-9-]{1,64}$/u, 'must be a region such as eu-central-1').optional().describe('The region of the bucket; us-east-1 where absent.'),
      access_key: secretReference.describe('The name of the secret that is the id of the key.'),
      secret_key: secretReference.describe('The name of the secret that is the key.'),
    }).optional().describe('How the S3 of an s3:// path is reached.'),
    format: z.enum(['csv', 'json', 'ndjson', 'parquet', 'arrow', 'files']).optional().describe("The files' format. Without it: by the ending of the path. With files, any files (images, PDF, models) are kept as they are, and their rows say path, sha256, bytes and media_type of each."),
    compression: z.enum(['none', 'gzip', 'zstd']).optional().describe('Without it: by the ending of the path.'),
    columns: z.record(z.string().min(1), z.string().min(1)).optional().describe('Types to read columns as, by name; without it they are found by looking at the rows.'),
    delimiter: oneCharacter.optional().describe('CSV: what stands between fields.'),
    quote: oneCharacter.optional().describe('CSV: what stands around fields.'),
    escape: oneCharacter.optional().describe('CSV: what makes a quote ordinary.'),
    header: truth.optional().describe('CSV: whether the first row names the columns.'),
    encoding: z.enum(['utf-8', 'latin-1', 'utf-16']).optional().describe('CSV: how the bytes are text.'),
    null_text: z.union([z.string(), z.array(z.string()).min(1)]).optional().describe('CSV: the text, or texts, that mean no value.'),
    date_format: z.string().max(100).optional().describe('CSV and JSON: how dates are written, for example %d.%m.%Y.'),
    timestamp_format: z.string().max(100).optional().describe('CSV and JSON: how timestamps are written.'),
    skip_rows: z.int().min(0, 'may not be negative').max(1_000_000).optional().describe('CSV: rows before the header that are no data.'),
  }),
  examples: [
    { path: 'data/airports.csv', format: 'csv', delimiter: ';', header: true, null_text: ['', 'NA'] },
    { path: 'npm:vega-datasets/data/flights-3m.parquet', format: 'parquet' },
    { path: 'data/*.ndjson.gz', columns: { id: 'long' } },
    { path: 'domains/shop/catalogue/pictures', format: 'files' },
    { path: 's3://drops/orders/*.csv.gz', only_new: true, s3: { region: 'eu-central-1', access_key: { secret: 'DROPS_KEY' }, secret_key: { secret: 'DROPS_SECRET' } } },
    { path: 'https://data.example.com/rates.csv' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { path: 'a.xls', format: 'xls' }, code: 'not-one-of', at: ['format'] },
    { properties: { path: 'a.csv', delimiter: ';;' }, code: 'bad-value', at: ['delimiter'] },
    { properties: { path: 'a.csv', delimeter: ';' }, code: 'unknown-key', at: ['delimeter'] },
    { properties: { path: 'a.csv', skip_rows: 1.5 }, code: 'wrong-type', at: ['skip_rows'] },
  ],
  contribute: (p) => ({
    part: 'input-port',
    port: {
      kind: 'file',
      path: p.path,
      ...withoutUndefined({ title: p.title, format: p.format }),
      ...(isConnected(p) && { connection: withoutUndefined({ only_new: p.only_new === undefined ? undefined : isTrue(p.only_new), headers: p.headers, auth: p.auth, s3: p.s3 }) as never }),
      options: withoutUndefined({
        compression: p.compression,
        columns: p.columns,
        delimiter: p.delimiter,
        quote: p.quote,
        escape: p.escape,
        header: p.header === undefined ? undefined : isTrue(p.header),
        encoding: p.encoding,
        null_text: p.null_text,
        date_format: p.date_format,
        timestamp_format: p.timestamp_format,
        skip_rows: p.skip_rows,
      }),
    },
  }),
})

/** Files elsewhere, and files that are taken in once, are drawn with a memory of what was drawn. */
const isConnected = ({ path, only_new, headers, auth, s3 }: Readonly<Record<string, unknown>>): boolean =>
  /^(?:s3|https?):\/\//u.test(String(path)) || (only_new !== undefined && isTrue(only_new as boolean)) || headers !== undefined || auth !== undefined || s3 !== undefined
