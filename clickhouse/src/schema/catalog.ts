import { readSchema, type SchemaRoot } from './source.ts'
import type { ObjectKind } from './statement.ts'

/** What a file says about itself and what it makes. */
export interface CatalogEntry {
  /** `kpis/kpi_sessions_daily.sql` */
  file: string
  kind: 'table' | 'kpi'
  /** The file's name without `.sql`. */
  name: string
  title: string
  /** Empty for tables. */
  unit: string
  definition: string
  /** Empty where a table says none. */
  grain: string
  /** All keys of the header, those above included. */
  header: Record<string, string>
  objects: { name: string; kind: ObjectKind }[]
  statements: string[]
}

/**
 * All tables and KPIs, in the order they are applied.
 * @param vars what `{{name}}` stands for, as for applySchema; without them settings stay placeholders
 * @throws SchemaError
 */
export function readCatalog(root: SchemaRoot, vars?: Record<string, string>): CatalogEntry[] {
  return readSchema(root, vars).map(({ file, folder, name, header, objects }) => ({
    file,
    kind: folder,
    name,
    title: header.title ?? '',
    unit: header.unit ?? '',
    definition: header.definition ?? '',
    grain: header.grain ?? '',
    header,
    objects: objects.map((object) => ({ name: object.name, kind: object.kind })),
    statements: objects.map(({ statement }) => statement),
  }))
}
