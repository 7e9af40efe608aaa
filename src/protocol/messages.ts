import * as z from 'zod'
import { namesOrNone } from './accounts.ts'
import { clientId, id, messageText, page, queryLimit, querySeq, seq, timestamp } from './fields.ts'

/**
 * The fields of a send, the same over HTTP and over a socket. `reply_to` is the `seq` of a message in the same
 * room.
 */
export const sendFields = z.object({
  message: messageText,
  client_id: clientId.optional(),
  reply_to: seq.min(1).optional(),
})

export const sendRequest = sendFields.extend({ room_id: id })
export type SendRequest = z.infer<typeof sendRequest>

export const editRequest = z.object({ message: messageText })

/** `first_seq` is the event that first added the emoji to the message. The emojis of a message are in this order. */
export const reaction = z.object({
  emoji: z.string(),
  count: z.int(),
  mine: z.boolean(),
  first_seq: seq,
})
export type Reaction = z.infer<typeof reaction>

/** [M2] */
export const message = z.object({
  id,
  room_id: id,
  seq,
  user_id: id.nullable(),
  ...namesOrNone,
  message: z.string().nullable().describe('Null when the message is deleted'),
  client_id: z.string().nullable(),
  reply_to: seq.nullable(),
  timestamp,
  edited_at: timestamp.nullable(),
  deleted_at: timestamp.nullable(),
  reactions: z.array(reaction),
})
export type Message = z.infer<typeof message>

export const listMessagesQuery = z
  .strictObject({
    before: querySeq.optional(),
    after: querySeq.optional(),
    around: querySeq.optional(),
    limit: queryLimit,
  })
  .refine(
    ({ before, after, around }) =>
      [before, after, around].filter((position) => position !== undefined).length <= 1,
    { message: 'give at most one of before, after and around' },
  )
export type ListMessagesQuery = z.infer<typeof listMessagesQuery>

export const messagePage = page(message)
