import { addAddress } from './steps/add-address.ts'
import { addContext } from './steps/add-context.ts'
import { addDefaults } from './steps/add-defaults.ts'
import { addDevice } from './steps/add-device.ts'
import { addFields } from './steps/add-fields.ts'
import { addIdentity } from './steps/add-identity.ts'
import { addPage } from './steps/add-page.ts'
import { addTime } from './steps/add-time.ts'
import { hideFileName } from './steps/hide-file-name.ts'
import { rateVital } from './steps/rate-vital.ts'
import { stripIdentifiers } from './steps/strip-identifiers.ts'
import type { Step } from './types.ts'

/** The pipeline, in order: what is hidden or set before `addFields` is not overwritten by it; stripping comes last. */
export const steps: readonly Step[] = [
  addIdentity,
  addTime,
  addPage,
  addDevice,
  addAddress,
  addContext,
  hideFileName,
  rateVital,
  addDefaults,
  addFields,
  stripIdentifiers,
]
