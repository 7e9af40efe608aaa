import { frameInMaxBytes } from '../../src/protocol/limits.ts'
import { type ClientFrame, clientFrame } from '../../src/protocol/socket.ts'
import { endSocket } from '../../src/core/push/end-sockets.ts'
import {
  tooManyFrames,
  tooManyResumes,
  UnknownConnectionError,
} from '../../src/core/refusals/refusal.ts'
import { readHeads } from '../../src/core/sockets/heads.ts'
import { readByFrame, showTyping } from '../../src/core/sockets/small-frames.ts'
import { ChatError } from '../../src/core/errors.ts'
import { replay } from '../../src/core/log/replay.ts'
import { refuseOver } from '../../src/core/limits/limit.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { parseJson, parseOrThrow } from '../parse.ts'
import type { Runtime } from '../runtime.ts'
import { toChatError } from '../to-chat-error.ts'
import { sendAnswer, answerError, byeEvent, type FrameId, inFrames } from './answer.ts'
import type { FrameEvent, SocketResult } from './events.ts'
import { createMalformedFrames, type MalformedFrames } from './malformed-frames.ts'

type FrameRuntime = Pick<
  Runtime,
  'db' | 'sender' | 'fanOut' | 'limits' | 'metrics' | 'log' | 'sends' | 'tally' | 'processLimits'
>

/** The handler of frames: $default and sendmessage, each with its own counts of malformed frames. */
export function handleFrame(runtime: FrameRuntime) {
  const malformed = createMalformedFrames(runtime.limits.frames)
  return async (event: FrameEvent) =>
    await withRequestId(event.requestContext.requestId, () =>
      answerFrame(runtime, malformed, event),
    )
}

/**
 * Handles a frame from a client. A wrong frame gets an `error` frame, and the socket stays open [W10]. Only a flood of
 * malformed frames closes the socket [W9]. The gateway always gets a 200, because only the effect of a 200 is certain.
 */
async function answerFrame(
  runtime: FrameRuntime,
  malformed: MalformedFrames,
  event: FrameEvent,
): Promise<SocketResult> {
  const { connectionId, requestId } = event.requestContext
  let id: FrameId
  let frame: ClientFrame | undefined
  try {
    const body = event.body ?? ''
    const json = parseJson(body)
    id = readId(json)
    if (Buffer.byteLength(body) > frameInMaxBytes) {
      throw new ChatError(
        'too_large',
        `the frame has more than ${frameInMaxBytes / 1024} KB: send a long message over HTTP`,
      )
    }
    const parsed = parseOrThrow(clientFrame, withAction(json))
    frame = parsed
    refuseOver(runtime.processLimits.frame(connectionId), tooManyFrames)
    if (parsed.action === 'hello' && parsed.rooms && Object.keys(parsed.rooms).length > 0)
      refuseOver(runtime.processLimits.resume(connectionId), tooManyResumes)
    await runtime.processLimits.forSocket(connectionId, () => act(runtime, event, parsed))
  } catch (error) {
    const told = toChatError(error)
    runtime.tally.count(told.code)
    const verdict = frame ? 'answer' : malformed(connectionId)
    if (verdict !== 'answer') {
      if (verdict === 'close') {
        runtime.log.warn('a socket was closed for its malformed frames', { connectionId })
        await runtime.sender.close([connectionId])
      }
      return { statusCode: 200 }
    }
    if (told.code === 'internal' || told.code === 'unavailable') {
      runtime.log.error('a frame failed', { requestId, connectionId, error })
    }
    if (told instanceof UnknownConnectionError) {
      await endSocket(runtime, connectionId, byeEvent('unknown_connection', true))
    } else {
      await answerError(runtime, connectionId, id, told)
      if (told.code === 'session_revoked') {
        await endSocket(runtime, connectionId, byeEvent('session_revoked', false))
      }
    }
  }
  return { statusCode: 200 }
}

async function act(runtime: FrameRuntime, event: FrameEvent, frame: ClientFrame): Promise<void> {
  const { connectionId, requestId } = event.requestContext
  const id = frame.id
  switch (frame.action) {
    case 'sendmessage': {
      const { message, isDuplicate, isSimple } = await runtime.sends.send({
        connectionId,
        roomId: frame.room_id,
        text: frame.message,
        clientId: frame.client_id ?? requestId,
        replyTo: frame.reply_to,
      })
      if (isSimple) return
      await sendAnswer(runtime, connectionId, {
        type: 'ack',
        ...(id !== undefined && { id }),
        room_id: message.room_id,
        seq: message.seq,
        message_id: message.id,
        timestamp: message.timestamp,
        duplicate: isDuplicate,
      })
      return
    }
    case 'hello':
    case 'heads': {
      const { user, rooms, isSimple, isOld } = await runtime.processLimits.forArrival(
        connectionId,
        () => readHeads(runtime, connectionId),
      )
      if (isSimple) return
      for (const part of inFrames(rooms)) {
        const listing = { ...(id !== undefined && { id }), ...part }
        await sendAnswer(
          runtime,
          connectionId,
          frame.action === 'heads'
            ? { type: 'heads', ...listing }
            : {
                type: 'hello',
                connection_id: connectionId,
                user,
                server_time: new Date().toISOString(),
                ...listing,
              },
        )
      }
      if (frame.action === 'hello')
        await replay(runtime, { connectionId, userId: user.id }, frame.rooms ?? {})
      else if (isOld) await sendAnswer(runtime, connectionId, byeEvent('rotate', true))
      return
    }
    case 'typing':
      return await showTyping(runtime, connectionId, frame.room_id)
    case 'read':
      return await readByFrame(runtime, connectionId, frame.room_id, frame.seq)
  }
}

/** Simple clients may send `{"message": "hi"}` without an action on a one-room socket [W3]. */
function withAction(json: unknown): unknown {
  return isObject(json) && json['action'] === undefined && json['message'] !== undefined
    ? { ...json, action: 'sendmessage' }
    : json
}

function readId(json: unknown): FrameId {
  const id = isObject(json) ? json['id'] : undefined
  // JSON.parse reads very large numbers as Infinity, which JSON cannot represent in the answer.
  if (typeof id === 'number') return Number.isFinite(id) ? id : undefined
  return typeof id === 'string' && id.length <= 64 ? id : undefined
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
