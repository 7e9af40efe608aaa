import { type PasswordWorker, startPasswordWorker } from '../../src/local/server/password-worker.ts'

let worker: PasswordWorker | undefined

/**
 * Hashes at bcrypt's lowest cost. All servers of a test process share one thread: to start a thread takes more
 * time than most tests do. It ends with the process.
 */
export function sharedPasswords(): PasswordWorker {
  worker ??= startPasswordWorker(4, 1)
  return { ...worker, [Symbol.asyncDispose]: async () => undefined }
}
