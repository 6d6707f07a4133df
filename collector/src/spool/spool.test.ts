import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFs } from './node-fs.ts'
import { MemoryFs } from './testing/memory-fs.ts'
import { describeSpool } from './testing/spool-suite.ts'

describeSpool('the real disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'offertrail-spool-'))
  // Two levels that do not exist yet.
  return { fs: nodeFs, dir: join(root, 'data', 'spool'), remove: () => rm(root, { recursive: true }) }
})

describeSpool('a disk in memory', async () => {
  return { fs: new MemoryFs().mount(), dir: '/data/spool', remove: async () => {} }
})
