// The messages of an Arrow stream (Arrow columnar format 1.5, "IPC Streaming Format"): the schema, then record batches. Their
// heads are flatbuffers by Message.fbs and Schema.fbs, written by hand since they are so few.

import { Builder } from 'flatbuffers'
import type { Sink } from '../sink.ts'
import type { ArrowField } from './arrow-type.ts'

/** Of a column and of each that it is made of: how many values, how many of them null. */
export interface FieldNode { readonly length: number; readonly nulls: number }

/** What a record batch is made of, columns and buffers in the order of the format. */
export interface BatchParts { readonly rows: number; readonly nodes: readonly FieldNode[]; readonly buffers: readonly Uint8Array[] }

const VERSION_5 = 4
const SCHEMA = 1
const RECORD_BATCH = 3

/** Buffers begin at such places, so that readers may use them where they lie. */
const ALIGNMENT = 64
const CONTINUES = 0xffff_ffff

export function putSchema(sink: Sink, fields: readonly ArrowField[]): void {
  const builder = new Builder(1024)
  const columns = vectorOf(builder, fields.map((field) => fieldOf(builder, field)))
  builder.startObject(4)
  builder.addFieldInt16(0, 0, 0)
  builder.addFieldOffset(1, columns, 0)
  putMessage(sink, builder, SCHEMA, builder.endObject(), 0)
}

export function putRecordBatch(sink: Sink, { rows, nodes, buffers }: BatchParts): void {
  const builder = new Builder(1024)
  const places: number[] = []
  let size = 0
  for (const { length } of buffers) {
    places.push(size)
    size += aligned(length)
  }
  builder.startVector(16, buffers.length, 8)
  for (let i = buffers.length - 1; i >= 0; i -= 1) putPair(builder, places[i] as number, (buffers[i] as Uint8Array).length)
  const bufferList = builder.endVector()
  builder.startVector(16, nodes.length, 8)
  for (const { length, nulls } of nodes.toReversed()) putPair(builder, length, nulls)
  const nodeList = builder.endVector()
  builder.startObject(5)
  builder.addFieldInt64(0, BigInt(rows), 0n)
  builder.addFieldOffset(1, nodeList, 0)
  builder.addFieldOffset(2, bufferList, 0)
  putMessage(sink, builder, RECORD_BATCH, builder.endObject(), size)
  sink.room(size)
  for (const buffer of buffers) {
    sink.bytes.set(buffer, sink.at)
    // What lies there is somebody's memory.
    sink.bytes.fill(0, sink.at + buffer.length, sink.at + aligned(buffer.length))
    sink.at += aligned(buffer.length)
  }
}

/** What ends a stream, so that one that was cut is known for it. */
export const END_OF_STREAM: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

function putMessage(sink: Sink, builder: Builder, kind: number, header: number, bodyBytes: number): void {
  builder.startObject(5)
  builder.addFieldInt16(0, VERSION_5, 0)
  builder.addFieldInt8(1, kind, 0)
  builder.addFieldOffset(2, header, 0)
  builder.addFieldInt64(3, BigInt(bodyBytes), 0n)
  builder.finish(builder.endObject())
  const head = builder.asUint8Array()
  const size = Math.ceil(head.length / 8) * 8
  sink.room(8 + size)
  sink.view.setUint32(sink.at, CONTINUES, true)
  sink.view.setInt32(sink.at + 4, size, true)
  sink.bytes.set(head, sink.at + 8)
  sink.bytes.fill(0, sink.at + 8 + head.length, sink.at + 8 + size)
  sink.at += 8 + size
}

// Structs are written from their end.
function putPair(builder: Builder, first: number, second: number): void {
  builder.prep(8, 16)
  builder.writeInt64(BigInt(second))
  builder.writeInt64(BigInt(first))
}

function fieldOf(builder: Builder, { name, type, nullable, children }: ArrowField): number {
  const members = vectorOf(builder, children.map((child) => fieldOf(builder, child)))
  const text = builder.createString(name)
  const own = type.put(builder)
  builder.startObject(7)
  builder.addFieldOffset(0, text, 0)
  builder.addFieldInt8(1, nullable ? 1 : 0, 0)
  builder.addFieldInt8(2, type.id, 0)
  builder.addFieldOffset(3, own, 0)
  builder.addFieldOffset(5, members, 0)
  return builder.endObject()
}

function vectorOf(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (const offset of offsets.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}
