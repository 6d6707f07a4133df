import { createHash } from 'node:crypto'
import { READER_SETTINGS } from './reader-settings.ts'

/** Bounds of the embedded engine; every one has a default in `embedded.ts`. */
export interface EngineBounds {
  /** Memory of the whole engine process, bytes. Past it statements fail with code 241; the engine stays up. */
  memoryBytesMax: number
  /** Longest run of one statement of the reader, seconds. */
  readerSecondsMax: number
  /** Memory of one statement of the reader, bytes. */
  readerMemoryBytesMax: number
  /** Rows one statement of the reader may read. */
  readerRowsReadMax: number
  /** Rows one statement of the reader may answer with. */
  readerResultRowsMax: number
  /** Bytes (uncompressed, in memory) one statement of the reader may answer with. */
  readerResultBytesMax: number
  /** Statements of the reader at one time. */
  readerQueriesMax: number
}

export const ADMIN_USER = 'offertrail_admin'
export const READER_USER = 'offertrail_reader'

/** The system tables that describe a database; clients such as DBeaver and Grafana read them. */
const READER_SYSTEM_TABLES = ['databases', 'tables', 'columns', 'functions', 'settings', 'data_type_families', 'one']

/** config.xml. Everything the engine writes stays below `path`. */
export function renderConfig(options: {
  path: string
  usersFile: string
  backups: string
  bounds: EngineBounds
}): string {
  const { path, usersFile, backups, bounds } = options
  return `<clickhouse>
${element('users_config', usersFile)}
${element('user_files_path', `${path}/user_files/`)}
${element('format_schema_path', `${path}/format_schemas/`)}
${element('tmp_path', `${path}/tmp/`)}
<backups>${element('allowed_path', backups)}</backups>
<timezone>UTC</timezone>
<!-- Seconds a stop waits for connections, idle ones of keep-alive clients too. What is cut off is sent again. -->
<shutdown_wait_unfinished>2</shutdown_wait_unfinished>
${element('max_server_memory_usage', bounds.memoryBytesMax)}
<!-- The defaults of clickhouse-local starve merges and mutations. -->
<background_pool_size>8</background_pool_size>
<background_schedule_pool_size>16</background_schedule_pool_size>
<mark_cache_size>268435456</mark_cache_size>
<merge_tree>
  <!-- After a power cut unsynced parts are broken by the hundred. The spool holds their rows; the engine must start. -->
  <max_suspicious_broken_parts>1000000</max_suspicious_broken_parts>
  <max_suspicious_broken_parts_bytes>1000000000000</max_suspicious_broken_parts_bytes>
</merge_tree>
<!-- No query_log, text_log or trace_log section: they would keep people's ids out of reach of an erasure. -->
<access_control_improvements>
  <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
  <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
  <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
</access_control_improvements>
</clickhouse>
`
}

/** users.xml: the locked `default`, the administrator, the reader. Holds password hashes: write it 0600. */
export function renderUsers(options: {
  database: string
  adminPassword: string
  readerPassword: string
  bounds: EngineBounds
}): string {
  const { database, adminPassword, readerPassword, bounds } = options
  return `<clickhouse>
<profiles>
  <default>
    <implicit_select>0</implicit_select>
    <async_insert>0</async_insert>
    <deduplicate_blocks_in_dependent_materialized_views>1</deduplicate_blocks_in_dependent_materialized_views>
  </default>
  <!-- clickhouse-local logs in as default without a password; its session takes the only place, so nobody else can. -->
  <boot><max_sessions_for_user>1</max_sessions_for_user></boot>
  <reader>
${readerProfile(bounds)}
  </reader>
</profiles>
<users>
  <default>
    <password></password>
    <networks><ip>127.0.0.1</ip></networks>
    <profile>boot</profile>
    <quota>default</quota>
    <!-- dictGet and SELECT are what dictionaries over local tables are loaded with. -->
    <grants>
      <query>GRANT SYSTEM LISTEN ON *.*</query>
      <query>GRANT SELECT, dictGet ON *.*</query>
    </grants>
  </default>
  <${ADMIN_USER}>
    ${element('password_sha256_hex', sha256(adminPassword))}
    <networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
    <access_management>1</access_management>
    <named_collection_control>1</named_collection_control>
  </${ADMIN_USER}>
  <${READER_USER}>
    ${element('password_sha256_hex', sha256(readerPassword))}
    <networks><ip>127.0.0.1</ip></networks>
    <profile>reader</profile>
    <quota>default</quota>
    ${element('default_database', database)}
    <grants>
      ${element('query', `GRANT SELECT ON ${database}.*`)}
${READER_SYSTEM_TABLES.map((table) => `      <query>GRANT SELECT ON system.${table}</query>`).join('\n')}
    </grants>
  </${READER_USER}>
</users>
<quotas><default><interval><duration>3600</duration></interval></default></quotas>
</clickhouse>
`
}

function readerProfile(bounds: EngineBounds): string {
  const limits: Record<string, number> = {
    max_execution_time: bounds.readerSecondsMax,
    max_memory_usage: bounds.readerMemoryBytesMax,
    max_rows_to_read: bounds.readerRowsReadMax,
    max_result_rows: bounds.readerResultRowsMax,
    max_result_bytes: bounds.readerResultBytesMax,
    max_temporary_data_on_disk_size_for_query: bounds.readerMemoryBytesMax,
  }
  const fixed: Record<string, number> = {
    readonly: 1,
    implicit_select: 0,
    // A reader who went away must not keep the engine busy.
    cancel_http_readonly_queries_on_client_close: 1,
    max_concurrent_queries_for_user: bounds.readerQueriesMax,
    max_memory_usage_for_user: bounds.readerMemoryBytesMax * 2,
    max_temporary_data_on_disk_size_for_user: bounds.readerMemoryBytesMax * 2,
  }
  const settings = Object.entries({ ...fixed, ...limits }).map(([name, value]) => element(name, value))
  const lower = Object.entries(limits).map(([name, most]) => {
    // A minimum as well: 0 means no limit at all, and would pass a maximum alone.
    return `<${name}><min>1</min><max>${most}</max><changeable_in_readonly/></${name}>`
  })
  lower.push('<max_threads><min>1</min><max>16</max><changeable_in_readonly/></max_threads>')
  const free = READER_SETTINGS.map((name) => `<${name}><changeable_in_readonly/></${name}>`)
  return [...settings, '<constraints>', ...lower, ...free, '</constraints>'].join('\n')
}

function element(name: string, value: string | number): string {
  const text = String(value).replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return `<${name}>${text}</${name}>`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
