import { describe, expect, it } from 'vitest'
import type { Field } from '@tulle/lake'
import { fieldsOf } from './fields-of.ts'
import { valueOf } from '../testing.ts'

const column = (name: string, fieldId: number, type: Parameters<typeof fieldsOf>[1][number]['type'] = 'long') => ({ name, fieldId, type, required: true })
const point = (second: string) => ({ type: 'struct', fields: [{ name: 'x', type: 'int' }, { name: second, type: 'int' }] }) as const
const idsOf = (fields: readonly Field[]): unknown => fields.map(({ id, name, required, type }) => [id, name, required, typeof type === 'string' ? type : 'fields' in type ? type.fields.map((member) => [member.id, member.name]) : type])

describe('ids of the columns that somebody sees', () => {
  it('count what is seen, not what the table has', () => {
    const { fields, today } = valueOf(fieldsOf({ columns: [column('id', 4), column('city', 9, 'string')] }, [column('id', 4), column('city', 9, 'string')]))
    expect(idsOf(fields)).toEqual([[1, 'id', false, 'long'], [2, 'city', false, 'string']])
    expect(today).toEqual(fields)
  })
  it('stay with a column that was called or typed otherwise in the snapshot', () => {
    const { fields } = valueOf(fieldsOf({ columns: [column('id', 4), column('town', 9, 'string')] }, [column('city', 9, 'string'), column('id', 4, 'int')]))
    expect(idsOf(fields)).toEqual([[2, 'city', false, 'string'], [1, 'id', false, 'int']])
  })
  it('reach the members of a type that is written as text, as a contract has it', () => {
    const { fields } = valueOf(fieldsOf({ columns: [column('at', 4, 'struct<x: int, y: int>')] }, [column('at', 4, point('y'))]))
    expect(idsOf(fields)).toEqual([[1, 'at', false, [[2, 'x'], [3, 'y']]]])
  })
  it('are others for the members of a type that was another one', () => {
    const of = (then: ReturnType<typeof point>): unknown => idsOf(valueOf(fieldsOf({ columns: [column('at', 4, point('y'))] }, [column('at', 4, then)])).fields)
    expect(of(point('y'))).toEqual([[1, 'at', false, [[2, 'x'], [3, 'y']]]])
    expect(of(point('z'))).toEqual([[1, 'at', false, [[5, 'x'], [6, 'z']]]])
  })
})
