import type { Engine } from '../engine/engine.ts'
import type { SchemaOptions } from '../schema/apply.ts'
import { recount } from './recount.ts'
import type { EventSource } from './sources.ts'

/**
 * Computes all states from the raw rows and puts them in the place of those that are there, each table at one stroke: a reader sees the
 * old or the new, never a part. The system runs meanwhile: new events reach both.
 * @param hold runs a function while nothing is written: a block that is on its way while tables change places could reach the same one twice
 * @returns the tables that were replaced
 */
export async function rebuild(
  engine: Engine,
  options: SchemaOptions,
  sources: readonly EventSource[],
  hold: <T>(run: () => Promise<T>) => Promise<T>,
): Promise<string[]> {
  const counted = await recount(engine, options, sources)
  try {
    // Ids say which contents they stood for, and raw rows do not know that; they stay.
    const tables = counted.states.filter((table) => table !== 'event_ids')
    return await hold(async () => {
      for (const table of tables) {
        await engine
          .client()
          .command({ query: `EXCHANGE TABLES ${engine.database}.${table} AND ${counted.scratch.database}.${table}` })
      }
      return tables
    })
  } finally {
    await counted.close()
  }
}
