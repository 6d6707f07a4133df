// @ts-check
/**
 * The engine's own process: ClickHouse as `clickhouse local`, out of libchdb, with ClickHouse's real HTTP server.
 *
 * Checked JavaScript, not TypeScript, so that one and the same file runs from src/ (tests) and from dist/.
 *
 * Protocol with the parent: the first line on stdin is a HostOrder; after it stdin stays open and silent. When it ends
 * the parent is gone (even by kill -9) or wants us to stop; both mean a clean stop. SIGTERM means the same. SIGINT is
 * ignored: Ctrl-C reaches the whole process group, and the parent still has to drain into us.
 */
import http from 'node:http'
import { createInterface } from 'node:readline'
import { DataType, load, open } from 'ffi-rs'

/**
 * @typedef {object} HostOrder
 * @property {string} library path of libchdb
 * @property {string} config path of config.xml
 * @property {string} path the engine's data folder
 * @property {number} port loopback port of the HTTP interface
 * @property {string} user who may stop the engine
 * @property {string} password of that user
 * @property {number} stopTimeoutMs after this long a stop that hangs becomes an exit
 */

/** Exit code the parent tells apart from the engine's own. */
const EXIT_BAD_ORDER = 4
/** Pause between two requests to end, ms. */
const ASK_AGAIN_MS = 500

/** Data of people: nobody else on this machine reads what the engine writes. */
process.umask(0o077)
process.on('SIGINT', () => {})

const stdin = createInterface({ input: process.stdin })
/** @type {HostOrder | undefined} */
let order
let stopping = false

stdin.once('line', (line) => {
  order = JSON.parse(line)
  if (order) run(order)
})
stdin.once('close', () => (order ? stop() : process.exit(EXIT_BAD_ORDER)))
process.stdin.on('error', () => stop())
process.on('SIGTERM', stop)

/** @param {HostOrder} given */
function run(given) {
  open({ library: 'chdb', path: given.library })
  // Else the engine takes SIGTERM for itself and swallows it.
  call('chdb_set_signal_handlers_enabled', DataType.Void, [DataType.I32], [0])
  const args = [
    'clickhouse',
    // Always named: clickhouse-local would otherwise load ./config.xml of the working folder.
    `--config-file=${given.config}`,
    `--path=${given.path}`,
    `--http_port=${given.port}`,
    '--listen_host=127.0.0.1',
    // No logger at all: whatever level it is told, it writes everything, and with it what people typed. What ends a
    // process in a start or a crash still comes on stderr.
    `--query=${bootQuery}`,
  ]
  const done = call('chdb_query_cmdline', DataType.U64, [DataType.I32, DataType.StringArray], [args.length, args], true)
  Promise.resolve(done).then(
    () => process.exit(0),
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
}

/** The local session opens the port and then sleeps: the process lives as long as this query. */
const bootQuery = `SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(0.25) FROM numbers(1000000000) FORMAT Null
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, log_queries = 0`

function stop() {
  if (stopping) return
  stopping = true
  if (!order) process.exit(EXIT_BAD_ORDER)
  askToEnd(order)
  // It may not be listening yet: a parent that dies while the engine starts must not leave it behind.
  setInterval(askToEnd, ASK_AGAIN_MS, order)
  // process.exit waits for the engine's own threads, and these may be what hangs.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), order.stopTimeoutMs)
}

/**
 * The boot query is the only one that runs as user ''. Ending it makes clickhouse-local shut down in order.
 * @param {HostOrder} given
 */
function askToEnd(given) {
  const request = http.request({
    host: '127.0.0.1',
    port: given.port,
    agent: false,
    method: 'POST',
    path: '/?wait_end_of_query=1',
    headers: { 'X-ClickHouse-User': given.user, 'X-ClickHouse-Key': given.password },
  })
  request.on('response', (response) => response.resume())
  // Not listening yet, or no more: asked again, until the time limit.
  request.on('error', () => {})
  request.end("KILL QUERY WHERE user = '' ASYNC")
}

/**
 * @param {string} funcName
 * @param {DataType} retType
 * @param {DataType[]} paramsType
 * @param {unknown[]} paramsValue
 * @param {boolean} [runInNewThread] so that this process' event loop stays free
 */
function call(funcName, retType, paramsType, paramsValue, runInNewThread = false) {
  return load({ library: 'chdb', funcName, retType, paramsType, paramsValue, runInNewThread })
}
