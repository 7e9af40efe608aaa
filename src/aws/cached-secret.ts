import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { ChatError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** The greatest age of a kept value. So a replaced value may stay in use for this long. */
const maxAgeMs = 5 * 60_000
/**
 * The shortest time between two look-ups that a request causes. Anybody can send such a request. A failed look-up also
 * waits this long.
 */
const lookUpMs = 10_000
/** The time for one look-up, with the SDK's retries. */
const patienceMs = 3_000

/**
 * Returns the value. When `isEnough` denies the known value, the secret is read again first, unless that was done just
 * now.
 */
export type CachedSecret<T> = (isEnough?: (value: T) => boolean) => Promise<T>

export interface SecretOptions<T> {
  readonly client: SecretsManagerClient
  readonly secretArn: string
  /**
   * Parses the current value, and with `readsPrevious` also the one that it replaced, if there is one. Its errors are
   * logged, so they must not contain the text.
   */
  readonly parse: (text: string, previous?: string) => T
  /** Whether to read the replaced value (AWSPREVIOUS), too. */
  readonly readsPrevious?: boolean
  readonly log: Log
  readonly now?: () => number
}

/**
 * A secret of Secrets Manager, kept for five minutes. When it cannot be read, the known value stays in use. When none
 * is known, the chat is `unavailable`.
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
