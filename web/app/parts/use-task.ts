import { useEffect, useRef, useState } from 'preact/hooks'
import { isChatError } from '../chat/client.ts'
import { t, textOfServerError } from '../text/text.ts'

export interface Task<A extends readonly unknown[]> {
  readonly run: (...args: A) => Promise<void>
  readonly isBusy: boolean
  /** The error, for people. */
  readonly error: string | null
  /** The error of a field. */
  readonly errorOf: (field: string) => string | undefined
  readonly reset: () => void
}

/** A request that a form or a button makes. Only one runs at a time. It keeps the result. */
export function useTask<A extends readonly unknown[]>(
  work: (...args: A) => Promise<unknown>,
): Task<A> {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const isHere = useRef(true)
  useEffect(() => () => void (isHere.current = false), [])
  const fields = isChatError(failure) ? (failure.errors ?? []) : []
  return {
    isBusy,
    error: failure === null ? null : explain(failure),
    errorOf: (field) => {
      const wrong = fields.find((each) => each.field === field)
      return wrong && (textOfServerError('field') ?? wrong.message)
    },
    reset: () => setFailure(null),
    async run(...args) {
      if (isBusy) return
      setBusy(true)
      setFailure(null)
      try {
        await work(...args)
      } catch (error) {
        if (isHere.current) setFailure(error)
      } finally {
        if (isHere.current) setBusy(false)
      }
    },
  }
}

/**
 * Returns the text of an error. In English it is the server's text, in other languages a text for its code.
 */
export function explain(error: unknown): string {
  if (!isChatError(error)) return t('errors.unknown')
  if (error.code === 'network') return t('errors.network')
  if (error.code === 'internal') return t('errors.internal')
  const { code, message, reason, retryAfterMs } = error
  // Only the server's text tells why a user is suspended, and until when.
  if (code === 'forbidden' && message.includes('account is suspended')) return capital(message)
  // Without a time, the text only says to try again later.
  const known = code === 'rate_limited' && retryAfterMs === undefined ? 'unavailable' : code
  const seconds = Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1000))
  return textOfServerError(reason ?? known, seconds) ?? capital(message)
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
