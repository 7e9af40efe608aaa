import * as z from 'zod'
import { queryId } from '../../../src/protocol/fields.ts'
import { messageMaxCodePoints } from '../../../src/protocol/limits.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  getLimitedRoom,
  roomSendsMax,
  roomSendSecondsMax,
  setRoomLimits,
} from '../../../src/core/admin/room-limits.ts'
import { noSuchRoom } from '../../../src/core/errors.ts'
import { readQuery, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { savedQuery } from '../query.ts'
import { roomLimitsPage } from '../views/room-limits.ts'

export function roomLimitPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime
  pages.get('/admin/rooms/:id/limits', async (c, admin) => {
    const { done } = readQuery(c, savedQuery)
    const room = await getLimitedRoom(db, readRoomId(c))
    const form = {
      text_max: String(room.textMax ?? ''),
      count: String(room.sends?.count ?? ''),
      seconds: String(room.sends?.seconds ?? ''),
    }
    return roomLimitsPage(room, admin, { form, isSaved: done === 'saved' })
  })

  pages.post('/admin/rooms/:id/limits', async (c, admin, form) => {
    const id = readRoomId(c)
    const given = parse(limitsForm, form)
    if (!given.ok) {
      const room = await getLimitedRoom(db, id)
      return roomLimitsPage(room, admin, { form, errors: given.errors })
    }
    const { text_max: textMax, count, seconds } = given.value
    const sends = count === null || seconds === null ? null : { count, seconds }
    await setRoomLimits(runtime, admin, id, { textMax, sends })
    return `/admin/rooms/${id}/limits/?done=saved`
  })
}

/** A whole number, or an empty field. */
function optional(max: number) {
  const fault = `must be a whole number from 1 to ${max.toLocaleString('en')}, or empty`
  return z
    .string()
    .trim()
    .regex(/^\d{0,9}$/, fault)
    .transform((value) => (value === '' ? null : Number(value)))
    .refine((value) => value === null || (value >= 1 && value <= max), fault)
}

const limitsForm = z
  .strictObject({
    text_max: optional(messageMaxCodePoints),
    count: optional(roomSendsMax),
    seconds: optional(roomSendSecondsMax),
  })
  .superRefine(({ count, seconds }, context) => {
    const missing = count === null ? 'count' : 'seconds'
    if ((count === null) === (seconds === null)) return
    context.addIssue({
      code: 'custom',
      path: [missing],
      message: 'must be set together with the other field: fill in both, or leave both empty',
    })
  })

function readRoomId(c: RequestContext): number {
  const id = queryId.safeParse(c.req.param('id'))
  if (!id.success) throw noSuchRoom()
  return id.data
}
