import type { Hono } from 'hono'
import type * as z from 'zod'
import type { Operation, ReplyStatus, UserLimit } from '../../src/protocol/operations/operation.ts'
import type { Caller } from '../../src/core/identity/caller.ts'
import { getCaller, getSessionOwner } from '../../src/core/identity/session.ts'
import type { ApiRuntime } from '../runtime.ts'
import {
  chargeAddress,
  chargeAnonymous,
  chargeCaller,
  chargeRequest,
  readNetwork,
  showSendsLeft,
} from './limited.ts'
import { readSession } from './read-session.ts'
import { type Env, readBody, readParams, readQuery, type RequestContext } from './request.ts'
import { withText } from './with-text.ts'

/** The parts of a request, parsed by the schemas of its operation. */
export type Given<O extends Operation> = {
  readonly c: RequestContext
  readonly params: { readonly [Name in keyof O['params']]: Read<O['params'][Name]> }
  readonly query: Read<O['query']>
  readonly body: Read<O['body']>
} & Asker<O>

/** The caller. An operation with a limit of its own has read the caller while charging it. */
type Asker<O extends Operation> = O extends { readonly isOpen: true }
  ? unknown
  : O extends { readonly userLimit: UserLimit }
    ? { readonly caller: Caller }
    : { readonly sessionId: number }

/** One of the responses that the operation names. */
export type Reply<O extends Operation> = {
  readonly [Status in keyof O['responses'] & ReplyStatus]: O['responses'][Status] extends {
    readonly schema: infer Schema extends z.ZodType
  }
    ? { readonly status: Status; readonly body: z.output<Schema> }
    : { readonly status: Status }
}[keyof O['responses'] & ReplyStatus]

type Read<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** Registers the handler of an operation. */
export type OnOperation = <O extends Operation>(
  operation: O,
  handle: (given: Given<O>) => Promise<NoInfer<Reply<O>>>,
) => void

export function createOnOperation(app: Hono<Env>, runtime: ApiRuntime): OnOperation {
  return (operation, handle) => {
    // [C2] In hono a path without its trailing slash matches both spellings.
    const path = operation.path.replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, '')
    app.on(operation.method, path, async (c) => {
      const answer = async (sessionId?: number) => {
        const given = await readGiven(c, runtime, operation, sessionId)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's schemas made it
        const reply = await handle(given as Given<typeof operation>)
        return respond(c, reply)
      }
      const { processLimits } = runtime
      if (!operation.isOpen) {
        const { userId, sessionId } = await readSession(c, runtime)
        await chargeRequest(c, runtime, userId)
        return await processLimits.forUser(userId, () => answer(sessionId))
      }
      chargeAnonymous(c, runtime)
      // The other open operations do not use the database, or share one query.
      if (operation.addressLimit === undefined) return await answer()
      return await processLimits.forAddress(readNetwork(c), answer)
    })
  }
}

/** Reads the parts of a request. Their order decides which error is reported first. */
async function readGiven(
  c: RequestContext,
  runtime: ApiRuntime,
  operation: Operation,
  sessionId: number | undefined,
): Promise<unknown> {
  if (operation.addressLimit) await chargeAddress(c, runtime, operation.addressLimit)
  const caller =
    operation.userLimit && sessionId !== undefined
      ? await chargeCaller(c, runtime, operation.userLimit, sessionId)
      : undefined
  try {
    return {
      c,
      sessionId,
      caller,
      params: readParams(c, operation.params ?? {}),
      query: operation.query && readQuery(c, operation.query),
      body: operation.body && (await readBody(c, operation.body)),
    }
  } catch (error) {
    // [C5] A caller whose session has ended gets that error, not the errors of the request.
    if (sessionId !== undefined && !caller) {
      if (operation.countsAsSend) await showSendsLeft(c, runtime, sessionId)
      else await (operation.isForSuspended ? getSessionOwner : getCaller)(runtime.db, sessionId)
    }
    throw error
  }
}

function respond(c: RequestContext, reply: { status: ReplyStatus; body?: unknown }): Response {
  if (reply.status === 204) return c.body(null, 204)
  const head = c.body(null, reply.status, { 'Content-Type': 'application/json' })
  return withText(head, JSON.stringify(reply.body))
}
