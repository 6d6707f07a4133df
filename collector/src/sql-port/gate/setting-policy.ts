/**
 * Which settings a request or statement may carry. Limits are the engine's constraints' business; here it is about
 * settings that hold an expression (`additional_result_filter` evaluates one: a way around the check of functions), a
 * path, an address or a way to read the statement differently from how it was checked.
 */
export function mayBeSet(name: string, type: string): boolean {
  if (REFUSED.has(name) || REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix))) return false
  return HARMLESS_STRINGS.has(name) || !FREE_TYPES.has(type)
}

/** Values of these types can be anything; the others are numbers, switches or one word of a fixed list. */
const FREE_TYPES: ReadonlySet<string> = new Set([
  'String',
  'Map',
  'URI',
  'Array',
  'Int32',
  'Dialect',
  'SQLSecurityType',
])

const HARMLESS_STRINGS: ReadonlySet<string> = new Set([
  'bool_true_representation',
  'bool_false_representation',
  'count_distinct_implementation',
  'format_csv_null_representation',
  'format_tsv_null_representation',
  'format_json_object_each_row_column_for_object_name',
  'format_custom_field_delimiter',
  'format_custom_row_before_delimiter',
  'format_custom_row_after_delimiter',
  'format_custom_row_between_delimiter',
  'format_custom_result_before_delimiter',
  'format_custom_result_after_delimiter',
  'log_comment',
  'output_format_avro_codec',
  'output_format_avro_string_column_pattern',
  'output_format_pretty_grid_charset',
  'output_format_sql_insert_table_name',
])

const REFUSED: ReadonlySet<string> = new Set([
  // Read the statement in another way than it was checked.
  'implicit_select',
  'enable_analyzer',
  'allow_experimental_analyzer',
  'allow_experimental_kusto_dialect',
  'allow_experimental_prql_dialect',
  'allow_experimental_polyglot_dialect',
  // Show what this port sends to the engine, or the engine's insides.
  'allow_get_client_http_header',
  'allow_introspection_functions',
  'format_display_secrets_in_show_and_select',
  // Would let a web page that somebody has open read the answer.
  'add_http_cors_header',
  // Would end another person's statement.
  'replace_running_query',
  'allow_fuzz_query_functions',
])

/** Profilers and fuzzers run or write things of their own. */
const REFUSED_PREFIXES = [
  'ast_fuzzer',
  'jemalloc_',
  'memory_profiler_',
  'metrics_perf_',
  'opentelemetry_',
  'query_profiler_',
  'trace_profile_',
]
