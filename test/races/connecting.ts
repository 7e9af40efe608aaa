import { RefusedError, type TestSocket } from '../support/test-socket.ts'

/** Returns the status of the upgrade. A socket that was accepted is closed again. */
export async function statusOf(connecting: Promise<TestSocket>): Promise<number> {
  try {
    const socket = await connecting
    await socket.close()
    return 101
  } catch (error) {
    if (error instanceof RefusedError) return error.status
    throw error
  }
}

/** Resolves when the socket is closed, even if it never opened. */
export async function whenOver(connecting: Promise<TestSocket>): Promise<void> {
  try {
    await (
      await connecting
    ).closed
  } catch {
    // The upgrade was refused or interrupted.
  }
}
