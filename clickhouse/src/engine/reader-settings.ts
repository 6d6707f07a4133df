/**
 * What a statement of the reader may set. The reader runs with readonly = 1, where everything else is refused: some
 * settings read or write files (`format_schema`, `format_template_row`, `output_format_schema`), hold SQL that no check
 * of the statement sees (`additional_table_filters`, `parallel_replicas_custom_key`), or lift limits (`profile`), and
 * each release brings new ones. A test compares these names with the engine's own list.
 */
export const READER_SETTINGS: readonly string[] = [
  // How values are written.
  ...prefixed(
    'output_format_',
    `
    always_write_decimal_point_in_float_and_decimal arrow_compression_method arrow_date_as_uint16
    arrow_fixed_string_as_fixed_byte_array arrow_low_cardinality_as_dictionary arrow_parallel_encoding
    arrow_string_as_string arrow_unsupported_types_as_binary arrow_use_64_bit_indexes_for_dictionary
    arrow_use_native_writer arrow_use_signed_indexes_for_dictionary arrow_uuid_as_fixed_byte_array
    arrow_variant_as_string avro_codec avro_confluent_subject avro_string_column_pattern
    avro_sync_interval binary_encode_types_in_binary_format binary_write_json_as_string bson_string_as_string
    compression_level compression_zstd_window_log csv_crlf_end_of_line
    csv_header_serialize_tuple_into_separate_columns csv_serialize_tuple_into_separate_columns
    decimal_trailing_zeros enable_streaming float_precision image_height image_terminal_mode image_width
    json_array_of_rows json_escape_forward_slashes json_map_as_array_of_tuples json_named_tuples_as_objects
    json_pretty_print json_quote_64bit_floats json_quote_64bit_integers json_quote_decimals json_quote_denormals
    json_skip_null_value_in_named_tuples json_validate_utf8 markdown_escape_special_characters
    msgpack_uuid_representation native_encode_types_in_binary_format
    native_use_flattened_dynamic_and_json_serialization native_write_json_as_string orc_compression_block_size
    orc_compression_method orc_dictionary_key_size_threshold orc_row_index_stride orc_string_as_string
    orc_writer_time_zone_name parallel_formatting parquet_batch_size parquet_bloom_filter_bits_per_value
    parquet_bloom_filter_flush_threshold_bytes parquet_compliant_nested_types parquet_compression_method
    parquet_data_page_size parquet_date_as_uint16 parquet_datetime_as_uint32 parquet_enum_as_byte_array
    parquet_fixed_string_as_fixed_byte_array parquet_geometadata parquet_max_dictionary_size
    parquet_parallel_encoding parquet_row_group_size parquet_row_group_size_bytes parquet_string_as_string
    parquet_unsupported_types_as_binary parquet_use_custom_encoder parquet_version parquet_write_bloom_filter
    parquet_write_checksums parquet_write_page_index pretty_color pretty_display_footer_column_names
    pretty_display_footer_column_names_min_rows pretty_fallback_to_vertical
    pretty_fallback_to_vertical_max_rows_per_chunk pretty_fallback_to_vertical_min_columns
    pretty_fallback_to_vertical_min_table_width pretty_glue_chunks pretty_grid_charset
    pretty_highlight_digit_groups pretty_highlight_trailing_spaces pretty_max_column_name_width_cut_to
    pretty_max_column_name_width_min_chars_to_cut pretty_max_column_pad_width pretty_max_rows
    pretty_max_value_width pretty_max_value_width_apply_for_single_value pretty_multiline_fields
    pretty_named_tuples_as_json pretty_row_numbers pretty_single_large_number_tip_threshold
    pretty_squash_consecutive_ms pretty_squash_max_wait_ms pretty_use_nbsp_for_padding
    protobuf_nullables_with_google_wrappers sql_insert_include_column_names sql_insert_max_batch_size
    sql_insert_quote_names sql_insert_table_name sql_insert_use_replace trim_fixed_string tsv_crlf_end_of_line
    values_escape_quote_with_quote write_statistics
  `,
  ),
  ...words(`
    date_time_output_format date_time_64_output_format_cut_trailing_zeros_align_to_groups_of_thousands
    bool_true_representation bool_false_representation
    format_csv_delimiter format_csv_null_representation format_tsv_null_representation
    format_custom_escaping_rule format_custom_field_delimiter format_custom_result_after_delimiter
    format_custom_result_before_delimiter format_custom_row_after_delimiter format_custom_row_before_delimiter
    format_custom_row_between_delimiter
  `),
  // How the answer travels.
  ...words(`
    enable_http_compression http_zlib_compression_level http_wait_end_of_query http_response_buffer_size
    http_write_exception_in_output_format send_progress_in_http_headers http_headers_progress_interval_ms
  `),
  // What clients of ClickHouse send with every statement, and what belongs to a statement's meaning.
  ...words(`
    extremes session_timezone log_comment limit offset join_use_nulls group_by_use_nulls
    aggregate_functions_null_for_empty transform_null_in union_default_mode
    final prefer_column_name_to_alias result_overflow_mode read_overflow_mode timeout_overflow_mode
  `),
]

function prefixed(prefix: string, names: string): string[] {
  return words(names).map((name) => `${prefix}${name}`)
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
