// Confluent's registry client for npm against our registry: registers, looks up, serialises, and is refused as it expects.
// Usage: with-registry.mjs <folder with node_modules> <address> <user> <password>. Ends with a line of counts.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, address, user, password] = process.argv.slice(2)
const { AvroDeserializer, AvroSerializer, Compatibility, JsonDeserializer, JsonSerializer, SchemaRegistryClient, SerdeType } = createRequire(join(folder, 'any.js'))('@confluentinc/schemaregistry')
/** What a client was told it remembers; another one asks anew. */
const open = () => new SchemaRegistryClient({ baseURLs: [address], basicAuthCredentials: { credentialsSource: 'USER_INFO', userInfo: `${user}:${password}` }, maxRetries: 0 })
const client = open()
let [passed, failed] = [0, 0]
async function check(what, act) {
  try {
    const wrong = await act()
    if (wrong !== undefined && wrong !== true) throw new Error(JSON.stringify(wrong))
    passed += 1
  } catch (error) {
    failed += 1
    console.log(`✗ ${what}: ${String(error?.message ?? error)}`)
  }
}
const same = (a, b) => (JSON.stringify(a) === JSON.stringify(b) ? true : { found: a, wanted: b })
const refusal = async (act) => {
  try { await act() } catch (error) { return { status: error.status, code: error.errorCode } }
  return 'not refused'
}

const SUBJECT = 'orders.by_hand-value'
const first = { schemaType: 'AVRO', schema: JSON.stringify({ type: 'record', name: 'Order', namespace: 'orders', fields: [{ name: 'id', type: 'long' }, { name: 'note', type: ['null', 'string'], default: null }] }) }
const wider = { schemaType: 'AVRO', schema: JSON.stringify({ type: 'record', name: 'Order', namespace: 'orders', fields: [{ name: 'id', type: 'long' }, { name: 'note', type: ['null', 'string'], default: null }, { name: 'paid', type: 'boolean', default: false }] }) }
const breaking = { schemaType: 'AVRO', schema: JSON.stringify({ type: 'record', name: 'Order', namespace: 'orders', fields: [{ name: 'id', type: 'long' }, { name: 'must', type: 'string' }] }) }
let id

await check('registers', async () => { id = await client.register(SUBJECT, first); return Number.isInteger(id) })
await check('registers the same again under the same id', async () => same(await client.register(SUBJECT, first), id))
await check('finds a schema by its id', async () => same(JSON.parse((await client.getBySubjectAndId(SUBJECT, id)).schema), JSON.parse(first.schema)))
await check('finds the id of a schema', async () => same(await client.getId(SUBJECT, first), id))
await check('finds the newest version', async () => same((await client.getLatestSchemaMetadata(SUBJECT)).version, 1))
await check('lists subjects', async () => (await client.getAllSubjects()).includes(SUBJECT))
await check('tests what is compatible', async () => same(await client.testSubjectCompatibility(SUBJECT, wider), true))
await check('tests what is not', async () => same(await client.testSubjectCompatibility(SUBJECT, breaking), false))
await check('is refused what is not compatible', async () => same(await refusal(() => client.register(SUBJECT, breaking)), { status: 409, code: 409 }))
await check('is refused what cannot be read', async () => same(await refusal(() => client.register(SUBJECT, { schemaType: 'AVRO', schema: '{"type":"nothing"}' })), { status: 422, code: 42201 }))
await check('is told of a subject that is not there', async () => same(await refusal(() => client.getLatestSchemaMetadata('orders.nowhere-value')), { status: 404, code: 40401 }))
await check('is told of a version that is not there', async () => same(await refusal(() => client.getSchemaMetadata(SUBJECT, 99)), { status: 404, code: 40402 }))
await check('is refused in a subject that a contract declares', async () => same(await refusal(() => client.register('orders.orders.a-value', wider)), { status: 422, code: 42205 }))
await check('sets and reads compatibility', async () => same([await client.updateCompatibility(SUBJECT, Compatibility.FULL), await client.getCompatibility(SUBJECT)], [Compatibility.FULL, Compatibility.FULL]))
await check('registers a wider one', async () => (await client.register(SUBJECT, wider)) !== id)
await check('lists versions', async () => same(await client.getAllVersions(SUBJECT), [1, 2]))
await check('serialises and reads Avro', async () => {
  const topic = 'orders.by_hand'
  const bytes = await new AvroSerializer(open(), SerdeType.VALUE, { useLatestVersion: true }).serialize(topic, { id: 7, note: 'x', paid: true })
  return same(await new AvroDeserializer(client, SerdeType.VALUE, {}).deserialize(topic, bytes), { id: 7, note: 'x', paid: true })
})
await check('serialises and reads JSON Schema', async () => {
  const topic = 'orders.as_json'
  await client.register(`${topic}-value`, { schemaType: 'JSON', schema: JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }) })
  const serializer = new JsonSerializer(client, SerdeType.VALUE, { useLatestVersion: true, validate: true })
  const bytes = await serializer.serialize(topic, { id: 7 })
  const bad = await serializer.serialize(topic, { id: 'seven' }).then(() => 'not refused', () => 'refused')
  return same([bad, await new JsonDeserializer(client, SerdeType.VALUE, {}).deserialize(topic, bytes)], ['refused', { id: 7 }])
})
await check('hides and removes a subject', async () => same([await client.deleteSubject(SUBJECT), (await client.getAllSubjects()).includes(SUBJECT), await client.deleteSubject(SUBJECT, true)], [[1, 2], false, [1, 2]]))
console.log(`${passed} passed, ${failed} failed`)
