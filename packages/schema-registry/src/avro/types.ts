// The nouns of Avro schemas. A named type is one object wherever it is named, so a record can hold itself.

export type Avro = Primitive | AvroRecord | AvroEnum | AvroFixed | AvroArray | AvroMap | AvroUnion

export interface Decimal { readonly precision: number; readonly scale: number }

export interface Primitive { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'; readonly decimal?: Decimal }
export interface Named { readonly name: string; readonly aliases: readonly string[] }
export interface AvroField { readonly name: string; readonly aliases: readonly string[]; readonly type: Avro; readonly hasDefault: boolean }
export interface AvroRecord extends Named { readonly kind: 'record'; readonly fields: AvroField[] }
export interface AvroEnum extends Named { readonly kind: 'enum'; readonly symbols: readonly string[]; readonly fallback?: string }
export interface AvroFixed extends Named { readonly kind: 'fixed'; readonly size: number; readonly decimal?: Decimal }
export interface AvroArray { readonly kind: 'array'; readonly items: Avro }
export interface AvroMap { readonly kind: 'map'; readonly values: Avro }
export interface AvroUnion { readonly kind: 'union'; readonly branches: readonly Avro[] }
