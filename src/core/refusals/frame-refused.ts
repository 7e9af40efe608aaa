import { accountSuspended, ChatError, RateLimitedError, sessionEnded } from '../errors.ts'

/** What frame_v2 says of the connection that a frame came from. */
export type FrameStatus = 'ok' | 'unknown' | 'limited' | 'revoked' | 'suspended'

/** [W11] The frame came from a connection that is not known, or no longer: it is to be closed. */
export class UnknownConnectionError extends ChatError {
  constructor() {
    super('unauthenticated', 'this connection is not known: connect again')
  }
}

export const tooManyFrames = 'too many frames'
export const tooManyResumes = 'too many hello frames with positions'

/** Why a frame, or a send over HTTP, was refused. */
export function frameRefused(status: FrameStatus, retryAfterMs: number | null): ChatError {
  switch (status) {
    case 'limited':
      return new RateLimitedError(retryAfterMs ?? 1_000, tooManyFrames)
    case 'revoked':
      return sessionEnded()
    case 'suspended':
      return accountSuspended()
    case 'unknown':
    case 'ok':
      return new UnknownConnectionError()
  }
}
