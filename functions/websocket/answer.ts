import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { isRetryable } from '../../src/protocol/errors.ts'
import type { OtherEvent, RoomHead } from '../../src/protocol/socket.ts'
import { type ChatError, RateLimitedError, ResumingError } from '../../src/core/errors.ts'
import type { Runtime } from '../runtime.ts'

/** The `id` of a client's frame. The answer repeats it. */
export type FrameId = string | number | undefined

export async function sendAnswer(
  { sender }: Pick<Runtime, 'sender'>,
  connectionId: string,
  event: OtherEvent,
): Promise<void> {
  await sender.post([connectionId], JSON.stringify(event))
}

export async function answerError(
  runtime: Pick<Runtime, 'sender'>,
  connectionId: string,
  id: FrameId,
  error: ChatError,
): Promise<void> {
  await sendAnswer(runtime, connectionId, {
    type: 'error',
    ...(id !== undefined && { id }),
    code: error.code,
    message: error.message,
    retryable: isRetryable(error.code),
    ...((error instanceof RateLimitedError || error instanceof ResumingError) && {
      retry_after_ms: error.retryAfterMs,
    }),
  })
}

type Bye = Extract<OtherEvent, { type: 'bye' }>

export function byeEvent(code: Bye['code'], reconnect: boolean): Bye {
  return { type: 'bye', code, reconnect, after_ms: 0 }
}

/** Splits a list of rooms into parts that each fit a frame. The last part has `done`. An empty list is one part. */
export function* inFrames(
  rooms: readonly RoomHead[],
): Generator<{ rooms: RoomHead[]; done: boolean }> {
  // Leaves room for the other fields of the frame.
  const budget = frameOutMaxBytes - 1_024
  let part: RoomHead[] = []
  let bytes = 0
  for (const room of rooms) {
    const size = JSON.stringify(room).length + 1
    if (bytes + size > budget) {
      yield { rooms: part, done: false }
      part = []
      bytes = 0
    }
    part.push(room)
    bytes += size
  }
  yield { rooms: part, done: true }
}
