import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createPasswordHasher, passwordCost } from '../../core/accounts/password-hasher.ts'
import type { PasswordHasher } from '../../core/ports.ts'

/**
 * bcrypt needs a lot of computing. It runs in threads of its own, so that messages do not wait for logins. There are
 * at most as many threads as processors. A thread is started only when all running threads are busy. So a server
 * without logins has no such thread. This module is both sides of such a thread.
 */
interface Job {
  readonly id: number
  readonly password: string
  /** If absent, the password is hashed. If null, there is no such user, and the same work is done in vain. */
  readonly compareWith?: string | null
}

interface Result {
  readonly id: number
  readonly value?: string | boolean
  readonly error?: string
}

export interface PasswordWorker extends PasswordHasher, AsyncDisposable {}

interface Thread {
  readonly worker: Worker
  /** The jobs that this thread has got and has not answered. */
  readonly waiting: Map<number, PromiseWithResolvers<string | boolean | undefined>>
}

export function startPasswordWorker(
  cost = passwordCost,
  threadsMax = availableParallelism(),
): PasswordWorker {
  const threads: Thread[] = []
  let lastId = 0

  function startThread(): Thread {
    const worker = new Worker(new URL(import.meta.url), { workerData: { passwordCost: cost } })
    const thread: Thread = { worker, waiting: new Map() }
    threads.push(thread)
    const { waiting } = thread
    worker.on('message', ({ id, value, error }: Result) => {
      const job = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) job?.resolve(value)
      else job?.reject(new Error(error))
    })
    // The next job starts another thread.
    const end = (cause: unknown) => {
      const at = threads.indexOf(thread)
      if (at >= 0) threads.splice(at, 1)
      for (const job of waiting.values())
        job.reject(new Error('the password thread ended', { cause }))
      waiting.clear()
    }
    worker.on('error', end)
    worker.on('exit', end)
    return thread
  }

  function findThread(): Thread {
    const [first, ...others] = threads
    if (!first) return startThread()
    const idlest = others.reduce(
      (best, each) => (each.waiting.size < best.waiting.size ? each : best),
      first,
    )
    return idlest.waiting.size > 0 && threads.length < threadsMax ? startThread() : idlest
  }

  async function run(job: Omit<Job, 'id'>): Promise<string | boolean | undefined> {
    const id = ++lastId
    const result = Promise.withResolvers<string | boolean | undefined>()
    const { worker, waiting } = findThread()
    waiting.set(id, result)
    worker.postMessage({ id, ...job } satisfies Job)
    return await result.promise
  }

  const hasher = createPasswordHasher(cost)
  return {
    hash: async (password) => String(await run({ password })),
    verify: async (password, hash) => (await run({ password, compareWith: hash ?? null })) === true,
    isOutdated: (hash) => hasher.isOutdated(hash),
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

function serve(cost: number): void {
  const hasher = createPasswordHasher(cost)
  parentPort?.on('message', ({ id, password, compareWith }: Job) => {
    const work: Promise<string | boolean> =
      compareWith === undefined
        ? hasher.hash(password)
        : hasher.verify(password, compareWith ?? undefined)
    work.then(
      (value) => parentPort?.postMessage({ id, value } satisfies Result),
      (error: unknown) => parentPort?.postMessage({ id, error: String(error) } satisfies Result),
    )
  })
}

// vitest runs its tests in threads too. Only our threads get this data.
if (!isMainThread && isOurs(workerData)) serve(workerData.passwordCost)

function isOurs(data: unknown): data is { passwordCost: number } {
  return typeof data === 'object' && data !== null && 'passwordCost' in data
}
