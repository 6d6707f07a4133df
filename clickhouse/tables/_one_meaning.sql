-- title: Settings that would change what a view means
-- definition: A view is read under the settings of whoever reads it, and some clients (BI tools set join_use_nulls) change the meaning of SQL by them: with these, a KPI is the same for everybody.
SETTINGS
    join_use_nulls = 0,
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    group_by_use_nulls = 0,
    transform_null_in = 0,
    enable_extended_results_for_datetime_functions = 0,
    empty_result_for_aggregation_by_empty_set = 0
