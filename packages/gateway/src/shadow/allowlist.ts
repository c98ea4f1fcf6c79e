// What a catalogue query may name. Reviewed against PostgreSQL 18: nothing in these lists reads a file, another
// session, another database or another user, and nothing changes anything.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Tables and views of pg_catalog. Those that name databases, roles and settings are replaced in the shadow cluster. */
export const CATALOGUE_RELATIONS = words(`
  pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_available_extensions pg_cast pg_class pg_collation pg_constraint
  pg_conversion pg_cursors pg_database pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension
  pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_group pg_index pg_indexes pg_inherits pg_init_privs pg_language pg_locks pg_matviews
  pg_namespace pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_policies pg_policy pg_prepared_statements pg_proc pg_publication
  pg_publication_namespace pg_publication_rel pg_publication_tables pg_range pg_rewrite pg_roles pg_rules pg_seclabel pg_seclabels pg_sequence
  pg_sequences pg_settings pg_shdescription pg_stat_user_tables pg_statistic_ext pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names
  pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user pg_user_mappings pg_views
`)

/** Views of information_schema that describe what the asker sees. */
export const INFORMATION_RELATIONS = words(`
  applicable_roles attributes character_sets check_constraint_routine_usage check_constraints collations column_domain_usage column_options
  column_privileges column_udt_usage columns constraint_column_usage constraint_table_usage data_type_privileges domain_constraints domain_udt_usage
  domains element_types enabled_roles foreign_tables information_schema_catalog_name key_column_usage parameters referential_constraints
  role_column_grants role_routine_grants role_table_grants role_usage_grants routine_privileges routines schemata sequences sql_features
  sql_implementation_info sql_sizing table_constraints table_privileges tables triggers udt_privileges usage_privileges
  user_defined_types view_column_usage view_table_usage views
`)

/** Functions that describe the catalogue: a statement without tables that calls one is a question to it. */
export const CATALOGUE_FUNCTIONS = words(`
  acldefault aclexplode col_description current_catalog current_database current_role current_schema current_schemas current_setting current_user
  format_type getdatabaseencoding has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
  has_function_privilege has_language_privilege has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege
  has_tablespace_privilege has_type_privilege inet_client_addr inet_server_addr inet_server_port obj_description oidvectortypes
  pg_backend_pid pg_char_to_encoding pg_client_encoding pg_collation_actual_version pg_collation_is_visible pg_column_is_updatable
  pg_conf_load_time pg_conversion_is_visible pg_database_size pg_describe_object pg_encoding_max_length pg_encoding_to_char
  pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
  pg_get_function_result pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef
  pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions
  pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address pg_index_column_has_property
  pg_index_has_property pg_indexam_has_property pg_indexes_size pg_is_in_recovery pg_is_other_temp_schema pg_my_temp_schema pg_opclass_is_visible
  pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table pg_partition_ancestors pg_partition_root pg_partition_tree
  pg_postmaster_start_time pg_relation_filenode pg_relation_is_publishable pg_relation_is_updatable pg_relation_size pg_sequence_parameters
  pg_size_pretty pg_stat_get_numscans pg_statistics_obj_is_visible pg_table_is_visible pg_table_size pg_tablespace_location pg_tablespace_size pg_total_relation_size
  pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof
  quote_ident row_security_active session_user set_config shobj_description to_regclass to_regnamespace to_regoper to_regoperator to_regproc
  to_regprocedure to_regrole to_regtype user version
`)

/** Functions that only compute, as catalogue queries use them. None builds a value much larger than what it is given. */
export const PLAIN_FUNCTIONS = words(`
  abs age any_value array_agg array_append array_cat array_dims array_length array_lower array_ndims array_position array_positions array_prepend
  array_remove array_replace array_to_json array_to_string array_upper ascii avg bit_length bool_and bool_or btrim cardinality ceil ceiling char_length
  character_length chr clock_timestamp concat concat_ws count date_part date_trunc dense_rank every extract first_value floor format
  generate_series generate_subscripts greatest initcap json_agg json_array_length json_build_array json_build_object json_each json_each_text
  json_object_agg jsonb_agg jsonb_array_elements jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_object_agg
  ilike_escape lag last_value lead least left length like like_escape lower ltrim max md5 min mod not_ilike_escape not_like_escape now nullif octet_length overlay position quote_literal quote_nullable rank
  regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table replace reverse right round row_number row_to_json
  rtrim split_part starts_with string_agg string_to_array strpos substr substring sum text timezone to_char to_json to_jsonb translate trim trunc
  unnest upper
`)

/** Helpers of information_schema that drivers call by name. */
export const INFORMATION_FUNCTIONS = words(`
  _pg_char_max_length _pg_char_octet_length _pg_datetime_precision _pg_expandarray _pg_index_position _pg_interval_type _pg_numeric_precision
  _pg_numeric_precision_radix _pg_numeric_scale _pg_truetypid _pg_truetypmod
`)

/** Types that only PostgreSQL has: a statement without tables that casts to one is for it. */
export const CATALOGUE_TYPES = words(`
  aclitem cid int2vector jsonb jsonpath name oid oidvector pg_lsn pg_node_tree regclass regcollation regconfig regdictionary regnamespace regoper
  regoperator regproc regprocedure regrole regtype tid tsquery tsvector xid xid8
`)

/** Words that are worth a closer look. A statement without any of them is about data. */
export const TELLTALES: ReadonlySet<string> = new Set([...CATALOGUE_FUNCTIONS, ...CATALOGUE_TYPES, 'information_schema'])
