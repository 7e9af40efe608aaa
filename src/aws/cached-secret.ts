import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { ChatError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** How old a value may be, and so how long one that was replaced may still be in use. */
const maxAgeMs = 5 * 60_000
/** What a request says makes it be looked up at most so often, since anybody can say it; a failure likewise. */
const lookUpMs = 10_000
/** For a look-up, its repeats by the SDK included. */
const patienceMs = 3_000

/** Gives the value; one that `isEnough` denies is looked up anew first, unless that was done just now. */
export type CachedSecret<T> = (isEnough?: (value: T) => boolean) => Promise<T>

export interface SecretOptions<T> {
  readonly client: SecretsManagerClient
  readonly secretArn: string
  /**
   * Gets the current value, and with `readsPrevious` the one that it replaced, if there is one. Its errors
   * are logged: they must not repeat the text.
   */
  readonly parse: (text: string, previous?: string) => T
  /** Whether the value that the current one replaced is read too (AWSPREVIOUS). */
  readonly readsPrevious?: boolean
  readonly log: Log
  readonly now?: () => number
}

/**
 * A secret of Secrets Manager, kept for five minutes. When it cannot be read, the one that is known stays
 * in use; without one, the chat is `unavailable`.
 */
export function createCachedSecret<T>(options: SecretOptions<T>): CachedSecret<T> {
  const { client, secretArn, parse, readsPrevious = false, log, now = Date.now } = options
  let known: { readonly value: T; readonly readAt: number } | undefined
  let waitUntil = -Infinity
  let reading: Promise<T> | undefined

  async function get(VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string> {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: secretArn, VersionStage }),
      { abortSignal: AbortSignal.timeout(patienceMs) },
    )
    if (SecretString === undefined) throw new Error('the secret is not a text')
    return SecretString
  }

  async function read(): Promise<T> {
    try {
      const [current, previous] = await Promise.all([
        get('AWSCURRENT'),
        readsPrevious ? get('AWSPREVIOUS').catch(undefinedIfMissing) : undefined,
      ])
      known = { value: parse(current, previous), readAt: now() }
      return known.value
    } catch (error) {
      if (!known) {
        throw new ChatError('unavailable', 'the server cannot answer at the moment: try again', {
          cause: error,
        })
      }
      log.error('a secret could not be read: the one that is known stays', { secretArn, error })
      waitUntil = now() + lookUpMs
      return known.value
    } finally {
      reading = undefined
    }
  }

  return async (isEnough = () => true) => {
    const at = now()
    const isFresh = known !== undefined && at - known.readAt < maxAgeMs
    if (known && isFresh && isEnough(known.value)) return known.value
    if (!reading) {
      if (known && at < waitUntil) return known.value
      if (isFresh) waitUntil = at + lookUpMs
      reading = read()
    }
    return await reading
  }
}

/** A secret that was never changed has no previous value. */
function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof ResourceNotFoundException)) throw error
}
