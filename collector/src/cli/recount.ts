import http from 'node:http'
import https from 'node:https'
import { readConfig } from '../config.ts'
import { readControl } from '../control.ts'
import type { VerifyReport } from '../recount.ts'

// npm run verify, npm run rebuild: asks the collector that runs on DATA_DIR to recount from the raw rows.
const [what = ''] = process.argv.slice(2)
try {
  if (what === 'verify') report((await ask('verify')) as VerifyReport)
  else if (what === 'rebuild')
    process.stdout.write(
      `Rebuilt from raw rows: ${((await ask('rebuild')) as { rebuilt: string[] }).rebuilt.join(', ')}\n`,
    )
  else throw new Error('say verify or rebuild')
} catch (error) {
  process.stderr.write(`recount: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

async function ask(action: string): Promise<unknown> {
  const { DATA_DIR } = readConfig()
  const control = readControl(DATA_DIR)
  if (!control)
    throw new Error(
      `no collector runs on ${DATA_DIR}; start it (npm start), or set DATA_DIR to where it keeps its data`,
    )
  const { status, text } = await post(`${control.url}/api/analytics/recount/${action}`, control.token)
  if (status !== 200) throw new Error(`the collector at ${control.url} answers ${status}: ${text}`)
  return JSON.parse(text)
}

/** Not fetch, which gives up after five minutes without an answer: a recount may take longer. */
function post(url: string, token: string): Promise<{ status: number | undefined; text: string }> {
  const { request } = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }))
    })
      .on('error', reject)
      .end()
  })
}

function report({ views, drift, seconds }: VerifyReport): void {
  for (const { view, row, column, shown, recounted } of drift) {
    process.stdout.write(
      `${view}  ${row}  ${column === '' ? 'row' : column}: shown ${shown ?? 'nothing'}, recounted ${recounted ?? 'nothing'}\n`,
    )
  }
  process.stdout.write(
    `${views.length} views recounted in ${seconds} s: ${drift.length === 0 ? 'every cell is right.' : `${drift.length} cells differ; npm run rebuild mends them.`}\n`,
  )
  process.exitCode = drift.length === 0 ? 0 : 1
}
