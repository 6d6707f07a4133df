export { accept } from './accept.ts'
export { decodeLines, duplicateLine, encodeLines, eventLines, type Line, refusalLine } from './lines.ts'
export { payloadOf } from './payload.ts'
export { sqlTime } from './times.ts'
export {
  type Accepted,
  type AcceptedEvent,
  type Delivery,
  type Refusal,
  refusalReasons,
  type Tools,
  type Values,
} from './types.ts'
