import * as operations from '../../../src/protocol/operations/second-factor.ts'
import {
  beginOwnFactor,
  readOwnFactor,
  removeOwnFactor,
  renewOwnCodes,
} from '../../../src/core/accounts/own-second-factor.ts'
import { confirmSecondFactor, limitConfirming } from '../../../src/core/accounts/second-factor.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'

export function secondFactorRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const { db } = runtime

  on(operations.readSecondFactor, async ({ sessionId }) => {
    return { status: 200, body: await readOwnFactor(db, sessionId) }
  })
  on(operations.beginSecondFactor, async ({ sessionId, body }) => {
    return { status: 201, body: await beginOwnFactor(runtime, sessionId, body.password) }
  })
  on(operations.confirmSecondFactor, async ({ caller, body }) => {
    const { userId } = caller
    const recovery_codes = await limitConfirming(runtime, userId, () =>
      confirmSecondFactor(db, userId, body.code),
    )
    return { status: 200, body: { recovery_codes } }
  })
  on(operations.removeSecondFactor, async ({ sessionId, body }) => {
    await removeOwnFactor(runtime, sessionId, body.password)
    return { status: 204 }
  })
  on(operations.renewRecoveryCodes, async ({ sessionId, body }) => {
    const recovery_codes = await renewOwnCodes(runtime, sessionId, body.password)
    return { status: 200, body: { recovery_codes } }
  })
}
