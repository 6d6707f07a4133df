import { shortHash } from '../hash.ts'
import type { Step } from '../types.ts'

/** A file name often is a person's name: what is kept is a hash (the same file is recognised) and the extension. */
export const hideFileName: Step = ({ definition, event, row }) => {
  if (definition.type !== 'resume') return
  const name = typeof event.file_name === 'string' ? event.file_name : ''
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? ''
  row.file_name = name === '' ? '' : `${shortHash(name)}${extension && '.'}${extension}`
  row.file_type = event.file_type || extension
}
