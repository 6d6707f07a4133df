import { openSpool } from '../spool.ts'

/*
 * Appends to the spool in argv[2] until it is killed, eight at a time, and prints `<seq> <value>` for each one that was
 * acknowledged. Values begin with argv[3], so that no two rounds write the same.
 */
const [, , dir = '', prefix = ''] = process.argv
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const spool = await openSpool({
  dir,
  log: quiet,
  segmentBytes: 64 * 1024,
  maxBytes: 64 * 1024 * 1024,
  reserveBytes: 4096,
})
let count = 0
async function write(): Promise<never> {
  for (;;) {
    const value = `${prefix}-${++count}`
    const seq = await spool.append(Buffer.from(value.padEnd(20 + (count % 500), '.')), { recvMs: 1, type: 1 })
    process.stdout.write(`${seq} ${value}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, write))
