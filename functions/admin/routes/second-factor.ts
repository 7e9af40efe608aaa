import * as z from 'zod'
import { text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  confirmAsAdmin,
  removeAsAdmin,
  renewAsAdmin,
} from '../../../src/core/admin/own-second-factor.ts'
import {
  beginSecondFactor,
  readBegun,
  readSecondFactor,
} from '../../../src/core/accounts/second-factor.ts'
import { ChatError, ValidationError } from '../../../src/core/errors.ts'
import { readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { type Pages, setUpPath } from '../pages.ts'
import { secondFactorQuery } from '../query.ts'
import { codesPage, factorPage, scanPage } from '../views/second-factor.ts'

const codeForm = z.strictObject({ code: text(1, 64) })

/** [A8] The pages for the second factor of the admin's own account. */
export function secondFactorPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime
  const isRequired = runtime.adminTotp === 'required'

  pages.get('/admin/second-factor', async (c, admin) => {
    const { done } = readQuery(c, secondFactorQuery)
    return factorPage(await readSecondFactor(db, admin.userId), admin, { isRequired, done })
  })

  pages.post('/admin/second-factor/begin', async (_, admin) =>
    scanPage(await beginSecondFactor(db, admin), admin),
  )

  pages.post('/admin/second-factor/confirm', async (_, admin, form) => {
    const askAgain = async (errors: ValidationError['errors']) =>
      scanPage(await readBegun(db, admin), admin, errors)
    const given = parse(codeForm, form)
    if (!given.ok) return await askAgain(given.errors)
    try {
      return codesPage(await confirmAsAdmin(runtime, admin, given.value.code), true)
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      return await askAgain(error.errors)
    }
  })

  pages.post('/admin/second-factor/codes', async (_, admin) =>
    codesPage(await renewAsAdmin(db, admin), false),
  )

  pages.post('/admin/second-factor/off', async (_, admin) => {
    if (isRequired) {
      throw new ChatError(
        'conflict',
        'admins need two-step sign-in on this server: you cannot turn it off',
      )
    }
    await removeAsAdmin(db, admin)
    return `${setUpPath}?done=off`
  })
}
