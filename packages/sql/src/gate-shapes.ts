// Which parts of DuckDB's tree are known, and what stands in each of their members. The gate refuses whatever is not
// written here, so this file is the whole of what a statement may be made of.

/** What stands in a member; the gate knows how to walk each. A `?` allows null. */
export type Part =
  /** A text, number or flag without meaning for access. */
  | 'plain'
  /** A clause that is refused where it is used. */
  | 'absent'
  | 'names' | 'column-names' | 'data' | 'numbers'
  | 'expression' | 'expression?' | 'expressions' | 'rows' | 'named-expressions' | 'cases' | 'orders' | 'modifier' | 'modifiers'
  | 'type' | 'types' | 'type-info' | 'type-name' | 'named-types'
  | 'table' | 'table-function' | 'version' | 'pivots' | 'pivot-entries'
  | 'query' | 'recursive-query' | 'statement' | 'statement?' | 'with'

export type Shape = Readonly<Record<string, Part>>

const expression = (members: Shape): Shape => ({ class: 'plain', type: 'plain', alias: 'plain', query_location: 'plain', ...members })

const children = expression({ children: 'expressions' })
const comparison = expression({ left: 'expression', right: 'expression' })
const window = expression({
  function_name: 'plain', schema: 'plain', catalog: 'plain', children: 'expressions', partitions: 'expressions', orders: 'orders', start: 'plain',
  end: 'plain', start_expr: 'expression?', end_expr: 'expression?', offset_expr: 'expression?', default_expr: 'expression?', ignore_nulls: 'plain',
  filter_expr: 'expression?', exclude_clause: 'plain', distinct: 'plain', arg_orders: 'orders',
})

/** By class and type, as `CLASS:TYPE`. OPERATOR_TRY is left out: it makes an answer of an error. */
export const EXPRESSIONS: Readonly<Record<string, Shape>> = {
  'COLUMN_REF:COLUMN_REF': expression({ column_names: 'column-names' }),
  'CONSTANT:VALUE_CONSTANT': expression({ value: 'data' }),
  'PARAMETER:VALUE_PARAMETER': expression({ identifier: 'plain' }),
  'POSITIONAL_REFERENCE:POSITIONAL_REFERENCE': expression({ index: 'plain' }),
  'FUNCTION:FUNCTION': expression({
    function_name: 'plain', schema: 'plain', catalog: 'plain', children: 'expressions', filter: 'expression?', order_bys: 'modifier', distinct: 'plain',
    is_operator: 'plain', export_state: 'plain',
  }),
  'COMPARISON:COMPARE_EQUAL': comparison,
  'COMPARISON:COMPARE_NOTEQUAL': comparison,
  'COMPARISON:COMPARE_LESSTHAN': comparison,
  'COMPARISON:COMPARE_GREATERTHAN': comparison,
  'COMPARISON:COMPARE_LESSTHANOREQUALTO': comparison,
  'COMPARISON:COMPARE_GREATERTHANOREQUALTO': comparison,
  'COMPARISON:COMPARE_DISTINCT_FROM': comparison,
  'COMPARISON:COMPARE_NOT_DISTINCT_FROM': comparison,
  'CONJUNCTION:CONJUNCTION_AND': children,
  'CONJUNCTION:CONJUNCTION_OR': children,
  'OPERATOR:OPERATOR_NOT': children,
  'OPERATOR:OPERATOR_IS_NULL': children,
  'OPERATOR:OPERATOR_IS_NOT_NULL': children,
  'OPERATOR:OPERATOR_COALESCE': children,
  'OPERATOR:OPERATOR_UNPACK': children,
  'OPERATOR:COMPARE_IN': children,
  'OPERATOR:COMPARE_NOT_IN': children,
  'OPERATOR:ARRAY_EXTRACT': children,
  'OPERATOR:ARRAY_SLICE': children,
  'OPERATOR:ARRAY_CONSTRUCTOR': children,
  'OPERATOR:STRUCT_EXTRACT': children,
  'OPERATOR:GROUPING_FUNCTION': children,
  'CAST:OPERATOR_CAST': expression({ child: 'expression', cast_type: 'type', try_cast: 'plain' }),
  'CASE:CASE_EXPR': expression({ case_checks: 'cases', else_expr: 'expression' }),
  'BETWEEN:COMPARE_BETWEEN': expression({ input: 'expression', lower: 'expression', upper: 'expression' }),
  'SUBQUERY:SUBQUERY': expression({ subquery_type: 'plain', subquery: 'statement', child: 'expression?', comparison_type: 'plain' }),
  'STAR:STAR': expression({
    relation_name: 'plain', exclude_list: 'names', replace_list: 'named-expressions', columns: 'plain', expr: 'expression?', qualified_exclude_list: 'data',
    rename_list: 'data', unpacked: 'plain',
  }),
  'LAMBDA:LAMBDA': expression({ lhs: 'expression', expr: 'expression' }),
  'COLLATE:COLLATE': expression({ child: 'expression', collation: 'plain' }),
  'WINDOW:WINDOW_AGGREGATE': window,
  'WINDOW:WINDOW_ROW_NUMBER': window,
  'WINDOW:WINDOW_RANK': window,
  'WINDOW:WINDOW_RANK_DENSE': window,
  'WINDOW:WINDOW_PERCENT_RANK': window,
  'WINDOW:WINDOW_CUME_DIST': window,
  'WINDOW:WINDOW_NTILE': window,
  'WINDOW:WINDOW_FIRST_VALUE': window,
  'WINDOW:WINDOW_LAST_VALUE': window,
  'WINDOW:WINDOW_NTH_VALUE': window,
  'WINDOW:WINDOW_LEAD': window,
  'WINDOW:WINDOW_LAG': window,
  'WINDOW:WINDOW_FILL': window,
}

const table = (members: Shape): Shape => ({ type: 'plain', alias: 'plain', sample: 'data', query_location: 'plain', ...members })

/** SHOW_REF (DESCRIBE, SUMMARIZE, SHOW) is left out: it describes what the engine holds. */
export const TABLES: Readonly<Record<string, Shape>> = {
  EMPTY: table({}),
  BASE_TABLE: table({ schema_name: 'plain', table_name: 'plain', column_name_alias: 'names', catalog_name: 'absent', at_clause: 'version' }),
  SUBQUERY: table({ subquery: 'statement', column_name_alias: 'names' }),
  JOIN: table({
    left: 'table', right: 'table', condition: 'expression?', join_type: 'plain', ref_type: 'plain', using_columns: 'names', delim_flipped: 'plain',
    duplicate_eliminated_columns: 'expressions',
  }),
  TABLE_FUNCTION: table({ function: 'table-function', column_name_alias: 'names', with_ordinality: 'plain' }),
  EXPRESSION_LIST: table({ expected_names: 'names', expected_types: 'types', values: 'rows' }),
  PIVOT: table({
    source: 'table', aggregates: 'expressions', unpivot_names: 'names', pivots: 'pivots', groups: 'names', column_name_alias: 'names', include_nulls: 'plain',
  }),
}

/** A type made at run time (`pivot_enum`) is a second statement in disguise. */
export const PIVOT_COLUMN: Shape = { pivot_expressions: 'expressions', unpivot_names: 'names', entries: 'pivot-entries', pivot_enum: 'absent' }
export const PIVOT_ENTRY: Shape = { values: 'data', star_expr: 'expression?', alias: 'plain' }

export const QUERIES: Readonly<Record<string, Shape>> = {
  SELECT_NODE: {
    type: 'plain', modifiers: 'modifiers', cte_map: 'with', select_list: 'expressions', from_table: 'table', where_clause: 'expression?',
    group_expressions: 'expressions', group_sets: 'numbers', aggregate_handling: 'plain', having: 'expression?', sample: 'data', qualify: 'expression?',
  },
  SET_OPERATION_NODE: { type: 'plain', modifiers: 'modifiers', cte_map: 'with', setop_type: 'plain', left: 'query', right: 'query', setop_all: 'plain' },
  RECURSIVE_CTE_NODE: {
    type: 'plain', modifiers: 'modifiers', cte_map: 'with', cte_name: 'plain', union_all: 'plain', left: 'query', right: 'recursive-query', aliases: 'names',
    key_targets: 'expressions',
  },
}

export const STATEMENT: Shape = { node: 'query', named_param_map: 'data' }
export const WITH_QUERY: Shape = { aliases: 'names', query: 'statement', materialized: 'plain', key_targets: 'expressions' }

export const MODIFIERS: Readonly<Record<string, Shape>> = {
  ORDER_MODIFIER: { type: 'plain', orders: 'orders' },
  LIMIT_MODIFIER: { type: 'plain', limit: 'expression?', offset: 'expression?' },
  LIMIT_PERCENT_MODIFIER: { type: 'plain', limit: 'expression?', offset: 'expression?' },
  DISTINCT_MODIFIER: { type: 'plain', distinct_on_targets: 'expressions' },
}

const typeInfo = (members: Shape): Shape => ({ type: 'plain', alias: 'plain', extension_info: 'absent', ...members })

export const TYPE_INFOS: Readonly<Record<string, Shape>> = {
  DECIMAL_TYPE_INFO: typeInfo({ width: 'plain', scale: 'plain' }),
  STRING_TYPE_INFO: typeInfo({ collation: 'plain' }),
  LIST_TYPE_INFO: typeInfo({ child_type: 'type' }),
  ARRAY_TYPE_INFO: typeInfo({ child_type: 'type', size: 'plain' }),
  STRUCT_TYPE_INFO: typeInfo({ child_types: 'named-types' }),
  UNBOUND_TYPE_INFO: typeInfo({ name: 'type-name', catalog: 'absent', schema: 'absent', user_type_modifiers: 'data' }),
}

/** Types that the parser leaves to the catalogue; no others are there. */
export const NAMED_TYPES: ReadonlySet<string> = new Set(['json', 'enum', 'bignum'])
