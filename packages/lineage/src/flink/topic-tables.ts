// Topics of Kafka ports as tables of Flink's upsert connector. What opens them stands there by its name alone.

import type { DataContract, DataProduct, DataSet, MeshModel, OutputPort } from '@tulle/model'
import { topicName } from '@tulle/model'
import type { FlinkTable } from './flink-statements.ts'
import type { Refusal } from './sorts.ts'

/** `application`: whose topics are read, where several ports offer a data set. */
export interface Asking { readonly application?: string | undefined }

interface Result { readonly name: string; readonly contract: DataContract }

/** The cluster of Kafka that the topics are in, as its ports declare it. */
export interface TopicCluster {
  readonly brokers: readonly string[]
  readonly tls?: 'verify' | 'off'
  readonly sasl?: { readonly mechanism: string; readonly user: string; readonly password: { readonly secret: string } }
}

/** What a Kafka port declares, as the model has checked it. */
interface Settings extends TopicCluster {
  readonly application: string
  readonly format?: string
  readonly topic_suffix?: string
}

const RESULT = { topic_suffix: 'flink' }
const USER = /^[\w.@-]+$/u

/** A table with where its topic is. */
export interface TopicTable extends FlinkTable { readonly cluster: TopicCluster }

interface TopicTables {
  /** A table as a statement names it. */
  readonly input: (product: string, dataSet: string) => TopicTable | Refusal
  /** The topic that Flink writes, in the cluster that it reads from. */
  readonly result: (product: DataProduct, dataSet: Result, inputs: readonly TopicTable[]) => TopicTable | Refusal
  /** The same without its cluster. */
  readonly anywhere: (product: string, dataSet: Result) => FlinkTable
}

export function topicTables(products: MeshModel['products'], { application }: Asking): TopicTables {
  const anywhere: TopicTables['anywhere'] = (product, { name, contract }) => ({ name: topicName(product, name, RESULT), columns: contract.columns, options: {} })
  return {
    anywhere,
    input: (productName, name) => {
      const product = products.get(productName)
      const dataSet = product?.dataSets.find((one) => one.name === name)
      const at = `${productName}.${name}`
      if (product === undefined || dataSet?.contract === undefined) return { clause: `${at}, which is no data set with a contract`, remedy: 'read data sets alone' }
      const ports = kafkaPorts(product, dataSet).filter((one) => application === undefined || one.application === application)
      const [settings, more] = ports
      if (settings === undefined) return { clause: `${at}, which no Kafka port offers${application === undefined ? '' : ` to ${application}`}`, remedy: `give ${productName} a kafka-output-port that offers it` }
      if (more !== undefined) return { clause: `${at}, which several Kafka ports offer`, remedy: 'say whose topics are to be read with --application: they hold what that process domain may see' }
      if ((settings.format ?? 'avro') !== 'avro') return { clause: `${at}, whose messages are in ${settings.format}`, remedy: 'offer it by a port with "format: avro": Flink reads no others that begin with the number of their schema' }
      if (settings.sasl !== undefined && !USER.test(settings.sasl.user)) return { clause: `the user that the Kafka port of ${at} signs in as`, remedy: 'take a name of letters, digits and .@-_' }
      const topic = topicName(productName, name, settings)
      const { brokers, tls, sasl } = settings
      return { name: topic, columns: dataSet.contract.columns, cluster: { brokers, ...(tls !== undefined && { tls }), ...(sasl !== undefined && { sasl }) }, options: { ...connection(topic, settings), 'properties.isolation.level': 'read_committed', ...registered('key'), ...registered('value'), 'value.fields-include': 'ALL' } }
    },
    result: (product, dataSet, inputs) => {
      const { name, columns } = anywhere(product.name, dataSet)
      if (kafkaPorts(product, dataSet).some((port) => topicName(product.name, dataSet.name, port) === name)) return { clause: `the topic ${name}, which Tulle writes itself`, remedy: 'give its Kafka port another topic_suffix' }
      const [cluster, more] = new Map(inputs.map(({ options }) => [JSON.stringify(clusterOf(options)), clusterOf(options)])).values()
      if (cluster === undefined || more !== undefined) return { clause: 'inputs in several clusters of Kafka', remedy: 'offer them all by ports to one cluster' }
      return { name, columns, cluster: inputs[0]?.cluster ?? { brokers: [] }, options: { connector: 'upsert-kafka', topic: name, ...cluster, 'key.format': 'json', 'value.format': 'json', 'value.json.encode.decimal-as-plain-number': 'true', 'value.fields-include': 'ALL' } }
    },
  }
}

const kafkaPorts = ({ outputPorts }: Pick<DataProduct, 'outputPorts'>, { name }: Pick<DataSet, 'name'>): readonly Settings[] =>
  outputPorts.flatMap(({ kind, dataSets, settings }: OutputPort) => (kind === 'kafka' && dataSets.includes(name) ? [settings as unknown as Settings] : []))

function connection(topic: string, { brokers, tls = 'verify', sasl }: Settings): Readonly<Record<string, string>> {
  return {
    connector: 'upsert-kafka',
    topic,
    'properties.bootstrap.servers': brokers.join(','),
    'properties.security.protocol': `${sasl === undefined ? '' : 'SASL_'}${tls === 'off' ? 'PLAINTEXT' : 'SSL'}`,
    ...(sasl !== undefined && {
      'properties.sasl.mechanism': sasl.mechanism,
      'properties.sasl.jaas.config': `org.apache.kafka.common.security.${sasl.mechanism === 'PLAIN' ? 'plain.Plain' : 'scram.Scram'}LoginModule required username="${sasl.user}" password="\${TULLE_SECRET_${sasl.password.secret}}";`,
    }),
  }
}

const CLUSTER = /^properties\.(?:bootstrap\.servers|security\.protocol|sasl\..*)$/u
const clusterOf = (options: Readonly<Record<string, string>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(options).filter(([name]) => CLUSTER.test(name)))

const registered = (part: 'key' | 'value'): Readonly<Record<string, string>> => ({
  [`${part}.format`]: 'avro-confluent',
  [`${part}.avro-confluent.url`]: '${TULLE_SCHEMA_REGISTRY_URL}',
  [`${part}.avro-confluent.basic-auth.credentials-source`]: 'USER_INFO',
  [`${part}.avro-confluent.basic-auth.user-info`]: '${TULLE_SCHEMA_REGISTRY_USER_INFO}',
})
