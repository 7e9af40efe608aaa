import type { PostgresProcess } from './postgres-process.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { messageOf } from '../machine/system-error.ts'

/** If PostgreSQL ends more often than this, it is broken. Another start would only hide the cause. */
const endsMax = 5
const withinMs = 60_000

export interface KeptPostgres {
  /** Rejects with PostgresStartError if PostgreSQL has ended for good. Otherwise it never settles. */
  readonly lost: Promise<never>
  stop(): Promise<void>
}

/**
 * Keeps PostgreSQL running until it is stopped. If PostgreSQL ends by itself, as when memory runs out and the kernel
 * kills it, it is started again. Committed data is on disk, and clients of the database connect again.
 */
export async function keepPostgres(
  start: () => Promise<PostgresProcess>,
  options: { readonly logFile: string; readonly log: (line: string) => void },
): Promise<KeptPostgres> {
  const { logFile, log } = options
  let process = await start()
  let isStopping = false
  const lost = Promise.withResolvers<never>()
  // Prevents an unhandled rejection if nobody waits for it.
  lost.promise.catch(() => undefined)
  const kept = keep().catch(lost.reject)

  async function keep(): Promise<void> {
    let ends: number[] = []
    for (;;) {
      await process.exited
      if (isStopping) return
      const now = performance.now()
      ends = [...ends.filter((at) => at > now - withinMs), now]
      if (ends.length > endsMax) {
        throw new PostgresStartError(
          'failed',
          `PostgreSQL has stopped ${ends.length} times within a minute: see ${logFile}, then start again`,
        )
      }
      log(`PostgreSQL ended by itself (see ${logFile}), and is started again…`)
      process = await start().catch((cause: unknown) => {
        throw new PostgresStartError(
          'failed',
          `PostgreSQL has stopped, and cannot be started again: ${messageOf(cause)}`,
          { cause },
        )
      })
      // `stop` was called in the meantime.
      if (isStopping) return await process.stop()
      log('PostgreSQL is ready again')
    }
  }

  return {
    lost: lost.promise,
    async stop() {
      isStopping = true
      await process.stop()
      await kept
    },
  }
}
