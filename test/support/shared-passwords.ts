import { type PasswordWorker, startPasswordWorker } from '../../src/local/server/password-worker.ts'

let worker: PasswordWorker | undefined

/**
 * Hashes passwords at bcrypt's lowest cost. All servers of a test process share one thread, because starting a thread
 * takes longer than most tests. The thread ends with the process.
 */
export function sharedPasswords(): PasswordWorker {
  worker ??= startPasswordWorker(4, 1)
  return { ...worker, [Symbol.asyncDispose]: async () => undefined }
}
